"""The demo company (演示公司): what fills a fresh database, and the story that is played."""
