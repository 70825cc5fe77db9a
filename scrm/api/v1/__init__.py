"""The open API, version 1: customers and their events, read-only."""
