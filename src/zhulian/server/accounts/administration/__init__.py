"""Administration of units, people, grants and duties: who gives what to whom, within which limits."""
