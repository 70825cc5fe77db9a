"""Pages of content (素材): articles with their readers, the editor, scripts."""
