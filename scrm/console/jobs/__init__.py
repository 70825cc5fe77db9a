"""Jobs that people started: progress, cancelling, undoing, fetching what came of them."""
