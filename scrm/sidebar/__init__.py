"""Door for staff on their phones: the sidebar in a chat, and the workbench."""
