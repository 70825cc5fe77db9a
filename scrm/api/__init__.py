"""Doors for programs: WeCom's callbacks, the open API, health and metrics."""
