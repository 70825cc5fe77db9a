"""Doors for readers: tracked links."""
