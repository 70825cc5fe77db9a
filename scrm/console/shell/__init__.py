"""What the frame of every page asks for: jobs, notifications, the command menu."""
