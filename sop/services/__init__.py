"""What changes journeys and runs."""
