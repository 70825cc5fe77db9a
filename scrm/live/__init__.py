"""Door for open pages: what happens reaches them as it happens (server-sent events)."""
