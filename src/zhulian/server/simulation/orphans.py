"""What the loop may never leave behind: anything without cause, owner or end (loop.md "Invariants" 3 and 5).

Rows are read into `Trace`s, one for each thing that the loop made; `missing` is a pure function of a trace. It asks of
every installation, not of simulations only.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.lifecycle import OBLIGATION, PROPOSAL, RECTIFICATION, RESTRICTION, VERIFICATION
from zhulian.core.linkage import End, with_endings
from zhulian.server.assessments.selectors import held_by
from zhulian.server.campaigns.models import Rectification, Verification
from zhulian.server.common.models import Event
from zhulian.server.decisions.models import Proposal, Restriction
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.linkage.judging import same
from zhulian.server.linkage.models import CopyNotice, Flag, Judged, Obligation, Share

CAUSE, OWNER, ENDING = "起因", "办理单位", "解除"
"""What can be missing."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing with what keeps it in the loop. `cause`: it stands in the log. `owner`: whose it is.

    `ended`: it is over, and by what is told. `can_end`: something will end it: a day that is watched, or an event that
    has not come yet. `overtaken`: what should have ended it has come already.
    """

    kind: str
    number: int
    enterprise: int
    label: str
    cause: bool
    owner: bool
    ended: bool
    can_end: bool
    overtaken: str = ""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A trace with what it lacks, in Chinese."""

    kind: str
    number: int
    enterprise: int
    name: str
    label: str
    missing: tuple[str, ...]
    why: str

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "kind": self.kind,
            "number": self.number,
            "enterprise": self.name,
            "label": self.label,
            "missing": list(self.missing),
            "why": self.why,
        }


def missing(trace: Trace) -> tuple[str, ...]:
    """What a trace lacks: of cause, owner, end."""
    wanted = (
        (CAUSE, trace.cause),
        (OWNER, trace.owner),
        (ENDING, trace.ended or (trace.can_end and not trace.overtaken)),
    )
    return tuple(word for word, there in wanted if not there)


def orphans(today: dt.date) -> list[Orphan]:
    """Everything in the loop that lacks cause, owner or end on a day."""
    found = [(trace, lacks) for trace in traces(today) if (lacks := missing(trace))]
    names = enterprise_names({trace.enterprise for trace, _ in found}, today)
    return [
        Orphan(t.kind, t.number, t.enterprise, names.get(t.enterprise, ""), t.label, lacks, t.overtaken)
        for t, lacks in found
    ]


def traces(today: dt.date) -> Iterator[Trace]:
    """Everything that the loop made, by table."""
    book = _Book.read(today)
    for read in _TABLES:
        yield from read(book)


@dataclass(frozen=True, slots=True)
class _Book:
    """What traces are held against: the log, what was judged, and what may end open things."""

    today: dt.date
    logged: Mapping[Any, int]
    """Id of every event in the log → its place there."""
    judged: frozenset[tuple[Any, str]]
    later: Mapping[tuple[int, str], list[Event]]
    held: frozenset[tuple[int, str]]

    @classmethod
    def read(cls, today: dt.date) -> _Book:
        ending = {
            *Flag.objects.values_list("until", flat=True),
            *Share.objects.values_list("until_event", flat=True),
            *Restriction.objects.values_list("ends_on", flat=True),
        }
        later: dict[tuple[int, str], list[Event]] = defaultdict(list)
        for event in Event.objects.filter(type__in=with_endings(ending - {""})).order_by("sequence"):
            kind, _, pk = event.subject.partition(":")
            if kind == "enterprise":
                later[int(pk), event.type].append(event)
        flagged = sorted(set(Flag.objects.filter(ended_at=None).values_list("enterprise", flat=True)))
        return cls(
            today=today,
            logged=dict(Event.objects.values_list("id", "sequence")),
            judged=frozenset(Judged.objects.exclude(effects=[]).values_list("event", "rule")),
            later=later,
            held=frozenset(held_by(flagged, as_of=today)),
        )

    def caused(self, row: Any) -> bool:
        """The event is in the log, and the rule was judged about it."""
        return row.event in self.logged and (row.event, row.rule) in self.judged

    def overtaken(self, enterprise: int, type_: str, cause: Any, told: Mapping[str, Any]) -> str:
        """An event after the cause that should have ended something, in words; empty for none."""
        since = self.logged.get(cause, 0)
        for name in sorted(with_endings({type_})):
            for event in self.later.get((enterprise, name), ()):
                if event.sequence > since and same(told, event.data):
                    return f"{event.type} 已于 {event.time.astimezone(SHANGHAI):%Y-%m-%d} 发生"
        return ""


def _flags(book: _Book) -> Iterator[Trace]:
    for row in Flag.objects.order_by("pk"):
        gone = row.code and (row.enterprise, row.code) not in book.held
        over = book.overtaken(row.enterprise, row.until, row.event, row.told)
        yield Trace(
            "日常标识",
            row.pk,
            row.enterprise,
            f"{row.label} {row.code}".strip(),
            cause=book.caused(row),
            owner=True,  # a flag asks nobody for anything: it is the enterprise's own
            ended=row.ended_at is not None and row.end_event in book.logged,
            can_end=row.ended_at is None and bool(row.until),
            overtaken=over or ("这项资质已经不再持有" if gone else ""),
        )


def _obligations(book: _Book) -> Iterator[Trace]:
    for row in Obligation.objects.order_by("pk"):
        final = row.state in OBLIGATION.final
        silent = not final and row.state != "paused" and row.due_on < book.today and row.overdue_at is None
        yield Trace(
            "待办",
            row.pk,
            row.enterprise,
            row.what,
            cause=book.caused(row),
            owner=row.unit_id is not None and (row.state != "taken" or row.holder_id is not None),
            ended=final and bool(row.outcome),
            can_end=not final,
            overtaken=f"{row.due_on} 已过，没有提示超期" if silent else "",
        )


def _shares(book: _Book) -> Iterator[Trace]:
    for row in Share.objects.order_by("pk"):
        over = book.overtaken(row.enterprise, row.until_event, row.event, row.told) if row.until_event else ""
        yield Trace(
            "抽查比例",
            row.pk,
            row.enterprise,
            row.label,
            cause=book.caused(row),
            owner=True,
            ended=(row.until is not None and row.until < book.today) or row.end_event in book.logged,
            can_end=row.until is not None or bool(row.until_event),
            overtaken=over,
        )


def _copies(book: _Book) -> Iterator[Trace]:
    for row in CopyNotice.objects.order_by("pk"):
        yield Trace(
            "抄告",
            row.pk,
            row.enterprise,
            row.asks,
            cause=book.caused(row),
            owner=bool(row.to),
            ended=True,  # what is told is told; the case goes on where the power lies
            can_end=True,
        )


def _proposals(book: _Book) -> Iterator[Trace]:
    for row in Proposal.objects.order_by("pk"):
        final = row.state in PROPOSAL.final
        yield Trace(
            "拟办",
            row.pk,
            row.enterprise,
            row.label,
            cause=book.caused(row),
            owner=row.unit_id is not None and (row.state == PROPOSAL.first or final or row.handler_id is not None),
            ended=final,
            can_end=not final,
        )


def _restrictions(book: _Book) -> Iterator[Trace]:
    rows = Restriction.objects.select_related("proposal").order_by("pk")
    for row in rows:
        open_ = row.state not in RESTRICTION.final
        over = ""
        if open_ and row.ends == End.FACTS:
            over = book.overtaken(row.enterprise, row.ends_on, row.proposal.event, row.proposal.told)
        if row.state == "effective" and row.ends == End.TERM and row.until is not None and row.until < book.today:
            over = f"期限已于 {row.until} 届满"
        yield Trace(
            "限制",
            row.pk,
            row.enterprise,
            f"{row.label} {row.document_no}",
            cause=book.caused(row.proposal) and bool(row.clause),
            owner=bool(row.authority),
            ended=not open_ and bool(row.end_cause) and (row.end_event is None or row.end_event in book.logged),
            can_end=open_ and bool(row.ends),
            overtaken=over,
        )


def _rectifications(book: _Book) -> Iterator[Trace]:
    for row in Rectification.objects.select_related("restriction").order_by("pk"):
        final = row.state in RECTIFICATION.final
        late = row.state == "ordered" and row.due_on is not None and row.due_on < book.today
        stands = row.restriction is None or row.restriction.state == "effective"
        yield Trace(
            "限期整改",
            row.pk,
            row.enterprise,
            f"{row.code} {row.due_on or ''}".strip(),
            cause=row.event in book.logged,
            owner=row.unit_id is not None,
            ended=final,
            can_end=not final,
            overtaken=f"{row.due_on} 已过，没有转为逾期" if late and stands and row.recovered_at is None else "",
        )


def _verifications(book: _Book) -> Iterator[Trace]:
    for row in Verification.objects.order_by("pk"):
        final = row.state in VERIFICATION.final
        yield Trace(
            "资质核查",
            row.pk,
            row.enterprise,
            f"{row.code} {row.document_no}".strip(),
            cause=row.event in book.logged,
            owner=row.unit_id is not None,
            ended=final and bool(row.outcome),
            can_end=not final,
        )


def _events(_book: _Book) -> Iterator[Trace]:
    """Events whose cause is not in the log, and those that nobody could carry on."""
    causes = Event.objects.values("id")
    lost = Q(cause__isnull=False) & ~Q(cause__in=causes)
    for row in Event.objects.filter(lost | Q(state=Event.State.DEAD)).order_by("sequence"):
        kind, _, pk = row.subject.partition(":")
        yield Trace(
            "事件",
            row.sequence,
            int(pk) if kind == "enterprise" and pk.isdecimal() else 0,
            row.type,
            cause=row.state == Event.State.DEAD,
            owner=True,
            ended=row.state != Event.State.DEAD,
            can_end=False,
            overtaken="死信，等待处理" if row.state == Event.State.DEAD else "",
        )


_TABLES: Final[Iterable[Callable[[_Book], Iterator[Trace]]]] = (
    _flags,
    _obligations,
    _shares,
    _copies,
    _proposals,
    _restrictions,
    _rectifications,
    _verifications,
    _events,
)
