"""Outside formats → canonical rows and rejects."""
