"""Reading journeys: the catalog, facts for decisions, explanations."""
