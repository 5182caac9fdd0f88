"""What ends restrictions without anybody asking: the events that restore facts, and the days that pass."""

from __future__ import annotations

import datetime as dt
from typing import Final

from zhulian import rulebooks
from zhulian.core.linkage import EVENT_TYPES, ProposalEffect, with_endings
from zhulian.server.assessments import services as assessments  # noqa: F401 - declares its event types first
from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, schedule
from zhulian.server.common.outbox import Event, event_type, event_types, handler
from zhulian.server.decisions import services

DAILY: Final = "decisions.daily"
STEP: Final = 50
"""Rows of a step: far below the 200 ms that a step may hold its transaction."""


def ending_types() -> tuple[str, ...]:
    """Event types that some version of some rule names as the end of a restriction, and that bring such an end."""
    versions = (v for rule in rulebooks.linkage_book().rules.values() for v in rule.versions)
    effects = (e for v in versions for e in v.effects if isinstance(e, ProposalEffect))
    return tuple(sorted(with_endings(e.ends_on for e in effects if e.ends_on)))


for _name in ending_types():
    if _name not in event_types:
        event_type(_name, EVENT_TYPES[_name].label)


@handler(*ending_types())
def end(event: Event) -> None:
    """Facts are restored: what hung on them ends within this dispatch."""
    enterprise = event.data.get("enterprise")
    kind, _, pk = event.subject.partition(":")
    if type(enterprise) is not int and kind == "enterprise" and pk.isdecimal():
        enterprise = int(pk)
    if type(enterprise) is int:
        services.restrictions_end(enterprise=enterprise, cause=event)


@job(DAILY)
def daily(job: JobView) -> Step:
    """Announcements that have stood thirty days, terms that are over."""
    today = clock.today()
    done = services.announcements_complete(today=today, limit=STEP) + services.restrictions_expire(
        today=today, limit=STEP
    )
    return Step(done=job.done + done, finished=done == 0)


schedule(DAILY, daily=dt.time(0, 5))
