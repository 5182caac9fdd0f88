"""Deadlines as law counts them: 工作日, 自然日, 月 and 年, with days off as data and lawful pauses.

The day on which a period starts is not counted; a period of natural days, months or years whose last day is a day
off ends on the next working day (民事诉讼法第八十五条; 行政处罚法第八十五条 says which periods are working days,
so a rule always names its unit). A year without an announced calendar counts Monday to Friday, and says so.
"""

from __future__ import annotations

import calendar as months
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from zhulian.core.kernel.dates import add_years

_DAY: Final = dt.timedelta(days=1)
_WRITTEN: Final = re.compile(r"^(?P<amount>[1-9][0-9]{0,3}) ?(?:个)?(?P<unit>工作日|自然日|月|年)$")
AMBER: Final = 3
"""At this many working days left, or fewer, the lamp is amber (screens.md)."""


class Unit(StrEnum):
    """What a clock counts."""

    WORKING = "工作日"
    NATURAL = "自然日"
    MONTHS = "月"
    YEARS = "年"


class Lamp(StrEnum):
    """State of a deadline by the working days that remain."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    DONE = "done"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Clock:
    """A length of time as a clause states it: `5 工作日`, `90 自然日`, `3 个月`, `1 年`."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount} 个{self.unit}" if self.unit is not Unit.YEARS else f"{self.amount} {self.unit}"


def parse_clock(text: str) -> Clock:
    """A clock as rulebooks write it.

    Raises:
        ValueError: when no unit is named. `日` alone is refused: it would be a guess.
    """
    match = _WRITTEN.match(text.strip())
    if match is None:
        raise ValueError(text)
    return Clock(int(match["amount"]), Unit(match["unit"]))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off that would be working days, and weekend days that are worked, of the announced years."""

    off: frozenset[dt.date] = frozenset()
    work: frozenset[dt.date] = frozenset()
    years: frozenset[int] = frozenset()
    names: Mapping[dt.date, str] = field(default_factory=dict)

    def is_working(self, day: dt.date) -> bool:
        """Whether offices work on a day; Monday to Friday where the year's calendar is not announced."""
        return day in self.work or (day.weekday() < 5 and day not in self.off)


@dataclass(frozen=True, slots=True)
class Pause:
    """A lawful stop of the clock: days `[since, until)` do not count; None: it still stands."""

    since: dt.date
    until: dt.date | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period; None while a pause stands. `notes` are Chinese sentences about how it was counted."""

    due_on: dt.date | None
    notes: tuple[str, ...] = ()


def deadline(start: dt.date, clock: Clock, calendar: Calendar, pauses: Sequence[Pause] = ()) -> Deadline:
    """The last day of a period that starts on `start` (not counted).

    Paused days are not counted in days, and lengthen months and years by as many days.
    """
    open_pause = next((p for p in pauses if p.until is None), None)
    if open_pause is not None:
        return Deadline(None, (f"期限自 {open_pause.since} 起中止：{open_pause.reason}",))
    due = _COUNT[clock.unit](start, clock.amount, calendar, pauses)
    if clock.unit is not Unit.WORKING:
        due = _next_working(due, calendar)
    return Deadline(due, _notes(start, due, calendar, pauses))


def working_days_left(today: dt.date, due_on: dt.date, calendar: Calendar) -> int:
    """Working days after today up to and with the due day; below 0 when it has passed, by as many working days."""
    if due_on >= today:
        return sum(calendar.is_working(day) for day in _days(today + _DAY, due_on + _DAY))
    return -max(1, sum(calendar.is_working(day) for day in _days(due_on + _DAY, today + _DAY)))


def lamp(today: dt.date, due_on: dt.date | None, calendar: Calendar, *, done: bool = False) -> Lamp:
    """The lamp of a deadline: amber at three working days or fewer, red when overdue."""
    if done:
        return Lamp.DONE
    if due_on is None:
        return Lamp.PAUSED
    left = working_days_left(today, due_on, calendar)
    if left < 0:
        return Lamp.RED
    return Lamp.AMBER if left <= AMBER else Lamp.GREEN


def _working(start: dt.date, amount: int, calendar: Calendar, pauses: Sequence[Pause]) -> dt.date:
    day = start
    while amount:
        day += _DAY
        amount -= calendar.is_working(day) and not _paused(day, pauses)
    return day


def _natural(start: dt.date, amount: int, _calendar: Calendar, pauses: Sequence[Pause]) -> dt.date:
    day = start
    while amount:
        day += _DAY
        amount -= not _paused(day, pauses)
    return day


def _month(start: dt.date, amount: int, _calendar: Calendar, pauses: Sequence[Pause]) -> dt.date:
    return _lengthened(start, add_months(start, amount), pauses)


def _year(start: dt.date, amount: int, _calendar: Calendar, pauses: Sequence[Pause]) -> dt.date:
    return _lengthened(start, add_years(start, amount), pauses)


_COUNT: Final = {Unit.WORKING: _working, Unit.NATURAL: _natural, Unit.MONTHS: _month, Unit.YEARS: _year}


def add_months(day: dt.date, amount: int) -> dt.date:
    """The same day of the month `amount` months later, or that month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + amount
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def _lengthened(start: dt.date, end: dt.date, pauses: Sequence[Pause]) -> dt.date:
    """The end moved by the paused days before it, which may bring further pauses before it."""
    day, left = end, sum(_paused(d, pauses) for d in _days(start + _DAY, end + _DAY))
    while left:
        day += _DAY
        left -= not _paused(day, pauses)
    return day


def _next_working(day: dt.date, calendar: Calendar) -> dt.date:
    while not calendar.is_working(day):
        day += _DAY
    return day


def _paused(day: dt.date, pauses: Sequence[Pause]) -> bool:
    return any(p.since <= day and (p.until is None or day < p.until) for p in pauses)


def _days(since: dt.date, until: dt.date) -> Iterator[dt.date]:
    return (since + dt.timedelta(days=n) for n in range((until - since).days))


def _notes(start: dt.date, due: dt.date, calendar: Calendar, pauses: Sequence[Pause]) -> tuple[str, ...]:
    unknown = [str(year) for year in range(start.year, due.year + 1) if year not in calendar.years]
    told = [f"{'、'.join(unknown)} 年放假安排未录入，工作日按周一至周五计算"] if unknown else []
    told += [f"{p.since} 至 {p.until} 不计入期限：{p.reason}" for p in pauses if p.since <= due]
    return tuple(told)
