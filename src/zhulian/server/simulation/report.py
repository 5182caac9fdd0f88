"""What came of a simulation, by direction and by rule: counted from the rows that pages show, nothing kept beside."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db.models import Q

from zhulian import rulebooks
from zhulian.core.lifecycle import OBLIGATION, PROPOSAL
from zhulian.core.linkage import EVENT_TYPES, Domain
from zhulian.server.decisions.models import Proposal, Restriction
from zhulian.server.linkage.counting import MEASURES, SOURCES
from zhulian.server.linkage.models import CopyNotice, Flag, Judged, Obligation, Share
from zhulian.server.registry.models import Identity
from zhulian.server.simulation.history import Label
from zhulian.server.simulation.orphans import Orphan, orphans

REPORTED: Final = ("events", "obligations", "proposals", "decisions", "restrictions", "endings", "due", "in_time")
"""Measures of the linkage ledger that the report gives for each direction."""
_LATE: Final = dt.timedelta(days=45)
"""A planted happening is judged within this of its day: files come later than what they tell."""


@dataclass(frozen=True, slots=True)
class Direction:
    """The ledger's totals of one direction, without anybody's scope."""

    domain: str
    label: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of the book: how often it fired, what came of it, how much of that is over."""

    rule: str
    title: str
    fired: int
    effects: int
    ended: int


@dataclass(frozen=True, slots=True)
class Report:
    """The whole of it. `missed`: planted happenings whose rule stayed silent; `wrong`: rules that should have."""

    start: dt.date
    end: dt.date
    seed: int
    directions: tuple[Direction, ...]
    rules: tuple[RuleLine, ...]
    labels: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]
    orphans: tuple[Orphan, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data: days as ISO, directions by name."""
        return {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "seed": self.seed,
            "directions": {d.domain: d.counts for d in self.directions},
            "rules": [asdict(line) for line in self.rules],
            "labels": {"fires": self.labels, "missed": list(self.missed), "wrong": list(self.wrong)},
            "orphans": [orphan.as_json() for orphan in self.orphans],
        }


def report(labels: Sequence[Label], *, start: dt.date, end: dt.date, seed: int) -> Report:
    """Count what stands in the database after days `(start, end]` were played."""
    asked = [label for label in labels if start < label.on <= end]
    missed, wrong = _compared(asked)
    return Report(
        start=start,
        end=end,
        seed=seed,
        directions=tuple(_directions(end)),
        rules=tuple(_rules(end)),
        labels=sum(label.fires for label in asked),
        missed=tuple(missed),
        wrong=tuple(wrong),
        orphans=tuple(orphans(end)),
    )


def _directions(today: dt.date) -> Iterable[Direction]:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(REPORTED, 0))
    for name, source in SOURCES.items():
        wanted = {m.name: source.count(m.counts[name](today)) for m in MEASURES if name in m.counts}
        chosen = {measure: count for measure, count in wanted.items() if measure in REPORTED}
        if not chosen:
            continue
        for row in source.rows().order_by().values("came_from").annotate(**chosen):
            known = EVENT_TYPES.get(row["came_from"])
            for measure in chosen:
                sums[known.domain if known else Domain.PROCESS][measure] += row[measure]
    return [Direction(d.value, d.label, sums[d]) for d in Domain if d in sums]


def _rules(today: dt.date) -> Iterable[RuleLine]:
    fired = Counter(Judged.objects.exclude(effects=[]).values_list("rule", flat=True))
    made: Counter[str] = Counter()
    over: Counter[str] = Counter()
    for rows, ended in (
        (Flag.objects.all(), Q(ended_at__isnull=False)),
        (Obligation.objects.all(), Q(state__in=OBLIGATION.final)),
        (Proposal.objects.filter(restriction=None), Q(state__in=PROPOSAL.final)),
        (CopyNotice.objects.all(), Q()),
        (Share.objects.all(), Q(ended_at__isnull=False) | Q(until__lt=today)),
    ):
        made.update(rows.values_list("rule", flat=True))
        over.update(rows.filter(ended).values_list("rule", flat=True))
    restricted = Restriction.objects.values_list("proposal__rule", flat=True)
    made.update(restricted)
    over.update(restricted.filter(state__in=("ended", "annulled")))
    book = rulebooks.linkage_book()
    return [RuleLine(r.id, r.title, fired[r.id], made[r.id], over[r.id]) for r in book.rules.values()]


def _compared(labels: Sequence[Label]) -> tuple[list[str], list[str]]:
    """Planted happenings that were not answered as they must be."""
    subjects = dict(Identity.objects.filter(kind="uscc").values_list("value", "subject_id"))
    fired = defaultdict(list)
    rows = Judged.objects.exclude(effects=[]).values_list("enterprise", "rule", "event_type", "on")
    for enterprise, rule, event, on in rows:
        fired[enterprise, rule, event].append(on)
    missed, wrong = [], []
    for label in labels:
        days = fired[subjects.get(label.enterprise, 0), label.rule, label.event]
        answered = any(label.on <= day <= label.on + _LATE for day in days)
        told = f"{label.on} {label.enterprise} {label.story} → {label.rule}"
        if label.fires and not answered:
            missed.append(told)
        elif not label.fires and any(day == label.on for day in days):
            wrong.append(told)
    return missed, wrong
