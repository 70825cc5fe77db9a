"""Channel codes, welcomes, reactions to new friends."""
