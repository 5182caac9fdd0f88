"""联动台账 as values: event → rule with its clause → effects and what became of them; and the queue's lines."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from zhulian import rulebooks
from zhulian.core.linkage import EVENT_TYPES, Domain, working_days_left
from zhulian.server.common import scopes
from zhulian.server.common.permissions import allowed
from zhulian.server.decisions.models import Proposal
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.linkage import selectors
from zhulian.server.linkage.models import CopyNotice, Flag, Judged, Obligation, Share
from zhulian.server.linkage.permissions import VIEW

FIRED: Final = (("", "触发的"), ("no", "没有触发的"), ("unknown", "数据不足的"), ("all", "全部"))
"""What of the judgements is listed: "why", and "why not"."""


@dataclass(frozen=True, slots=True)
class Result:
    """One effect: what, and how it stands. `proposal`: where it is decided."""

    what: str
    state: str
    proposal: int | None = None
    obligation: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One judgement with its effects."""

    row: Judged
    name: str
    event: str
    direction: str
    title: str
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """A direction: how many judgements, how many of them had effects."""

    domain: str
    label: str
    judged: int
    fired: int


@dataclass(frozen=True, slots=True)
class Line:
    """An obligation of the queue. `left`: working days, below 0 when overdue."""

    row: Obligation
    name: str
    left: int | None


def judged(user: Any, *, domain: str = "", fired: str = "", enterprise: int | None = None) -> QuerySet[Judged]:
    """Judgements about enterprises in the user's view, newest first."""
    rows = _in_scope(user)
    if enterprise is not None:
        rows = rows.filter(enterprise=enterprise)
    if domain:
        rows = rows.filter(event_type__in=[name for name, t in EVENT_TYPES.items() if t.domain == domain])
    if fired == "":
        rows = rows.exclude(effects=[])
    elif fired == "no":
        rows = rows.filter(effects=[], verdict="short")
    elif fired == "unknown":
        rows = rows.filter(verdict="unknown")
    return rows.order_by("-at", "-pk")


def totals(user: Any) -> list[Total]:
    """Each direction, in the loop's order."""
    counted = (
        _in_scope(user).order_by().values("event_type").annotate(all=Count("pk"), fired=Count("pk", ~Q(effects=[])))
    )
    sums: dict[Domain, list[int]] = defaultdict(lambda: [0, 0])
    for row in counted:
        known = EVENT_TYPES.get(row["event_type"])
        sums[known.domain if known else Domain.PROCESS][0] += row["all"]
        sums[known.domain if known else Domain.PROCESS][1] += row["fired"]
    return [Total(d.value, _("%s事件") % d.label, *sums[d]) for d in Domain if d in sums]


def entries(rows: Sequence[Judged], *, today: dt.date) -> list[Entry]:
    """Rows of a page with names and what became of their effects."""
    names = enterprise_names((row.enterprise for row in rows), today)
    results = _results(rows)
    book = rulebooks.linkage_book().rules
    out = []
    for row in rows:
        kind, rule = EVENT_TYPES.get(row.event_type), book.get(row.rule)
        toward = "、".join(d.label for d in rule.toward) if rule else ""
        out.append(
            Entry(
                row,
                names.get(row.enterprise, f"企业 {row.enterprise}"),
                kind.label if kind else row.event_type,
                f"{kind.domain.label} → {toward}" if kind else toward,
                rule.title if rule else row.rule,
                tuple(results[row.event, row.rule]),
            )
        )
    return out


def lines(rows: Sequence[Obligation], *, today: dt.date) -> list[Line]:
    """Obligations of a page with names and remaining working days."""
    names = enterprise_names((row.enterprise for row in rows), today)
    return [
        Line(
            row,
            names.get(row.enterprise, f"企业 {row.enterprise}"),
            None if row.ended_at else working_days_left(today, row.due_on, rulebooks.calendar()),
        )
        for row in rows
    ]


def queue(user: Any, *, state: str = "", mine: str = "") -> QuerySet[Obligation]:
    """Obligations, the most urgent first: what is overdue has the earliest day."""
    rows = selectors.visible(user)
    rows = rows.filter(state__in=("open", "taken")) if state == "" else rows
    rows = rows.filter(state=state) if state not in {"", "all"} else rows
    if mine == "unit":
        rows = rows.filter(unit=user.unit_id)
    elif mine == "holder":
        rows = rows.filter(holder=user)
    return rows.order_by("due_on", "pk")


def queue_totals(user: Any, *, today: dt.date) -> dict[str, int]:
    """Open ones: overdue, due today, all, and those one has taken."""
    rows = selectors.visible(user).filter(state__in=("open", "taken"))
    return rows.aggregate(
        open=Count("pk"),
        overdue=Count("pk", Q(due_on__lt=today)),
        today=Count("pk", Q(due_on=today)),
        mine=Count("pk", Q(holder=user)),
    )


def _in_scope(user: Any) -> QuerySet[Judged]:
    if not allowed(user, VIEW):
        return Judged.objects.none()
    return Judged.objects.filter(scopes.enterprises(user, VIEW))


def _results(rows: Iterable[Judged]) -> dict[tuple[UUID, str], list[Result]]:
    events = {row.event for row in rows}
    out: dict[tuple[UUID, str], list[Result]] = defaultdict(list)
    for key, result in _all_results(events):
        out[key].append(result)
    return out


def _all_results(events: set[UUID]) -> Iterator[tuple[tuple[UUID, str], Result]]:
    for flag in Flag.objects.filter(event__in=events):
        yield (flag.event, flag.rule), Result(flag.label, _("已解除") if flag.ended_at else _("标识中"))
    for one in Obligation.objects.filter(event__in=events):
        yield (one.event, one.rule), Result(one.what, one.get_state_display(), obligation=one.pk)
    for share in Share.objects.filter(event__in=events):
        yield (share.event, share.rule), Result(share.label, _("至 %s") % share.until if share.until else _("生效中"))
    for notice in CopyNotice.objects.filter(event__in=events):
        yield (notice.event, notice.rule), Result(f"{_('抄告')}{notice.to}：{notice.asks}", _("待反馈"))
    for proposal in Proposal.objects.filter(event__in=events):
        yield (
            (proposal.event, proposal.rule),
            Result(proposal.label, proposal.get_state_display(), proposal=proposal.pk),
        )
