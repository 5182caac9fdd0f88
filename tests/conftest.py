"""What all tests share."""

from collections.abc import Iterator

import pytest
from django.test.utils import override_settings
from hypothesis import settings

# A single example may wait for a busy machine; how long tests take is watched by suite (scripts/run_tests.py).
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


@pytest.fixture(scope="session", autouse=True)
def no_second_factor() -> Iterator[None]:
    """Second factors have tests of their own (tests/server/accounts); the others sign in with less."""
    with override_settings(MFA="off"):
        yield
