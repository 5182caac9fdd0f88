"""Figures over many enterprises, kept for some minutes: a city's take seconds, and nobody decides by the last one.

Few enterprises are always counted anew. What is kept belongs to the divisions that the viewer's grants name, not to the
viewer; it lives in this process only, and the page says of when it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from zhulian.server.accounts.selectors import grants_for
from zhulian.server.assessments.permissions import VIEW
from zhulian.server.common import clock
from zhulian.server.common.permissions import role_of
from zhulian.server.registry.models import Enterprise
from zhulian.server.registry.permissions import LIST

T = TypeVar("T")
MANY: Final = 1_000
"""Enterprises in the register from which on figures are kept: so many are counted in half a second."""
KEPT: Final = dt.timedelta(minutes=10)
_PLACES: Final = 64


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """Figures, and when they were counted."""

    value: T
    at: dt.datetime


_kept: Final[dict[tuple[object, ...], Kept[Any]]] = {}


def kept(user: Any, name: str, day: dt.date, count: Callable[[], T]) -> Kept[T]:
    """What `count` returns, or what it returned for the same divisions, name and day less than ten minutes ago."""
    now = clock.now()
    if not Enterprise.objects.order_by()[MANY : MANY + 1].exists():
        return Kept(count(), now)
    granted = (
        tuple(grants_for(user=user, action=action).values_list("division", flat=True)) for action in (LIST, VIEW)
    )
    key = (role_of(user), *granted, clock.today(), name, day)
    found: Kept[T] | None = _kept.get(key)
    if found is None or not now - KEPT < found.at <= now:
        found = Kept(count(), clock.now())
        while len(_kept) >= _PLACES:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = found
    return found
