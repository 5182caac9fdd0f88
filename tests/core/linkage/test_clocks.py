"""Deadlines: what law counts, days off as data, pauses."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhulian import rulebooks
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage import (
    Calendar,
    Clock,
    Lamp,
    Pause,
    Unit,
    deadline,
    lamp,
    load_calendar,
    parse_clock,
    working_days_left,
)

CALENDAR = rulebooks.calendar()
D = dt.date
DAYS = st.dates(D(2022, 1, 1), D(2026, 6, 30))
CLOCKS = st.builds(Clock, st.integers(1, 60), st.sampled_from([Unit.WORKING, Unit.NATURAL]))


@pytest.mark.parametrize(("year", "days"), [(2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year: int, days: int) -> None:
    first = D(year, 1, 1)
    every = (first + dt.timedelta(days=n) for n in range((D(year + 1, 1, 1) - first).days))
    assert sum(CALENDAR.is_working(day) for day in every) == days


@pytest.mark.parametrize(
    ("start", "clock", "due"),
    [
        (D(2025, 9, 26), "5 工作日", D(2025, 10, 10)),  # 28 September is worked, 1–8 October are off
        (D(2025, 3, 3), "5工作日", D(2025, 3, 10)),
        (D(2025, 1, 31), "1 个月", D(2025, 2, 28)),
        (D(2025, 6, 30), "3 个月", D(2025, 9, 30)),
        (D(2025, 7, 1), "3 个月", D(2025, 10, 9)),  # 1 October is off until the 8th
        (D(2024, 2, 29), "1 年", D(2025, 2, 28)),
        (D(2025, 3, 1), "15 自然日", D(2025, 3, 17)),  # the 16th is a Sunday
    ],
)
def test_known_deadlines(start: D, clock: str, due: D) -> None:
    assert deadline(start, parse_clock(clock), CALENDAR).due_on == due


@pytest.mark.parametrize("text", ["5 日", "5", "五工作日", "0 工作日", "-1 月", "5 个", ""])
def test_a_clock_names_its_unit(text: str) -> None:
    with pytest.raises(ValueError, match=text or "^$"):
        parse_clock(text)


def test_a_year_without_calendar_says_so() -> None:
    found = deadline(D(2026, 12, 28), parse_clock("10 工作日"), CALENDAR)
    assert found.due_on == D(2027, 1, 11)
    assert "2027" in found.notes[0]


def test_a_pause_that_stands_stops_the_clock() -> None:
    paused = Pause(D(2025, 3, 5), None, "听证")
    assert deadline(D(2025, 3, 3), Clock(5, Unit.WORKING), CALENDAR, [paused]).due_on is None
    assert lamp(D(2025, 3, 9), None, CALENDAR) is Lamp.PAUSED


@pytest.mark.parametrize(
    ("clock", "due"), [("5 工作日", D(2025, 3, 14)), ("5 自然日", D(2025, 3, 13)), ("1 个月", D(2025, 4, 8))]
)
def test_paused_days_do_not_count(clock: str, due: D) -> None:
    """From Monday 3 March, paused from the 4th to the 8th inclusive: four working days, five natural days."""
    pause = Pause(D(2025, 3, 4), D(2025, 3, 9), "鉴定")
    assert deadline(D(2025, 3, 3), parse_clock(clock), CALENDAR, [pause]).due_on == due


@given(DAYS, CLOCKS)
def test_a_period_ends_on_a_working_day_after_its_start(start: D, clock: Clock) -> None:
    due = deadline(start, clock, CALENDAR).due_on
    assert due is not None
    assert due > start
    assert CALENDAR.is_working(due)


@given(DAYS, st.integers(1, 60))
def test_working_days_left_is_the_inverse_of_the_clock(start: D, amount: int) -> None:
    due = deadline(start, Clock(amount, Unit.WORKING), CALENDAR).due_on
    assert due is not None
    assert working_days_left(start, due, CALENDAR) == amount
    assert working_days_left(due, due, CALENDAR) == 0
    assert working_days_left(due + dt.timedelta(days=1), due, CALENDAR) < 0


@given(DAYS, CLOCKS, st.integers(1, 40), st.integers(0, 30))
def test_a_pause_never_shortens(start: D, clock: Clock, after: int, length: int) -> None:
    since = start + dt.timedelta(days=after)
    pause = Pause(since, since + dt.timedelta(days=length), "停工")
    with_pause, without = deadline(start, clock, CALENDAR, [pause]).due_on, deadline(start, clock, CALENDAR).due_on
    assert with_pause is not None
    assert without is not None
    assert with_pause >= without


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (D(2025, 3, 10), Lamp.GREEN),
        (D(2025, 3, 11), Lamp.AMBER),
        (D(2025, 3, 14), Lamp.AMBER),
        (D(2025, 3, 15), Lamp.RED),
    ],
)
def test_lamps(today: D, expected: Lamp) -> None:
    assert lamp(today, D(2025, 3, 14), CALENDAR) is expected
    assert lamp(today, D(2025, 3, 14), CALENDAR, done=True) is Lamp.DONE


@pytest.mark.parametrize(
    "years",
    [
        "[{year: 2025, source: {document: x}, rest: {元旦: [2024-01-01]}}]",
        "[{year: 2025, source: {document: x}, rest: {元旦: [2025-01-04]}}]",
        "[{year: 2025, source: {document: x}, makeup: {元旦: [2025-01-06]}}]",
        "[{year: 2025, rest: {元旦: [2025-01-01]}}]",
        "[{year: 2025, source: {document: x}}, {year: 2025, source: {document: x}}]",
    ],
)
def test_a_day_that_would_change_nothing_is_refused(years: str) -> None:
    with pytest.raises(ZhulianError):
        load_calendar("holidays.yaml", f"code: c\nsubject: s\nyears: {years}".encode())


def test_without_calendar_monday_to_friday() -> None:
    assert Calendar().is_working(D(2025, 10, 1))
    assert not Calendar().is_working(D(2025, 10, 4))
