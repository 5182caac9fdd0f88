"""Data quality: what arrived from where, what was refused, what is told of whom, and what is not.

Figures are of the viewer's own divisions, in the query. Absence of data is never read as compliance: a verdict that is
unknown says which table it waits for, and those tables are ranked by how many verdicts they would settle.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Concat, Substr

from zhulian.core.kernel.codes import division_name, divisions
from zhulian.core.kernel.dates import BEGINNING, from_micros
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules.plan_facts import COVERED
from zhulian.core.tables import TABLES
from zhulian.server.assessments import selectors as assessments
from zhulian.server.common import scopes
from zhulian.server.exchange.models import Delivery, Quarantined
from zhulian.server.exchange.permissions import VIEW
from zhulian.server.exchange.selectors import FeedState, deliveries_for, feeds_state, reason_text
from zhulian.server.registry.models import MODELS, Coverage, Enterprise
from zhulian.server.registry.permissions import LIST

WEEKS: Final = 12
FEW: Final = 3
"""Arrivals from which on a source has a rhythm of its own."""
PATIENCE: Final = 1.5
"""A source without a schedule is late after this many of its usual intervals."""


@dataclass(slots=True)
class Week:
    """One week of a source, in records."""

    start: dt.date
    accepted: int = 0
    unchanged: int = 0
    quarantined: int = 0

    @property
    def received(self) -> int:
        """Records in."""
        return self.accepted + self.unchanged + self.quarantined


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source of data, all its deliveries together."""

    name: str
    deliveries: int
    last: dt.datetime | None
    expected: dt.datetime | None
    guessed: bool
    """Whether `expected` follows from earlier intervals and not from a schedule."""
    late: bool
    empty: bool
    accepted: int
    unchanged: int
    quarantined: int
    open: int
    weeks: tuple[Week, ...] = ()

    @property
    def received(self) -> int:
        """Records in."""
        return self.accepted + self.unchanged + self.quarantined

    @property
    def state(self) -> str:
        """In a word."""
        if self.late:
            return "迟到"
        return "空" if self.empty else "按时" if self.expected else "不定期"


def sources(user: Any, *, now: dt.datetime) -> list[SourceLine]:
    """Sources of the deliveries in view, the late and empty ones first."""
    rows = deliveries_for(user, VIEW)
    found = (
        rows.order_by()
        .values("feed")
        .annotate(n=Count("pk"), last=Max("received_at"), a=Sum("accepted"), u=Sum("unchanged"), q=Sum("quarantined"))
    )
    waiting = Quarantined.objects.filter(delivery__in=rows.values("pk"), state=Quarantined.State.OPEN)
    opened = dict(waiting.order_by().values_list("delivery__feed").annotate(n=Count("pk")))
    recent = _recent(rows, now)
    scheduled = {state.feed.source: state for state in feeds_state(user, now)}
    lines = [_source(row, opened.get(row["feed"], 0), recent, scheduled.get(row["feed"]), now) for row in found]
    lines += [_silent(state, name) for name, state in scheduled.items() if name not in {row["feed"] for row in found}]
    return sorted(lines, key=lambda line: (not line.late, not line.empty, line.name))


def _recent(rows: QuerySet[Delivery], now: dt.datetime) -> dict[str, list[Any]]:
    """Source → its deliveries of the last weeks, oldest first."""
    since = now - dt.timedelta(weeks=WEEKS)
    out: dict[str, list[Any]] = {}
    fields = ("feed", "received_at", "accepted", "unchanged", "quarantined", "state")
    for row in rows.filter(received_at__gte=since).order_by("received_at").values(*fields):
        out.setdefault(row["feed"], []).append(row)
    return out


def _source(
    row: Mapping[str, Any], opened: int, recent: Mapping[str, list[Any]], state: FeedState | None, now: dt.datetime
) -> SourceLine:
    latest = recent.get(row["feed"], [])
    expected = state.expected_by if state is not None else _usual([one["received_at"] for one in latest])
    last: Mapping[str, Any] = latest[-1] if latest else {"state": Delivery.State.WAITING}
    done = last["state"] not in {Delivery.State.WAITING, Delivery.State.RUNNING}
    return SourceLine(
        name=row["feed"],
        deliveries=row["n"],
        last=row["last"],
        expected=expected,
        guessed=state is None and expected is not None,
        late=expected is not None and expected < now,
        empty=done and not any(last[name] for name in ("accepted", "unchanged", "quarantined")),
        accepted=row["a"] or 0,
        unchanged=row["u"] or 0,
        quarantined=row["q"] or 0,
        open=opened,
        weeks=tuple(_weeks(latest, now)),
    )


def _silent(state: FeedState, name: str) -> SourceLine:
    """A scheduled feed from which nothing has come yet."""
    return SourceLine(name, 0, state.last_arrival, state.expected_by, False, state.late, state.empty, 0, 0, 0, 0)


def _usual(arrivals: Sequence[dt.datetime]) -> dt.datetime | None:
    """When the next delivery is due, by the median of the intervals so far; days apart, or there is no rhythm."""
    days = sorted({moment.date() for moment in arrivals})
    if len(days) < FEW:
        return None
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return arrivals[-1] + dt.timedelta(days=statistics.median(gaps) * PATIENCE)


def _weeks(rows: Iterable[Mapping[str, Any]], now: dt.datetime) -> list[Week]:
    monday = now.date() - dt.timedelta(days=now.weekday())
    weeks = {monday - dt.timedelta(weeks=n): Week(monday - dt.timedelta(weeks=n)) for n in range(WEEKS)}
    for row in rows:
        day = row["received_at"].astimezone(now.tzinfo).date()
        week = weeks.get(day - dt.timedelta(days=day.weekday()))
        if week is not None:
            week.accepted += row["accepted"]
            week.unchanged += row["unchanged"]
            week.quarantined += row["quarantined"]
    return [weeks[start] for start in sorted(weeks)]


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """Why records were refused, over all deliveries in view."""

    code: str
    text: str
    count: int
    open: int
    corrected: int
    given_up: int


def reasons(user: Any, *, feed: str = "") -> list[ReasonLine]:
    """Reasons, those with the most records still open first."""
    rows = rejects(user, feed=feed).order_by().values("code")
    states = (Quarantined.State.OPEN, Quarantined.State.CORRECTED, Quarantined.State.GIVEN_UP)
    waiting, corrected, given_up = (Count("pk", filter=Q(state=state)) for state in states)
    found = rows.annotate(count=Count("pk"), waiting=waiting, corrected=corrected, given_up=given_up)
    lines = [
        ReasonLine(r["code"], reason_text(r["code"]), r["count"], r["waiting"], r["corrected"], r["given_up"])
        for r in found
    ]
    return sorted(lines, key=lambda line: (-line.open, -line.count, line.code))


def rejects(user: Any, *, code: str = "", table: str = "", state: str = "", feed: str = "") -> QuerySet[Quarantined]:
    """Records in quarantine of the deliveries in view."""
    chosen = {"code": code, "table": table, "state": state, "delivery__feed": feed}
    rows = Quarantined.objects.filter(delivery__in=deliveries_for(user, VIEW).values("pk"))
    return rows.filter(**{name: value for name, value in chosen.items() if value})


@dataclass(frozen=True, slots=True)
class Cell:
    """Of the enterprises of a division: how many there are, and of how many a table is completely told."""

    division: str
    told: int
    of: int

    @property
    def share(self) -> int:
        """Whole per cent, rounded down: 100 only when it is all."""
        return self.told * 100 // self.of if self.of else 0


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """One table across the divisions."""

    table: str
    label: str
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True, slots=True)
class Matrix:
    """Tables × divisions on a day."""

    divisions: tuple[tuple[str, str], ...]
    lines: tuple[CoverageLine, ...]


def enterprises_seen(user: Any, today: dt.date) -> QuerySet[Enterprise]:
    """Enterprises in the viewer's scope, as they are today."""
    rows: QuerySet[Enterprise] = Enterprise.objects.at(today).filter(scopes.enterprises(user, LIST))
    return rows


def told(table: str, day: dt.date) -> Exists:
    """Of an enterprise's row: whether a table is completely told of it on a day, as the rules ask (`plan_facts.cover`)."""
    region = OuterRef("region")
    above = [
        region,
        Concat(Substr(region, 1, 4), Value("00")),
        Concat(Substr(region, 1, 2), Value("0000")),
        Value("000000"),
    ]
    everyone = Q(enterprise__isnull=True) & (Q(division__isnull=True) | Q(division__in=above))
    rows = Coverage.objects.at(day).filter(table_name=table, complete=True, period_from__lte=day)
    rows = rows.filter(Q(period_until__isnull=True) | Q(period_until__gt=day))
    return Exists(rows.filter(Q(enterprise=OuterRef("enterprise")) | everyone))


def coverage(user: Any, day: dt.date) -> Matrix:
    """Which share of the enterprises in view each table is completely told of, by division."""
    rows = enterprises_seen(user, day).order_by()
    sizes = dict(rows.values_list("region").annotate(n=Count("pk")))
    columns = _columns(sizes)
    lines = []
    for table in COVERED:
        counted = dict(rows.filter(told(table, day)).values_list("region").annotate(n=Count("pk")))
        cells = tuple(
            Cell(key, sum(counted.get(r, 0) for r in regions), sum(sizes[r] for r in regions))
            for key, regions in columns.items()
        )
        total = Cell("", sum(counted.values()), sum(sizes.values()))
        lines.append(CoverageLine(table, TABLES[table].label, cells, total))
    return Matrix(tuple((key, _short(key)) for key in columns), tuple(lines))


def _columns(sizes: Mapping[str | None, int]) -> dict[str, list[str | None]]:
    """Divisions to show: counties when they are few, else cities, else provinces."""
    for digits in (6, 4, 2):
        out: dict[str, list[str | None]] = {}
        for region in sorted(sizes, key=lambda r: r or ""):
            out.setdefault((region or "")[:digits].ljust(6, "0") if region else "", []).append(region)
        if len(out) <= _MOST_COLUMNS:
            return out
    return out


_MOST_COLUMNS: Final = 12


def _short(division: str) -> str:
    return divisions()[division].name if division in divisions() else division or "未登记"


def untold(user: Any, day: dt.date, *, table: str, division: str = "") -> QuerySet[Enterprise]:
    """Enterprises of which a table is not completely told."""
    rows = enterprises_seen(user, day).filter(~told(table, day))
    if division:
        rows = rows.filter(region__startswith=division.rstrip("0") if division[-2:] == "00" else division)
    return rows.order_by("region", "name")


CAUSES: Final = (
    ("finance", "财务报表", ("财务报表", "的报表未填", "同日报表")),
    ("insurance", "社会保险", ("社保信息未归集", "社会保险")),
    ("person", "人员（出生日期）", ("出生日期未归集",)),
    ("registration", "注册执业资格", ("在其他企业的注册", "注册执业资格")),
    ("certificate", "证书的专业、等级、有效期", ("证书的专业、等级或有效期未归集",)),
    ("title", "职称", ("职称数据", "职称、")),
    ("post_certificate", "岗位证书", ("岗位证书",)),
    ("safety_certificate", "三类人员考核合格证", ("安全生产考核合格证",)),
    ("skill", "技能等级证书", ("技能等级证书",)),
    ("officer", "主要负责人", ("主要负责人", "的年限、年龄、社保或证书信息未归集")),
    ("work", "业绩", ("业绩",)),
    ("equipment", "机械设备", ("机械设备",)),
    ("safety_permit", "安全生产许可证", ("安全生产许可证数据", "安全生产许可证、")),
    ("figure", "标准数值（规则库）", ("标准数值未查到",)),
    ("manual", "须人工核实的条件", ("须人工核实",)),
    ("other", "其他（见每项的理由）", ()),
)
"""Which table, or other thing, an unknown clause waits for: key, label, words of the engine's notes that say so."""
NO_DATA: Final = frozenset({"figure", "manual", "other"})
"""What no delivery would settle: these stand last, however many wait for them."""
_LABELS: Final = {key: label for key, label, _ in CAUSES}


@dataclass(frozen=True, slots=True)
class CauseLine:
    """A missing table: the verdicts that it keeps unknown, and those that wait for nothing else."""

    key: str
    label: str
    verdicts: int
    alone: int
    enterprises: int


@dataclass(slots=True)
class _Cause:
    verdicts: int = 0
    alone: int = 0
    enterprises: set[int] = field(default_factory=set)


def unknowns(user: Any) -> QuerySet[Any]:
    """Current verdicts in view that are unknown for want of data, not for want of a standard."""
    rows = assessments.current().filter(assessments.in_scope(user), verdict=Verdict.UNKNOWN)
    return rows.exclude(rule_version="")


def causes_of(reason: Mapping[str, Any]) -> frozenset[str]:
    """What the unknown clauses of a reason wait for."""
    notes = [
        note
        for clause in reason.get("children", ())
        if clause["verdict"] == Verdict.UNKNOWN.value
        for note in _notes(clause)
    ]
    found = frozenset(key for key, _, words in CAUSES if any(word in note for word in words for note in notes))
    return found or frozenset({"other"})


def _notes(node: Mapping[str, Any]) -> list[str]:
    return [*node["notes"], *(note for child in node.get("children", ()) for note in _notes(child))]


def causes(user: Any) -> list[CauseLine]:
    """Missing data, ranked: first what alone would settle the most verdicts."""
    found: dict[str, _Cause] = {}
    for enterprise, reason in unknowns(user).values_list("enterprise", "reason").iterator(chunk_size=500):
        keys = causes_of(reason)
        for key in keys:
            one = found.setdefault(key, _Cause())
            one.verdicts += 1
            one.alone += len(keys) == 1
            one.enterprises.add(enterprise)
    lines = [CauseLine(k, _LABELS[k], c.verdicts, c.alone, len(c.enterprises)) for k, c in found.items()]
    return sorted(lines, key=lambda line: (line.key in NO_DATA, -line.alone, -line.verdicts, line.label))


def waiting_for(user: Any, cause: str) -> list[Any]:
    """Unknown verdicts that wait for something, `causes_of` it among others."""
    rows = unknowns(user).order_by("enterprise", "code").iterator(chunk_size=500)
    return [row for row in rows if cause in causes_of(row.reason)]


@dataclass(frozen=True, slots=True)
class TableLine:
    """How fresh a table is: rows now, the span of their facts, when the last one was recorded."""

    table: str
    label: str
    rows: int
    oldest: dt.date | None
    newest: dt.date | None
    recorded_at: dt.datetime | None
    expired: int | None
    """Papers past their last day with no renewal told; None where the table has no last day."""


EXPIRING: Final = ("qualification", "safety_permit", "registration", "post_certificate", "safety_certificate")
_VALID: Final = ("有效",)


def freshness(user: Any, today: dt.date) -> list[TableLine]:
    """Tables about enterprises in view."""
    seen = enterprises_seen(user, today).order_by().values("enterprise")
    out = []
    for name, contract in TABLES.items():
        if "enterprise" not in contract.names or name == "coverage":
            continue
        model: Any = MODELS[name]
        rows = model.objects.known().filter(enterprise__in=seen)
        dated = Q(fact_from__gt=BEGINNING)
        found = rows.aggregate(
            n=Count("pk"),
            low=Min("fact_from", filter=dated),
            high=Max("fact_from", filter=dated),
            at=Max("recorded_at"),
        )
        expired = expired_of(user, name, today).count() if name in EXPIRING else None
        at = from_micros(found["at"]) if found["at"] else None
        out.append(TableLine(name, contract.label, found["n"], found["low"], found["high"], at, expired))
    return out


def expired_of(user: Any, table: str, today: dt.date) -> QuerySet[Any]:
    """Papers whose last day has passed while their source still says nothing of an end."""
    model: Any = MODELS[table]
    seen = enterprises_seen(user, today).order_by().values("enterprise")
    rows: QuerySet[Any] = model.objects.at(today).filter(enterprise__in=seen, valid_until__lt=today)
    if table == "registration":
        return rows.filter(end_reason__isnull=True).order_by("valid_until", "row_id")
    if "status" in TABLES[table].names:
        rows = rows.filter(Q(status__isnull=True) | Q(status__in=_VALID))
    return rows.order_by("valid_until", "row_id")


def names_of(enterprises: Iterable[int], today: dt.date) -> dict[int, str]:
    """Names of enterprises, for lists."""
    rows = Enterprise.objects.at(today).filter(enterprise__in=set(enterprises))
    return dict(rows.values_list("enterprise", "name"))


def tally(lines: Iterable[SourceLine]) -> Counter[str]:
    """Figures over all sources."""
    out: Counter[str] = Counter()
    for line in lines:
        out.update(sources=1, late=line.late, empty=line.empty, open=line.open, received=line.received)
    return out


def division_label(division: str) -> str:
    """A division in words."""
    return division_name(division) if division else "未登记"
