"""What expires goes every night, in small steps."""

from __future__ import annotations

import datetime as dt
from typing import Final

from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, schedule
from zhulian.server.privacy import schedule as keeping
from zhulian.server.privacy import services

DAILY: Final = "privacy.daily"


@job(DAILY)
def daily(job: JobView) -> Step:
    """One batch of the first kind that has any; finished when none has."""
    for rule in keeping.rules():
        gone = services.expire(rule=rule, now=clock.now(), actor="system:privacy")
        if gone:
            return Step(done=job.done + gone)
    return Step(done=job.done, finished=True)


schedule(DAILY, daily=dt.time(2, 30))
