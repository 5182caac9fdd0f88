"""Dates as law counts them, and dates as files write them.

Periods are half-open `[from, until)` unless a name ends in `valid_until`, which is the last day of validity
(inclusive) as certificates print it. `today` is always an argument.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.text import clean

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
BEGINNING: Final = dt.date(1900, 1, 1)
"""`fact_from` of a fact whose source does not say since when."""
FOREVER: Final = dt.date(9999, 12, 31)
"""`fact_until` of a fact that still holds."""
STILL_KNOWN: Final = 2**63 - 1
"""`superseded_at` (microseconds since the epoch) of a row that nothing has replaced."""

_YMD: Final = re.compile(
    r"^(?P<y>[0-9]{4})(?:(?P<sep>[-/.])(?P<m>[0-9]{1,2})(?P=sep)(?P<d>[0-9]{1,2})|年(?P<m2>[0-9]{1,2})月(?P<d2>[0-9]{1,2})日?"
    r"|(?P<m3>[0-9]{2})(?P<d3>[0-9]{2}))(?:[ T][0-9:.]+(?:Z|[+-][0-9:]+)?)?$"
)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def parse_date(value: str) -> dt.date:
    """A date as people write it: 2019-03-01, 2019/3/1, 2019.3.1, 20190301, 2019年3月1日; a time of day is dropped.

    Raises:
        ZhulianError: `value.date`. Two-digit years and day-first orders are refused: they would be guesses.
    """
    match = _YMD.match(clean(value))
    if match is None:
        raise ZhulianError("value.date", value=value)
    g = match.groupdict()
    try:
        return dt.date(int(g["y"]), int(g["m"] or g["m2"] or g["m3"]), int(g["d"] or g["d2"] or g["d3"]))
    except ValueError:
        raise ZhulianError("value.date", value=value) from None


def from_epoch_ms(value: int) -> dt.date:
    """The day in China of a platform timestamp (milliseconds since the epoch).

    Raises:
        ZhulianError: `value.date` beyond the years 1 to 9999.
    """
    try:
        return (_EPOCH + dt.timedelta(milliseconds=value)).astimezone(SHANGHAI).date()
    except OverflowError:
        raise ZhulianError("value.date", value=value) from None


def micros(moment: dt.datetime) -> int:
    """Microseconds since the epoch: how `recorded_at` and `superseded_at` are stored on every engine."""
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def from_micros(value: int) -> dt.datetime:
    """The moment, in China's time, of stored microseconds."""
    return (_EPOCH + dt.timedelta(microseconds=value)).astimezone(SHANGHAI)


def end_of_day(day: dt.date) -> dt.datetime:
    """The last microsecond of a day in China: `known_at` given as a date means "by the end of that day"."""
    return dt.datetime.combine(day, dt.time.max, tzinfo=SHANGHAI)


def add_years(day: dt.date, years: int) -> dt.date:
    """The same day `years` later; 29 February becomes 28 February in a common year. Clamped to years 1–9999."""
    year = min(max(day.year + years, 1), 9999)
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def age(born: dt.date, on: dt.date) -> int:
    """Completed years of age (周岁): full on the birthday; born on 29 February, on 1 March in a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def born_after(max_age: int, on: dt.date) -> dt.date:
    """Who was born after this day is at most `max_age` (inclusive) completed years old on `on`.

    "60 周岁以下（含 60）" holds through the day before the 61st birthday, so the limit is the same month and
    day `max_age + 1` years before. On 29 February the limit of a common year is 28 February: who was born on
    that day has had the birthday, who was born on 1 March has not.
    """
    return add_years(on, -(max_age + 1))
