"""Journeys (旅程 SOP): structured programs, versions, every customer's way through them."""
