"""Writing: contacts of WeCom, jobs, tokens."""
