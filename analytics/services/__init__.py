"""Folding: facts are written here and nowhere else."""
