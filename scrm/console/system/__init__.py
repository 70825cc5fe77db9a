"""The page that tells how the system runs (运行状态)."""
