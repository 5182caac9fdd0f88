"""Every type that a rule starts from, or that ends a flag or an obligation, is judged once; the daily look at time."""

from __future__ import annotations

import datetime as dt
from typing import Final

from zhulian import rulebooks
from zhulian.core.linkage import FlagEffect, ObligationEffect, ShareEffect, with_endings
from zhulian.server.assessments import services as assessments  # noqa: F401 - declares its event types first
from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, schedule
from zhulian.server.common.outbox import Event, handler
from zhulian.server.linkage import events, services  # noqa: F401 - declares the event types

DAILY: Final = "linkage.daily"
STEP: Final = 50


def named_types() -> tuple[str, ...]:
    """Event types that some version of some rule names."""
    versions = [v for rule in rulebooks.linkage_book().rules.values() for v in rule.versions]
    effects = [e for v in versions for e in v.effects]
    ending = {e.until for e in effects if isinstance(e, FlagEffect | ShareEffect)} - {""}
    ending |= {name for e in effects if isinstance(e, ObligationEffect) for name in e.done_by}
    return tuple(sorted({v.when.name for v in versions} | with_endings(ending)))


@handler(*named_types())
def follow(event: Event) -> None:
    """What follows from the event, and what it ends."""
    services.event_judge(event=event)


@job(DAILY)
def daily(job: JobView) -> Step:
    """Obligations whose last day was yesterday or before."""
    done = services.obligations_tell_overdue(today=clock.today(), limit=STEP)
    return Step(done=job.done + done, finished=done == 0)


schedule(DAILY, daily=dt.time(0, 10))
