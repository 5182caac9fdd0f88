"""The pure core: no Django, no SQL driver, no clock, no randomness, no files."""
