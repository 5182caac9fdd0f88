"""Merging subjects, and undoing it (decision 0075)."""
