"""A deadline per example measures the machine, not the code: first calls fill caches, and suites share cores."""

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
