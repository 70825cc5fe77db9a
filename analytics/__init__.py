"""Figures (看板): facts folded from the ledger and from touches; it reads everything below."""
