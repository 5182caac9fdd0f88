"""What all tests share."""

from collections.abc import Iterator

import pytest
from django.db import connection
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


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "engine(vendor): says something of one database; the other run leaves it out")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what says something of the other database: it is no test that was skipped, it is none here."""
    other = [i for i in items if (m := i.get_closest_marker("engine")) and m.args[0] != connection.vendor]
    config.hook.pytest_deselected(items=other)
    items[:] = [i for i in items if i not in other]
