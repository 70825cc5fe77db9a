"""The demo company (演示公司): what `make run` fills a fresh database with, and the story it plays."""
