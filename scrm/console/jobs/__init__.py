"""Jobs over customers: progress above the list, undoing, all files at once."""
