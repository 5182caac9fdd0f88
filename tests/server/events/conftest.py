"""Rows told to the registry on a day that the test chooses, and the events that come of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.tables import TABLES
from zhulian.intake import Position, Row
from zhulian.intake.validate import Checked
from zhulian.server.common import clock, dispatch
from zhulian.server.common.models import Event
from zhulian.server.registry.services import rows_record, source_create

TODAY = dt.date(2025, 6, 2)
FIRM, OTHER, SITE, SITE2, BOSS = "QY_ID:1", "QY_ID:2", "project_code:P-1", "project_code:P-2", "RY_ID:9"


@pytest.fixture
def today(db) -> Iterator[Callable[[dt.date], None]]:  # noqa: ARG001 - the clock's offset is a row
    """The business day, movable."""
    held: list[Any] = []

    def move(day: dt.date) -> None:
        while held:
            held.pop().__exit__(None, None, None)
        held.append(clock.frozen(dt.datetime.combine(day, dt.time(12), tzinfo=SHANGHAI)))
        held[-1].__enter__()

    move(TODAY)
    yield move
    held.pop().__exit__(None, None, None)


_records = count(1)


@pytest.fixture
def record(today) -> Callable[..., None]:  # noqa: ARG001 - on its day
    """Record a row as a file or a feed would, and carry the events on."""

    def take(table: str, feed: str = "feed", **cells: str) -> None:
        checked = Checked(TABLES[table])
        values, problems = checked.values(cells, {})
        assert not problems
        since, until = checked.taken(values)
        at = clock.now()
        source = source_create(feed=feed, reference="1", at=at, actor="system:test")
        row = Row(table, values, Position("t.csv", next(_records)), {}, since, until)
        done = rows_record(rows=[row], source=source, feed=feed, at=at, actor="system:test")
        assert not done.rejects
        drain()

    return take


def drain() -> None:
    while dispatch.events_dispatch():
        pass


def told(*prefixes: str) -> list[tuple[str, dict[str, Any]]]:
    """Type and data of the events told so far whose type begins so, in order."""
    rows = Event.objects.order_by("sequence").values_list("type", "data")
    return [(type_, data) for type_, data in rows if type_.startswith(prefixes)]


def types(*prefixes: str) -> list[str]:
    return [type_ for type_, _ in told(*prefixes)]
