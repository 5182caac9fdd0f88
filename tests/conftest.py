"""What all tests share."""

from hypothesis import settings

# A single example may wait for a busy machine; how long tests take is watched by suite (scripts/run_tests.py).
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")
