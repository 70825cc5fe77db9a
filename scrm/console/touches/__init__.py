"""Touches (触达): what was planned for whom, and what became of it."""
