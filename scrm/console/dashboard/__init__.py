"""The dashboard (数据看板) and the people behind its figures."""
