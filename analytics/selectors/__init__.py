"""Reading, always with the viewer's data scope."""
