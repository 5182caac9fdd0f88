"""What was judged too early: a report of an earlier day that comes late may turn what was said of later days."""

from __future__ import annotations

from typing import Final

from zhulian import rulebooks
from zhulian.core.linkage import FACTS, Subject, judge
from zhulian.core.linkage.clocks import add_months
from zhulian.server.common import clock, outbox
from zhulian.server.linkage import judging
from zhulian.server.linkage.facts import About, asked_by, facts_of
from zhulian.server.linkage.late import Moment
from zhulian.server.linkage.models import Judged

LOOK_BACK_MONTHS: Final = 24
"""Facts look back 12 months from the day of an accident; that it was concluded may be told a year later."""


def judge_again(event: outbox.Event, enterprise: int) -> list[Judged]:
    """A late event: what was judged of later days and did not fire is asked again, by what is known now.

    By the version of then. A fact of then that is another now is the only reason to; what fired stays with the people
    who have it. A judgement that comes out the same is not logged twice.
    """
    moment = Moment.of(event)
    if moment.happened >= moment.today:
        return []
    rows = Judged.objects.filter(
        enterprise=enterprise,
        happened_on__gt=moment.happened,
        happened_on__lte=add_months(moment.happened, LOOK_BACK_MONTHS),
    )
    latest = {(row.event, row.rule): row for row in rows.exclude(event=event.id).order_by("turn", "pk")}
    again = (_again(row) for row in latest.values() if not row.effects)
    return [row for row in again if row is not None]


def _again(row: Judged) -> Judged | None:
    rule = rulebooks.linkage_book().rules.get(row.rule)
    version = next((v for v in rule.versions if (v.id, v.hash) == (row.version, row.hash)), None) if rule else None
    if rule is None or version is None or row.happened_on is None:
        return None
    dated = sorted(name for name in asked_by(version) if FACTS[name].dated)
    if not dated:
        return None
    facts = row.facts | facts_of(About(row.enterprise, row.told, row.happened_on, clock.today()), dated)
    if facts == row.facts:
        return None
    found = judge(rule, version, Subject(row.told, facts), on=clock.today(), calendar=rulebooks.calendar())
    if found.verdict.value == row.verdict:
        return None
    event = outbox.Event(type=row.event_type, subject=row.subject, data=row.told, id=row.event)
    return judging.judge_by(event, row.enterprise, (rule, version), facts, Moment.of(event, row.turn + 1))
