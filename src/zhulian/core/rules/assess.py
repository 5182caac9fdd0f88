"""Facts × rulebook on a day: for all holders, for one pair, and who counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from zhulian.core.rules.assessment import Assessment, PersonLine, Runner
from zhulian.core.rules.library import Library
from zhulian.core.rules.model import VERIFICATION


def assess_held(
    library: Library,
    runner: Runner,
    *,
    as_of: dt.date,
    known_at: dt.datetime | None = None,
    purpose: str = VERIFICATION,
    enterprises: Sequence[int] | None = None,
    codes: Sequence[str] | None = None,
) -> list[Assessment]:
    """One assessment per (enterprise, code) held on the day."""
    raise NotImplementedError


def assess_pair(
    library: Library,
    runner: Runner,
    *,
    enterprise: int,
    code: str,
    as_of: dt.date,
    known_at: dt.datetime | None = None,
    purpose: str = VERIFICATION,
) -> Assessment:
    """One enterprise and code, whether or not held."""
    raise NotImplementedError


def people(
    library: Library,
    runner: Runner,
    *,
    enterprise: int,
    code: str,
    as_of: dt.date,
    known_at: dt.datetime | None = None,
    purpose: str = VERIFICATION,
) -> list[PersonLine]:
    """Everybody tied to the enterprise: for which clauses each counts, may count or does not, and why."""
    raise NotImplementedError
