"""Reading what was read, with the viewer's data scope."""
