"""Pages of journeys: list, templates, tree editor, publishing, runs with why."""
