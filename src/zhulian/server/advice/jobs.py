"""Plans of all rules are printed before somebody waits for them: after a start, and when a rulebook was added."""

from __future__ import annotations

import datetime as dt
from typing import Final

from zhulian import rulebooks
from zhulian.core.rules.features import features_of
from zhulian.core.rules.model import PURPOSES, GradeRule
from zhulian.core.rules.plan import ONE, statement
from zhulian.server.assessments.runner import DjangoRunner
from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, job_start, remaining, schedule
from zhulian.server.common.models import Job

JOB: Final = "advice.plans.print"
RULES: Final = 8
"""Rules a step: a second of work where nothing is on the shelf, so that a stop is heard."""
COPY: Final = "sqlite"
"""The dialect of copies, whatever the server stores in."""
SILENCE: Final = dt.timedelta(seconds=10)
"""A job without a step for so long is nobody's any more: who waits is better off printing for himself."""
SHORT: Final = dt.timedelta(seconds=2)
"""So little is left that a page computes at once."""


def plans_start() -> None:
    """Begin now, in the background: a server that has just started, with nothing on the shelf."""
    job_start(kind=JOB, key=JOB, actor="system:start")


def preparing() -> Job | None:
    """The job, while so much is left of it that a page should tell how far it is."""
    running = Job.objects.filter(kind=JOB, state=Job.State.RUNNING, stepped_at__gte=clock.machine_now() - SILENCE)
    row = running.order_by("pk").last()
    left = remaining(row) if row is not None else None
    return row if left is not None and left > SHORT else None


@job(JOB, apart=True)
def plans_print(view: JobView) -> Step:
    """The plans of the next rules in force today; what is on the shelf already costs a look-up."""
    library, today = rulebooks.library(), clock.today()
    asked = [(code, purpose) for code in library.codes() for purpose in PURPOSES]
    for code, purpose in asked[view.done : view.done + RULES]:
        rule = library.rule(code, purpose, today)
        if isinstance(rule, GradeRule):
            _print(rule)
    done = min(view.done + RULES, len(asked))
    return Step(done=done, total=len(asked), finished=done == len(asked))


def _print(rule: GradeRule) -> None:
    """What the pages about one enterprise ask: verdict, next critical day, division."""
    for dialect in {COPY, DjangoRunner().dialect}:
        for which in ("main", "critical", *(("histogram",) if features_of(rule).groups else ())):
            statement(rule, ONE, dialect, which)


schedule(JOB, every=60)
