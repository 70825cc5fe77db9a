"""Writing materials, links, visits and alerts."""
