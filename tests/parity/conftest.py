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


@pytest.fixture(
    params=["sqlite", "duckdb", "postgres", "sail", *(["spark"] if os.environ.get("ZHULIAN_TEST_SPARK") else [])]
)
def engine(request):
    """An empty engine with the physical tables."""
    from parity import engines

    if request.param == "sqlite":
        made = engines.sqlite()
    elif request.param == "duckdb":
        made = engines.in_duckdb()
    elif request.param == "sail":
        made = engines.spark(engines.sail_address())
    elif request.param == "spark":
        made = engines.spark(engines.SPARK_URL)
    elif engines.POSTGRES_URL:
        made = engines.postgres(engines.POSTGRES_URL)
    elif os.environ.get("CI") == "true":
        pytest.fail("ZHULIAN_TEST_POSTGRES is not set: in CI the rules must be proved on PostgreSQL too")
    else:
        pytest.skip("ZHULIAN_TEST_POSTGRES is not set (postgresql://…): the rules were not compared on PostgreSQL")
    yield made
    made.close()


def pytest_collection_modifyitems(config, items):
    """On Spark a statement costs a second to plan, whatever its rows: one seed of all that is asked in bulk.

    `ZHULIAN_LONG=1` takes all of them on Sail; on Apache Spark, where one seed takes minutes, never.
    """
    long = os.environ.get("ZHULIAN_LONG") == "1"
    asked = {f"test_plan_agrees_with_oracle[{engine}-0]" for engine in ("sail", "spark")}
    few = {"spark"} if long else {"sail", "spark"}
    left = [i for i in items if _engine_of(i) in few and i.name not in asked]
    config.hook.pytest_deselected(items=left)
    items[:] = [i for i in items if i not in left]


def _engine_of(item):
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("engine") if callspec is not None else None


def pytest_terminal_summary(terminalreporter):
    if COMPARED:
        counts = ", ".join(f"{name} {count:,}" for name, count in sorted(COMPARED.items()))
        terminalreporter.write_line(f"parity with the oracle, cases per engine: {counts}")
