"""What an arriving row does to what is known: by example, and against days taken one by one."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zhulian.core.kernel.dates import BEGINNING, FOREVER
from zhulian.server.registry.folding import Arrival, Known, Shape, fold

SHAPE = Shape(("key", "name", "region", "since"), "since")
TODAY = dt.date(2025, 6, 2)


def day(year: int, month: int = 1, date: int = 1) -> dt.date:
    return dt.date(year, month, date)


def row(
    source: int = 1,
    start: dt.date = BEGINNING,
    until: dt.date = FOREVER,
    *,
    order: int = 0,
    derived: bool = False,
    **told: Any,
) -> Arrival:
    return Arrival({"key": 1, **told}, start, until, source, order or source, derived=derived)


def taken(*rows: Arrival, today: dt.date = TODAY) -> list[Known]:
    known: list[Known] = []
    fresh = -1
    for one in rows:
        after = fold(SHAPE, known, one, today=today, fresh=fresh)
        if after is not None:
            known = after
        fresh -= 100
    return known


def shown(known: list[Known]) -> list[tuple[dt.date, dt.date, Any, Any]]:
    return [(k.fact.start, k.fact.until, k.fact.values.cells[1], k.fact.values.cells[2]) for k in known]


def test_the_same_row_again_says_nothing_new():
    known = taken(row(name="甲"))
    assert fold(SHAPE, known, row(2, name="甲"), today=TODAY, fresh=-9) is None


def test_an_undated_change_takes_effect_on_the_day_it_arrives():
    known = taken(row(name="甲", region="370202"), row(2, name="乙", region="370202"))
    assert shown(known) == [(BEGINNING, TODAY, "甲", "370202"), (TODAY, FOREVER, "乙", "370202")]


def test_a_row_whose_only_date_is_the_subjects_own_is_undated():
    founded = {"since": day(2001), "start": day(2001)}
    known = taken(row(name="甲", **founded), row(2, name="乙", **founded))
    assert [(start, name) for start, _, name, _ in shown(known)] == [(day(2001), "甲"), (TODAY, "乙")]


def test_filling_a_gap_holds_for_as_long_as_the_known_fact():
    assert shown(taken(row(name="甲"), row(2, name="甲", region="370202"))) == [(BEGINNING, FOREVER, "甲", "370202")]


def test_an_empty_cell_erases_nothing():
    assert shown(taken(row(name="甲", region="370202"), row(2, name="甲", region=None))) == [
        (BEGINNING, FOREVER, "甲", "370202")
    ]


def test_a_dated_row_overrides_its_period_and_keeps_what_its_source_does_not_have():
    known = taken(row(name="甲", region="370202"), row(2, day(2020), day(2021), name="乙"))
    assert shown(known) == [
        (BEGINNING, day(2020), "甲", "370202"),
        (day(2020), day(2021), "乙", "370202"),
        (day(2021), FOREVER, "甲", "370202"),
    ]


def test_a_derived_row_fills_and_never_contradicts():
    assert shown(taken(row(name="甲"), row(2, name="乙", region="370202", derived=True))) == [
        (BEGINNING, FOREVER, "甲", "370202")
    ]


def test_a_correction_of_an_older_delivery_does_not_undo_what_arrived_since():
    known = taken(row(5, name="新"), row(9, name="旧", region="370202", order=3))
    assert shown(known) == [(BEGINNING, FOREVER, "新", "370202")]


@pytest.mark.parametrize("first", ["old", "new"])
def test_open_rows_with_dates_give_the_same_history_in_any_order(first):
    old, new = row(1, day(2019), name="甲"), row(1, day(2024), name="乙")
    rows = (old, new) if first == "old" else (new, old)
    assert shown(taken(*rows)) == [(day(2019), day(2024), "甲", None), (day(2024), FOREVER, "乙", None)]


days = st.dates(day(2019), day(2026))
arrivals = st.builds(
    lambda source, dates, name, region: row(
        source, *(sorted(dates) if dates else ()), **{k: v for k, v in (("name", name), ("region", region)) if v}
    ),
    st.integers(1, 4),
    st.one_of(st.none(), st.lists(days, min_size=2, max_size=2, unique=True)),
    st.sampled_from(["甲", "乙", "丙"]),
    st.sampled_from([None, "370202", "370203"]),
)


@given(st.lists(arrivals, max_size=6))
def test_periods_of_one_key_never_overlap_and_what_was_just_said_holds(rows):
    known = taken(*rows)
    for one, after in pairwise(known):
        assert one.fact.start < one.fact.until <= after.fact.start
    if (
        rows
        and rows[-1].until != FOREVER
        and not any(k.fact.values.source > rows[-1].source for k in taken(*rows[:-1]))
    ):
        covering = [k for k in known if k.fact.start <= rows[-1].start < k.fact.until]
        assert [k.fact.values.cells[1] for k in covering] == [rows[-1].told["name"]]


@example([row(2, day(2019), day(2020), name="甲")], row(1, name="甲", region="370202"))
@settings(max_examples=400)
@given(st.lists(arrivals, max_size=5), arrivals)
def test_saying_it_twice_changes_nothing(rows, last):
    known = taken(*rows, last)
    assert fold(SHAPE, known, last, today=TODAY, fresh=-9999) is None
