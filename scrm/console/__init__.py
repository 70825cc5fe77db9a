"""Doors for operators: signing in and the home page."""
