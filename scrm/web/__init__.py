"""The floor that all doors share: middleware, signing in, formats."""
