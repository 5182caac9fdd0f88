"""Two clocks (architecture.md "Events, jobs, clocks").

The business clock gives dates, deadlines and `recorded_at`; it can be fast-forwarded and frozen. The machine
clock serves back-off and leases only. Nothing else in the server asks the time: a test greps for it.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from zhulian.core.kernel.dates import SHANGHAI, micros

_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen", default=None)
_CACHE_SECONDS: Final = 1.0
"""How long another process may still see the old offset after a fast-forward."""


class _Offset:
    """The stored offset, read at most once a second per process."""

    def __init__(self) -> None:
        self.value = dt.timedelta()
        self.read_at = float("-inf")

    def get(self) -> dt.timedelta:
        from zhulian.server.common.models import ClockOffset

        if time.monotonic() - self.read_at > _CACHE_SECONDS:
            seconds = ClockOffset.objects.values_list("seconds", flat=True).first()
            self.value = dt.timedelta(seconds=seconds or 0)
            self.read_at = time.monotonic()
        return self.value


_offset = _Offset()


def now() -> dt.datetime:
    """The business moment, aware, in China's time."""
    frozen_at = _frozen.get()
    return frozen_at if frozen_at is not None else machine_now().astimezone(SHANGHAI) + _offset.get()


def today() -> dt.date:
    """The business day in China."""
    return now().date()


def now_micros() -> int:
    """The business moment as rows store it (`recorded_at`)."""
    return micros(now())


def machine_now() -> dt.datetime:
    """The machine's moment in UTC, for back-off and leases; never a business date."""
    return dt.datetime.now(dt.UTC)


def forget() -> None:
    """Read the stored offset again at the next question (after it was changed)."""
    _offset.read_at = float("-inf")


@contextmanager
def frozen(moment: dt.datetime | dt.date) -> Iterator[dt.datetime]:
    """Hold the business clock at a moment (a date means its noon in China), in this thread only."""
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time(12), tzinfo=SHANGHAI)
    at = moment.astimezone(SHANGHAI)
    token = _frozen.set(at)
    try:
        yield at
    finally:
        _frozen.reset(token)
