"""Totals of the linkage ledger by direction: one query a table, and for every number the very list that it counts.

A direction is where the event came from: 市场, 现场, 资质, and beside them 信用 and 办理 (what followed from our own acts).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.lifecycle import OBLIGATION, PROPOSAL
from zhulian.core.linkage import EVENT_TYPES, Domain
from zhulian.server.decisions.models import Document, Proposal, Restriction, Step
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.linkage.models import CopyNotice, Flag, Judged, Obligation, Share
from zhulian.server.linkage.narrowing import Filters, narrowed, period, types_of

Rows = QuerySet[Any]


def _any(_today: dt.date) -> Q:
    return Q()


def _is(**wanted: object) -> Callable[[dt.date], Q]:
    return lambda _today: Q(**wanted)


_DONE: Final = {
    "obligation": Q(state__in=OBLIGATION.final),
    "proposal": Q(state__in=PROPOSAL.final),
}


def _overdue(source: str) -> Callable[[dt.date], Q]:
    return lambda today: ~_DONE[source] & ~Q(state="paused") & Q(due_on__lt=today)


def _due(source: str) -> Callable[[dt.date], Q]:
    """Whose answer is known: done, or past its day. What still has time is in no denominator."""
    return lambda today: Q(due_on__isnull=False) & (_DONE[source] | ~Q(state="paused") & Q(due_on__lt=today))


def _in_time(source: str) -> Callable[[dt.date], Q]:
    return lambda _today: _DONE[source] & Q(done_on__lte=F("due_on"))


@dataclass(frozen=True, slots=True)
class Measure:
    """One number: which rows of which tables count. `of`: the measure that is its denominator."""

    name: str
    label: str
    counts: Mapping[str, Callable[[dt.date], Q]]
    of: str = ""


def _dated(what: Callable[[str], Callable[[dt.date], Q]]) -> Mapping[str, Callable[[dt.date], Q]]:
    return {source: what(source) for source in _DONE}


MEASURES: Final = (
    Measure("events", "事件", {"event": _any}),
    Measure("fired", "触发规则的事件", {"event": lambda _today: ~Q(effects=[])}, of="events"),
    Measure("obligations", "待办", {"obligation": _any}),
    Measure("proposals", "拟办", {"proposal": _any}),
    Measure("decisions", "作出决定", {"proposal": _is(state="signed")}, of="proposals"),
    Measure("restrictions", "生效的限制", {"restriction": _is(effective_from__isnull=False)}),
    Measure(
        "endings",
        "已解除的限制",
        {"restriction": _is(effective_from__isnull=False, ended_on__isnull=False)},
        of="restrictions",
    ),
    Measure("flags", "日常标识", {"flag": _any}),
    Measure("unflagged", "已解除的标识", {"flag": _is(ended_at__isnull=False)}, of="flags"),
    Measure("due", "应已办结", _dated(_due)),
    Measure("in_time", "按期办结", _dated(_in_time), of="due"),
    Measure("overdue", "超期未办", _dated(_overdue)),
    Measure("copies", "抄告", {"copy": _any}),
    Measure("shares", "抽查比例调整", {"share": _any}),
)
BY_NAME: Final[Mapping[str, Measure]] = {m.name: m for m in MEASURES}


@dataclass(frozen=True, slots=True)
class Source:
    """A table that measures count. `on`: its day, `count`: what is counted."""

    rows: Callable[[], Rows]
    on: str
    count: Callable[[Q], Count]
    select: tuple[str, ...] = ()


def _fired_by(rows: Rows) -> Rows:
    """Rows with the type of the event that they came from, and the day they were made."""
    same = Judged.objects.filter(event=OuterRef("event"), rule=OuterRef("rule"))
    out: Rows = rows.annotate(came_from=Subquery(same.values("event_type")[:1]), made_on=TruncDate("made_at"))
    return out


def _proposals() -> Rows:
    signed = Document.objects.filter(proposal=OuterRef("pk"), kind=Document.Kind.DECISION).values("signed_on")[:1]
    dropped = Step.objects.filter(proposal=OuterRef("pk"), action="drop").order_by("-pk")
    gone = dropped.annotate(on=TruncDate("at")).values("on")[:1]
    return Proposal.objects.annotate(
        came_from=F("event_type"), made_on=TruncDate("proposed_at"), done_on=Coalesce(Subquery(signed), Subquery(gone))
    )


def _each(q: Q) -> Count:
    return Count("pk", filter=q)


SOURCES: Final[Mapping[str, Source]] = {
    "event": Source(
        lambda: Judged.objects.annotate(came_from=F("event_type")),
        "on",
        lambda q: Count("event", filter=q, distinct=True),
    ),
    "flag": Source(lambda: _fired_by(Flag.objects.all()), "made_on", _each),
    "obligation": Source(
        lambda: _fired_by(Obligation.objects.annotate(done_on=TruncDate("ended_at"))), "made_on", _each, ("unit",)
    ),
    "proposal": Source(_proposals, "made_on", _each, ("unit",)),
    "restriction": Source(
        lambda: Restriction.objects.annotate(came_from=F("proposal__event_type")),
        "effective_from",
        _each,
        ("proposal",),
    ),
    "copy": Source(lambda: _fired_by(CopyNotice.objects.all()), "made_on", _each),
    "share": Source(lambda: _fired_by(Share.objects.all()), "made_on", _each),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A number with the list behind it, and its denominator where it has one."""

    measure: Measure
    count: int
    url: str
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One direction, or all of them together."""

    domain: str
    label: str
    cells: tuple[Cell, ...]


def totals(user: Any, filters: Filters, *, today: dt.date) -> list[Row]:
    """Each direction in the loop's order, then all together; one query a table."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(BY_NAME, 0))
    for name, source in SOURCES.items():
        wanted = {m.name: source.count(m.counts[name](today)) for m in MEASURES if name in m.counts}
        rows = _rows(source, user, filters).order_by().values("came_from").annotate(**wanted)
        for row in rows:
            known = EVENT_TYPES.get(row["came_from"])
            for measure in wanted:
                sums[known.domain if known else Domain.PROCESS][measure] += row[measure]
    lines = [_row(d.value, _("%s事件") % d.label, sums[d], filters) for d in Domain if d in sums]
    together = {name: sum(found[name] for found in sums.values()) for name in BY_NAME}
    return [*lines, _row("", _("合计"), together, filters)]


def _rows(source: Source, user: Any, filters: Filters) -> Rows:
    rows = narrowed(source.rows(), user, filters).filter(period(source.on, filters))
    return rows.filter(came_from__in=types_of(filters.domain)) if filters.domain else rows


def _row(domain: str, label: str, counts: Mapping[str, int], filters: Filters) -> Row:
    query = filters.query(domain=domain or filters.domain, fired="", state="", event="")
    address = reverse("linkage:items", args=["-"])[:-1]
    return Row(
        domain,
        label,
        tuple(
            Cell(m, counts[m.name], f"{address}{m.name}{'?' if query else ''}{query}", counts[m.of] if m.of else None)
            for m in MEASURES
        ),
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a number counts. `event` opens its place in the graph."""

    kind: str
    enterprise: int
    name: str
    label: str
    came_from: str
    event: str
    since: dt.date | None
    due_on: dt.date | None
    ended_on: dt.date | None
    state: str
    unit: str
    clause: str


class Listed(Sequence[Any]):
    """Rows of several tables one after the other, as a paginator wants them: counted and sliced in the database."""

    def __init__(self, parts: Sequence[tuple[str, Rows]]) -> None:
        """`parts`: a source's name and its rows."""
        self.parts = parts
        self.counts = [rows.count() for _name, rows in parts]

    def __len__(self) -> int:
        return sum(self.counts)

    def __getitem__(self, index: Any) -> Any:
        """A slice `[a:b]` of (source, row)."""
        start, stop, _step = index.indices(len(self))
        return list(self._between(start, stop))

    def _between(self, start: int, stop: int) -> Iterator[tuple[str, Any]]:
        before = 0
        for (name, rows), count in zip(self.parts, self.counts, strict=True):
            first, last = max(start - before, 0), min(stop - before, count)
            if first < last:
                yield from ((name, row) for row in rows[first:last])
            before += count


def listed(user: Any, measure: Measure, filters: Filters, *, today: dt.date) -> Listed:
    """The rows that a number counts, newest first."""
    return Listed([(name, _listed(name, q(today), user, filters)) for name, q in measure.counts.items()])


def _listed(name: str, q: Q, user: Any, filters: Filters) -> Rows:
    source = SOURCES[name]
    rows = _rows(source, user, filters).filter(q)
    if name == "event":
        grouped = rows.order_by().values("event", "event_type", "enterprise", "came_from")
        events: Rows = grouped.annotate(since=Min("on")).order_by("-since", "event")
        return events
    return rows.select_related(*source.select).order_by(F(source.on).desc(nulls_last=True), "-pk")


def items(rows: Sequence[tuple[str, Any]], *, today: dt.date) -> list[Item]:
    """A page of rows with names."""
    firms = (row["enterprise"] if name == "event" else row.enterprise for name, row in rows)
    names = enterprise_names(firms, today)
    return [_item(name, row, names) for name, row in rows]


def _item(name: str, row: Any, names: Mapping[int, str]) -> Item:
    known = EVENT_TYPES.get(row["came_from"] if name == "event" else row.came_from or "")
    came_from = known.label if known else ""
    if name == "event":
        firm, event = row["enterprise"], str(row["event"])
        named = names.get(firm, f"企业 {firm}")
        return Item("event", firm, named, came_from, came_from, event, row["since"], None, None, "", "", "")
    restriction = name == "restriction"
    return Item(
        kind=name,
        enterprise=row.enterprise,
        name=names.get(row.enterprise, f"企业 {row.enterprise}"),
        label=_LABELS[name](row),
        came_from=came_from,
        event=str(row.proposal.event if restriction else row.event),
        since=getattr(row, SOURCES[name].on),
        due_on=row.until if restriction else getattr(row, "due_on", None),
        ended_on=_ended(name, row),
        state=row.get_state_display() if hasattr(row, "get_state_display") else "",
        unit=row.unit.name if "unit" in SOURCES[name].select else getattr(row, "authority", ""),
        clause=row.clause,
    )


def _ended(name: str, row: Any) -> dt.date | None:
    if name == "flag":
        return row.ended_at.astimezone(SHANGHAI).date() if row.ended_at else None
    found: dt.date | None = getattr(row, "done_on", None) or getattr(row, "ended_on", None)
    return found


_LABELS: Final[Mapping[str, Callable[[Any], str]]] = {
    "flag": lambda row: row.label,
    "obligation": lambda row: row.what,
    "proposal": lambda row: row.label,
    "restriction": lambda row: f"{row.label} {row.document_no}",
    "copy": lambda row: f"{row.to}：{row.asks}",
    "share": lambda row: row.label,
}
