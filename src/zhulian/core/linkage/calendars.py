"""The calendar of days off from its YAML: bytes in, value out."""

from __future__ import annotations

import datetime as dt
from typing import Final

from zhulian.core.bands.document import read
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage.clocks import Calendar
from zhulian.core.rules.fields import Fields

_WEEKEND: Final = 5


def load_calendar(file: str, data: bytes) -> Calendar:
    """The calendar of a file (`calendar/holidays.yaml`).

    Raises:
        ZhulianError: `rulebook.*`; a day of another year, off on a weekend or worked on a weekday is refused, because
            it would change nothing and hide a typing error.
    """
    off: dict[dt.date, str] = {}
    work: dict[dt.date, str] = {}
    years: set[int] = set()
    with read(file, data) as fields:
        fields.text("code")
        fields.text("subject")
        for entry in fields.children("years"):
            with entry:
                year = entry.number("year") or 0
                if year in years:
                    raise ZhulianError("rulebook.duplicate", file=file, where="years", value=year)
                years.add(year)
                entry.where = f"{year} 年"
                _source(entry)
                off |= _days(entry, "rest", year, weekend=False)
                work |= _days(entry, "makeup", year, weekend=True)
    return Calendar(frozenset(off), frozenset(work), frozenset(years), off | work)


def _source(entry: Fields) -> None:
    with entry.child("source", {}) as source:
        if not source.raw("document", ""):
            raise ZhulianError("rulebook.citation", file=entry.file, where=entry.where)
        source.option("evidence", ("law", "excerpt", "weak", "draft"), "excerpt")


def _days(entry: Fields, name: str, year: int, *, weekend: bool) -> dict[dt.date, str]:
    """The days of one kind by the name of the holiday they belong to."""
    out: dict[dt.date, str] = {}
    if not entry.has(name):
        return out
    with entry.child(name) as group:
        for holiday in group.names():
            for day in group.raw(holiday):
                ours = type(day) is dt.date and day.year == year and (day.weekday() >= _WEEKEND) == weekend
                if not ours or day in out:
                    expected = f"{year} 年的{'周末' if weekend else '周一至周五'}，且不重复"
                    raise group.error("rulebook.value", holiday, str(day), expected)
                out[day] = holiday
    return out
