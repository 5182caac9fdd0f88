"""What goes back to the unit by itself: items taken and not looked at since."""

from __future__ import annotations

from typing import Final

from zhulian.server.common.jobs import JobView, Step, job, schedule
from zhulian.server.worklist import services

IDLE: Final = "worklist.idle"
STEP: Final = 20


@job(IDLE)
def idle(job: JobView) -> Step:
    """Locks whose time is over."""
    done = services.items_return_idle(limit=STEP)
    return Step(done=job.done + done, finished=done < STEP)


schedule(IDLE, every=10)
