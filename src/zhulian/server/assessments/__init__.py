"""Facts × rulebook on a day, with reasons."""
