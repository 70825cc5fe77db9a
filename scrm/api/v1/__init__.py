"""The open API, version 1: customers and their events, journeys and runs, touches."""
