"""Engines for the parity tests, and the count of compared cases at the end of the session."""

from __future__ import annotations

import os
from collections import Counter

import pytest

COMPARED: Counter[str] = Counter()


@pytest.fixture(scope="session")
def compared() -> Counter[str]:
    """How many cases each engine was asked; printed at the end."""
    return COMPARED


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def engine(request):
    """An empty engine with the physical tables."""
    from parity import engines

    if request.param == "sqlite":
        made = engines.sqlite()
    elif request.param == "duckdb":
        made = engines.in_duckdb()
    elif engines.POSTGRES_URL:
        made = engines.postgres(engines.POSTGRES_URL)
    elif os.environ.get("CI") == "true":
        pytest.fail("ZHULIAN_TEST_POSTGRES is not set: in CI the rules must be proved on PostgreSQL too")
    else:
        pytest.skip("ZHULIAN_TEST_POSTGRES is not set (postgresql://…): the rules were not compared on PostgreSQL")
    yield made
    made.connection.close()


def pytest_terminal_summary(terminalreporter):
    if COMPARED:
        counts = ", ".join(f"{name} {count:,}" for name, count in sorted(COMPARED.items()))
        terminalreporter.write_line(f"parity with the oracle, cases per engine: {counts}")
