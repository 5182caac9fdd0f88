"""The two times of a question: what was true on a day, as far as we knew at a moment.

Both come from the address, so that a page can be sent to somebody else and says the same there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q

from zhulian.core.kernel.dates import STILL_KNOWN, end_of_day, micros, parse_date
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

VERIFICATION: Final = "动态核查"
DECLARATION: Final = "申报"
PURPOSES: Final = (VERIFICATION, DECLARATION)
EARLIEST: Final = dt.date(1900, 1, 1)
LATEST: Final = dt.date(2200, 12, 31)
"""Look-backs and ages are computed around the day; beyond these years there is neither law nor fact."""

register(
    ErrorKind(
        "assessment.day",
        "「{value}」不在可以核查的日期之内",
        "请选择 1900-01-01 至 2200-12-31 之间的日期",
        status=400,
    ),
    ErrorKind("assessment.purpose", "没有「{value}」这种核查用途", "可选：动态核查、申报", status=400),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """`known_at` None means everything recorded so far."""

    as_of: dt.date
    known_at: dt.datetime | None = None
    purpose: str = VERIFICATION

    @property
    def known_on(self) -> dt.date | None:
        """The day whose end `known_at` is, for the date picker."""
        return self.known_at.date() if self.known_at else None

    def visible(self) -> Q:
        """The rows that are visible at this moment (architecture.md "Two times")."""
        valid = Q(fact_from__lte=self.as_of, fact_until__gt=self.as_of)
        return valid & self.known()

    def known(self) -> Q:
        """The rows that we held at this moment, whenever they were true."""
        if self.known_at is None:
            return Q(superseded_at=STILL_KNOWN)
        at = micros(self.known_at)
        return Q(recorded_at__lte=at, superseded_at__gt=at)

    def query(self, today: dt.date) -> str:
        """The part of an address that says this moment; empty for today's knowledge of today."""
        parts = {}
        if self.as_of != today:
            parts["as_of"] = self.as_of.isoformat()
        if self.known_at is not None:
            parts["known_at"] = self.known_at.date().isoformat()
        if self.purpose != VERIFICATION:
            parts["purpose"] = self.purpose
        return urlencode(parts)


def moment_from(values: Mapping[str, str], *, today: dt.date) -> Moment:
    """Read `as_of`, `known_at` (days; known by the end of that day in China) and `purpose`; absent means now.

    Raises:
        ZhulianError: `value.date`, `assessment.day`, `assessment.purpose`.
    """
    purpose = values.get("purpose") or VERIFICATION
    if purpose not in PURPOSES:
        raise ZhulianError("assessment.purpose", value=purpose)
    known_on = _day(values.get("known_at"))
    return Moment(_day(values.get("as_of")) or today, end_of_day(known_on) if known_on else None, purpose)


def _day(value: str | None) -> dt.date | None:
    if not value or not value.strip():
        return None
    day = parse_date(value)
    if not EARLIEST <= day <= LATEST:
        raise ZhulianError("assessment.day", value=value)
    return day
