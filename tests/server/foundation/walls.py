"""What tests behind the wall share."""

from __future__ import annotations

import pytest

from zhulian.server.common.rows.services import rows_on

WALL = "zhulian.server.common.rows.Wall"


@pytest.fixture
def wall(db, settings):  # noqa: ARG001 - policies stand in the database
    """Policies for the length of a test, and requests behind them."""
    rows_on(actor="system:test")
    settings.ROW_POLICIES = True
    if WALL not in settings.MIDDLEWARE:
        place = settings.MIDDLEWARE.index("zhulian.server.registry.middleware.MergedSubjects")
        settings.MIDDLEWARE = [*settings.MIDDLEWARE[:place], WALL, *settings.MIDDLEWARE[place:]]
