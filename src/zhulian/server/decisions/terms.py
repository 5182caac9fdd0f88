"""Terms and windows: when a defence window closes, how long a permit is suspended, when a term is over.

A window is a period for somebody to act in, so its last day moves to a working day (`core.linkage.deadline`). A
restriction's own term burdens its subject and is not lengthened by a day off: it ends on its calendar day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from zhulian import rulebooks
from zhulian.core.bands import Suspension, place, suspend
from zhulian.core.kernel.dates import add_years
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.linkage import Unit, deadline, parse_clock
from zhulian.core.linkage.clocks import add_months
from zhulian.server.decisions.models import Restriction

DEFENCE_OFFICE: Final = "3 工作日"
"""The office's own window where an act asks for defence and its rule names none; told as such (by_office)."""
YEAR_BACK: Final = 12
"""Months within which an earlier suspension counts (建质〔2008〕121号)."""


def window_ends(served_on: dt.date, clock: str) -> dt.date:
    """Last day of the window that opens by service on a day."""
    due = deadline(served_on, parse_clock(clock), rulebooks.calendar()).due_on
    if due is None:
        message = "a window without pauses has a last day"
        raise ValueError(message)
    return due


def term_ends(start: dt.date, term: str) -> dt.date:
    """Last day of a term from the day it takes effect; that day is not counted."""
    clock = parse_clock(term)
    if clock.unit is Unit.MONTHS:
        return add_months(start, clock.amount)
    if clock.unit is Unit.YEARS:
        return add_years(start, clock.amount)
    if clock.unit is Unit.WORKING:
        return window_ends(start, term)
    return start + dt.timedelta(days=clock.amount)


def suspension_of(told: Mapping[str, Any], *, enterprise: int, on: dt.date) -> dict[str, Any]:
    """Between which days a safety permit would be suspended for the accident that an event tells of."""
    found = _suspended(told, enterprise, on)
    return {
        "least": found.least,
        "most": found.most,
        "revoked": found.revoked,
        "reason": found.reason.as_json(),
    }


def _suspended(told: Mapping[str, Any], enterprise: int, on: dt.date) -> Suspension:
    books = rulebooks.band_library()
    grades, terms = books.table("accident-grades", "grade", on), books.version("permit-suspension", on)
    if grades is None or terms is None:
        reason = Reason("suspension", "暂扣期限", Verdict.UNKNOWN, notes=(f"{on} 没有适用的暂扣时限",))
        return Suspension(None, None, revoked=False, reason=reason)
    figures = {
        "deaths": told.get("deaths"),
        "serious_injuries": told.get("serious_injuries"),
        "loss": told.get("direct_loss"),
    }
    placed = None if set(figures.values()) == {None} else place(grades, figures)
    concealed = told.get("concealed") is True
    grade = placed.low.label if placed else None
    found = suspend(terms.tables, grade, earlier=_earlier(enterprise, on), concealed=concealed)
    if placed is None or placed.band is not None:
        return found
    # What is not told can only make it more: the term of the lowest grade is the least that is due.
    note = f"按已知情况至少为{grade}；查清后等级更高的，按更高等级另行处理"
    return replace(found, reason=replace(found.reason, notes=(*found.reason.notes, note)))


def _earlier(enterprise: int, on: dt.date) -> tuple[int, ...]:
    """Terms in days of suspensions that took effect within the twelve months before, in order."""
    rows = Restriction.objects.filter(
        enterprise=enterprise,
        act="suspend_permit",
        effective_from__gt=add_months(on, -YEAR_BACK),
        effective_from__lte=on,
        until__isnull=False,
    ).order_by("effective_from", "pk")
    pairs = rows.values_list("effective_from", "until")
    return tuple((until - since).days for since, until in pairs if since and until)
