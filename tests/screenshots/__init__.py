"""Pictures of every page of the running demo (`make screenshots`)."""
