"""Every component in every state, for development (组件图册)."""
