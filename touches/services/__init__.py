"""Planning, sending, settling."""
