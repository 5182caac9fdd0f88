"""Plans of all rules are printed before somebody waits for them: after a start, and when a rulebook was added."""

from __future__ import annotations

from typing import Final

from zhulian import rulebooks
from zhulian.core.rules.features import features_of
from zhulian.core.rules.model import PURPOSES, GradeRule
from zhulian.core.rules.plan import ONE, statement
from zhulian.server.assessments.runner import DjangoRunner
from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, schedule

JOB: Final = "advice.plans.print"
RULES: Final = 8
"""Rules a step: a second of work where nothing is on the shelf, so that a stop is heard."""
COPY: Final = "sqlite"
"""The dialect of copies, whatever the server stores in."""


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
