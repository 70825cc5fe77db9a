"""One's own sign-ins."""
