"""Tokens of the open API."""
