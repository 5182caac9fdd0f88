"""What became of each effect of a judgement, step by step: a path of the causal graph.

Flag, obligation, share and copy notice are made by the rule alone; a proposal goes on to documents, service, defence,
restriction and end. Every table is asked once, whatever the number of judgements.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from zhulian.core.lifecycle import OBLIGATION, PROPOSAL
from zhulian.core.linkage import EVENT_TYPES
from zhulian.core.linkage.acts import END_LABELS, End
from zhulian.server.common.models import Event
from zhulian.server.decisions import selectors as decisions
from zhulian.server.decisions.models import Defence, Document, Lifting, Proposal, Restriction, Service, Step
from zhulian.server.linkage import selectors
from zhulian.server.linkage.models import CopyNotice, Flag, Judged, Obligation, Share

if TYPE_CHECKING:
    from zhulian.server.linkage.graph import Chain

Key = tuple[UUID, str]
"""Event and rule: what a judgement is known by."""
KINDS: Final[Mapping[str, str]] = {
    "event": "事件",
    "flag": "日常标识",
    "proposal": "拟办",
    "obligation": "待办",
    "share": "抽查比例",
    "copy": "抄告",
    "notice": "告知",
    "decision": "决定",
    "service": "送达",
    "defence": "陈述申辩",
    "restriction": "限制",
    "lifting": "申请解除",
    "end": "结束",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One step: what, when, by whom, how it stands. `url`: its page, where this viewer may open it."""

    kind: str
    label: str
    at: dt.datetime | dt.date | None
    who: str = ""
    state: str = ""
    note: str = ""
    url: str = ""

    @property
    def kind_label(self) -> str:
        """Chinese word of the kind."""
        return KINDS[self.kind]


@dataclass(slots=True)
class Path:
    """An effect with what became of it. `due_on`: by when somebody must act; `followed`: chains that it made."""

    kind: str
    pk: int | None
    clause: str
    nodes: list[Node]
    open: bool = False
    overdue: bool = False
    due_on: dt.date | None = None
    followed: list[Chain] = field(default_factory=list)


def paths_of(rows: Sequence[Judged], viewer: Any, *, today: dt.date) -> dict[Key, list[Path]]:
    """The paths of these judgements, as the authorities see them."""
    events = {row.event for row in rows}
    out: dict[Key, list[Path]] = defaultdict(list)
    found = [*_flags(events), *_proposals(events, viewer, today), *_obligations(events, viewer, today)]
    found += [*_shares(events, today), *_copies(events)]
    for key, path in found:
        out[key].append(path)
    return out


def person(user: Any) -> str:
    """What a person is called; empty for nobody."""
    return user.get_full_name() or user.get_username() if user else ""


def _ended_by(rows: Iterable[Any]) -> dict[UUID, str]:
    """Labels of the events that ended rows."""
    ids = {row.end_event for row in rows if row.end_event}
    found = Event.objects.filter(id__in=ids).values_list("id", "type") if ids else ()
    return {id_: EVENT_TYPES[name].label if name in EVENT_TYPES else name for id_, name in found}


def _flags(events: set[UUID]) -> Iterator[tuple[Key, Path]]:
    rows = list(Flag.objects.filter(event__in=events).order_by("pk"))
    ends = _ended_by(rows)
    for row in rows:
        until = EVENT_TYPES[row.until].label if row.until in EVENT_TYPES else row.until
        state = _("已解除") if row.ended_at else _("标识中")
        note = _("出现「%s」时自动解除；没有法律效力") % until
        nodes = [Node("flag", row.label, row.made_at, _("平台自动"), state, note)]
        if row.ended_at:
            nodes.append(
                Node(
                    "end",
                    _("标识解除"),
                    row.ended_at,
                    _("平台自动"),
                    note=ends.get(row.end_event, "") if row.end_event else "",
                )
            )
        yield (row.event, row.rule), Path("flag", row.pk, row.clause, nodes, open=row.ended_at is None)


def _shares(events: set[UUID], today: dt.date) -> Iterator[tuple[Key, Path]]:
    rows = list(Share.objects.filter(event__in=events).order_by("pk"))
    ends = _ended_by(rows)
    for row in rows:
        over = row.ended_at is not None or (row.until is not None and row.until < today)
        nodes = [Node("share", row.label, row.made_at, _("平台自动"), _("已结束") if over else _("生效"))]
        if row.until:
            nodes.append(Node("end", _("期满"), row.until, note=_("自动恢复")))
        if row.ended_at:
            note = ends.get(row.end_event, "") if row.end_event else ""
            nodes.append(Node("end", _("恢复"), row.ended_at, _("平台自动"), note=note))
        yield (row.event, row.rule), Path("share", row.pk, row.clause, nodes)


def _copies(events: set[UUID]) -> Iterator[tuple[Key, Path]]:
    for row in CopyNotice.objects.filter(event__in=events).order_by("pk"):
        note = _("请于 %s 前反馈") % row.due_on if row.due_on else ""
        nodes = [Node("copy", f"{row.to}：{row.asks}", row.made_at, _("平台自动"), note=note)]
        yield (row.event, row.rule), Path("copy", row.pk, row.clause, nodes, due_on=row.due_on)


def _obligations(events: set[UUID], viewer: Any, today: dt.date) -> Iterator[tuple[Key, Path]]:
    rows = list(Obligation.objects.filter(event__in=events).select_related("unit", "holder").order_by("pk"))
    ends = _ended_by(rows)
    opened = _visible(selectors.visible(viewer), rows)
    for row in rows:
        waits = row.state not in OBLIGATION.final
        late = waits and row.state != "paused" and row.due_on < today
        who = row.unit.name + (f"（{person(row.holder)}）" if row.holder else "")
        url = reverse("linkage:obligation", args=[row.pk]) if row.pk in opened else ""
        stopped = row.pauses[-1]["reason"] if row.state == "paused" else ""
        note = _("已中止计时：%s") % stopped if stopped else _("期限 %s") % row.due_on
        nodes = [Node("obligation", row.what, row.made_at, who, row.get_state_display(), note, url)]
        if row.ended_at:
            said = ends.get(row.end_event, "") if row.end_event else row.outcome
            nodes.append(Node("end", row.get_state_display(), row.ended_at, who, note=said))
        path = Path("obligation", row.pk, row.clause, nodes, open=waits, overdue=late, due_on=row.due_on)
        yield (row.event, row.rule), path


def _visible(allowed: QuerySet[Any], rows: Iterable[Model]) -> set[int]:
    """Numbers of the rows that a viewer may open."""
    return set(allowed.filter(pk__in=[row.pk for row in rows]).order_by().values_list("pk", flat=True))


def _proposals(events: set[UUID], viewer: Any, today: dt.date) -> Iterator[tuple[Key, Path]]:
    rows = list(
        Proposal.objects.filter(event__in=events)
        .select_related("unit", "handler", "reviewer", "law_reviewer", "signer")
        .order_by("pk")
    )
    story = _Story.of(rows)
    opened = _visible(decisions.in_scope(viewer), rows)
    for row in rows:
        waits = row.state not in PROPOSAL.final
        path = Path(
            "proposal",
            row.pk,
            row.clause,
            [_proposed(row, reverse("decisions:matter", args=[row.pk]) if row.pk in opened else "")],
            open=waits or story.binding(row.pk),
            overdue=bool(waits and row.due_on and row.due_on < today),
            due_on=row.due_on if waits else None,
        )
        path.nodes += story.nodes(row)
        yield (row.event, row.rule), path


def _proposed(row: Proposal, url: str) -> Node:
    people = [(_("承办"), row.handler), (_("审核"), row.reviewer), (_("法制审核"), row.law_reviewer)]
    named = [f"{what} {person(who)}" for what, who in people if who]
    note = _("期限 %s") % row.due_on if row.due_on else ""
    who = "，".join([row.unit.name, *named])
    return Node("proposal", row.label, row.proposed_at, who, row.get_state_display(), note, url)


@dataclass(slots=True)
class _Story:
    """The rows that belong to proposals, by proposal."""

    documents: dict[int, list[Document]]
    services: dict[int, list[Service]]
    defences: dict[int, list[Defence]]
    restrictions: dict[int, Restriction]
    liftings: dict[int, list[Lifting]]
    drops: dict[int, Step]

    @classmethod
    def of(cls, rows: Sequence[Proposal]) -> _Story:
        """Six queries, however many proposals."""
        ids = [row.pk for row in rows]
        papers = Document.objects.filter(proposal__in=ids).select_related("unit", "signer").order_by("pk")
        served = Service.objects.filter(document__proposal__in=ids, state=Service.State.DONE).select_related("sent_by")
        heard = Defence.objects.filter(proposal__in=ids).select_related("filed_by", "decided_by")
        lifted = Lifting.objects.filter(restriction__proposal__in=ids).select_related("filed_by", "decided_by")
        dropped = Step.objects.filter(proposal__in=ids, action="drop").select_related("by")
        return cls(
            _grouped(papers, "proposal_id"),
            _grouped(served, "document_id"),
            _grouped(heard, "proposal_id"),
            {r.proposal_id: r for r in Restriction.objects.filter(proposal__in=ids)},
            _grouped(lifted, "restriction_id"),
            {step.proposal_id: step for step in dropped},
        )

    def binding(self, proposal: int) -> bool:
        """Whether a restriction came of it that has not ended."""
        row = self.restrictions.get(proposal)
        return row is not None and row.ended_on is None

    def nodes(self, row: Proposal) -> Iterator[Node]:
        """Notice, defence, decision, service, restriction, lifting and end, in the order of the law."""
        papers = self.documents.get(row.pk, [])
        for paper in (p for p in papers if p.kind == Document.Kind.NOTICE):
            yield from self._paper(paper, "notice")
        for defence in self.defences.get(row.pk, []):
            yield _heard(defence)
        for paper in (p for p in papers if p.kind == Document.Kind.DECISION):
            yield from self._paper(paper, "decision")
        restriction = self.restrictions.get(row.pk)
        if restriction:
            yield from self._restricted(restriction)
        drop = self.drops.get(row.pk)
        if drop and row.state == "dropped":
            by = person(drop.by)
            yield Node("end", _("不予办理"), drop.at, by or _("平台自动"), note=drop.note)

    def _paper(self, paper: Document, kind: str) -> Iterator[Node]:
        signer = f"，{_('签发')} {person(paper.signer)}"
        url = reverse("decisions:document", args=[paper.pk])
        label = f"{paper.title} {paper.document_no}"
        yield Node(kind, label, paper.signed_on, paper.unit.name + signer, url=url)
        for service in self.services.get(paper.pk, []):
            who = service.recipient
            yield Node("service", service.get_method_display(), service.served_on, who, _("已送达"))

    def _restricted(self, row: Restriction) -> Iterator[Node]:
        refuses = _("不得%s") % "、".join(word.label for word in row.refuses)
        end = _("至 %s") % row.until if row.until else END_LABELS[End(row.ends)]
        label = f"{row.label}：{refuses}"
        if row.effective_from is not None:
            yield Node(
                "restriction", label, row.effective_from, row.authority, row.get_state_display(), f"{row.clause}；{end}"
            )
        for lifting in self.liftings.get(row.pk, []):
            people = [person(lifting.filed_by), person(lifting.decided_by)]
            who = " → ".join(p for p in people if p)
            title = _("申请或提请%s") % lifting.get_kind_display()
            yield Node("lifting", title, lifting.filed_at, who, lifting.get_state_display())
        if row.ended_on is not None:
            yield Node("end", row.get_state_display(), row.ended_on, row.authority, note=row.end_cause)


def _heard(row: Defence) -> Node:
    people = [person(row.filed_by), person(row.decided_by)]
    who = " → ".join(p for p in people if p)
    return Node("defence", row.get_kind_display(), row.filed_at, who, row.get_state_display(), row.decision)


def _grouped(rows: Iterable[Any], name: str) -> dict[int, list[Any]]:
    out: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        out[getattr(row, name)].append(row)
    return out
