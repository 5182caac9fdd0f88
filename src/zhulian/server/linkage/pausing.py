"""A stopped clock: while a lawful pause stands nothing runs, and its days lengthen the period (`core.linkage.clocks`)."""

from __future__ import annotations

import datetime as dt

from zhulian import rulebooks
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.linkage import Clock, Deadline, ObligationEffect, Pause, deadline
from zhulian.server.linkage.models import Obligation


def due_with(row: Obligation) -> Deadline:
    """The last day of an obligation, reckoned from the day it was made with its pauses.

    Where the rule's text of that day is no longer in the book, the stopped natural days are added.
    """
    pauses = tuple(Pause(_day(p["since"]), _day(p["until"]), p["reason"]) for p in row.pauses if p["until"])
    clock = _clock_of(row)
    if clock is not None:
        return deadline(row.made_at.astimezone(SHANGHAI).date(), clock, rulebooks.calendar(), pauses)
    stopped = sum(((p.until or p.since) - p.since).days for p in pauses)
    return Deadline(row.due_on + dt.timedelta(days=stopped), (f"中止 {stopped} 日，按自然日顺延",))


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _clock_of(row: Obligation) -> Clock | None:
    rule = rulebooks.linkage_book().rules.get(row.rule)
    version = next((v for v in rule.versions if v.id == row.version), None) if rule else None
    effects = version.effects if version else ()
    effect = next((e for e in effects if e.id == row.effect and isinstance(e, ObligationEffect)), None)
    return effect.within.clock if isinstance(effect, ObligationEffect) else None
