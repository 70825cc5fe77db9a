"""Content (素材): articles, tracked links and who read what."""
