"""The job that takes a delivery, chunk by chunk."""

from __future__ import annotations

from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job
from zhulian.server.exchange.services import JOB, delivery_take


@job(JOB)
def take(view: JobView) -> Step:
    """One chunk; where to go on stands with the delivery."""
    taken = delivery_take(delivery=int(view.payload["delivery"]), at=clock.now())
    return Step(done=taken.done, total=taken.expected, finished=taken.finished)
