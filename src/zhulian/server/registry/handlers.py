"""The job that compares: started when a delivery has ended, and every now and then for whatever a crash left."""

from __future__ import annotations

from typing import Final

from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, job_start, schedule
from zhulian.server.common.outbox import Event, handler
from zhulian.server.exchange.services import FINISHED
from zhulian.server.registry.matching import services
from zhulian.server.registry.models import MatchMark

MATCH: Final = "registry.identity.match"
ACTOR: Final = "system:registry"


@handler(FINISHED)
def compare(_event: Event) -> None:
    """New and changed subjects wait: compare them."""
    if MatchMark.objects.exists():
        job_start(kind=MATCH, key=MATCH, actor=ACTOR)


@job(MATCH)
def match(view: JobView) -> Step:
    """Some subjects; progress counts those that wait."""
    at = clock.now()
    if not view.done:
        services.snoozed_wake(today=clock.today(), actor=ACTOR, at=at)
    found = services.blocks_compare(at=at, actor=view.actor or ACTOR)
    done = view.done + found.done
    return Step(done=done, total=done + found.left, finished=not found.left)


schedule(MATCH, every=30)
