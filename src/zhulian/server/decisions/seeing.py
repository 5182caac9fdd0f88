"""One matter as a page shows it: the way it went, what is missing for each step, what may be answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet

from zhulian import rulebooks
from zhulian.core.lifecycle import PROPOSAL
from zhulian.core.linkage import EVENT_TYPES, Refusal, working_days_left
from zhulian.core.linkage.acts import END_LABELS, End
from zhulian.server.decisions import composing, selectors
from zhulian.server.decisions.acting import handlers_of, may_act
from zhulian.server.decisions.defending import closed
from zhulian.server.decisions.models import (
    Contradiction,
    Defence,
    Document,
    Lifting,
    Proposal,
    Restriction,
    Service,
    Step,
)
from zhulian.server.decisions.names import enterprise_name, project_name
from zhulian.server.decisions.permissions import HANDLE, REVIEW, SIGN
from zhulian.server.decisions.restricting import not_yet

STEP_WORDS: Final = {
    **PROPOSAL.actions,
    "draft": "填写事实和理由",
    "hand_over": "转办",
    "send": "送出文书",
    "served": "送达",
    "end": "限制解除",
    "annul": "决定撤销",
    "restored": "事实已恢复",
    "defence.statement": "陈述申辩",
    "defence.hearing": "申请听证",
    "defence.extension": "申请延期",
    "defence.waiver": "放弃陈述申辩",
    "defence.decide": "处理陈述申辩",
    "lifting.file": "申请解除",
    "lifting.check": "复核",
    "lifting.decide": "决定是否解除",
}


FAVOURABLE: Final = (Document.Kind.LIFTING, Document.Kind.ANNULMENT)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document with its services; `unserved` where the 送达回证 is still to be filled in."""

    row: Document
    services: Sequence[Service]

    @property
    def served(self) -> Service | None:
        """The service that counts, if any."""
        return next((s for s in self.services if s.state == "done"), None)

    @property
    def waiting(self) -> Service | None:
        """Sent electronically, and the enterprise has not confirmed yet."""
        sent = (s for s in self.services if s.state == "sent" and s.method == "electronic")
        return None if self.served else next(sent, None)

    @property
    def needs_service(self) -> bool:
        """A letter that lifts or annuls something needs none: it favours its addressee."""
        return self.served is None and self.row.kind not in FAVOURABLE


@dataclass(frozen=True, slots=True)
class Rights:
    """What this viewer may do with a matter beside its steps."""

    draft: bool
    serve: bool
    answer: bool
    check: bool
    decide: bool


@dataclass(frozen=True, slots=True)
class Matter:
    """A proposal in full."""

    row: Proposal
    name: str
    project: str
    event_label: str
    left: int | None
    measure: str
    ending: str
    refuses: tuple[str, ...]
    ends: str
    actions: Sequence[selectors.Action]
    papers: Sequence[Paper]
    defences: Sequence[Defence]
    restriction: Restriction | None
    liftings: Sequence[Lifting]
    contradictions: Sequence[Contradiction]
    steps: Sequence[tuple[Step, str]]
    rights: Rights

    @property
    def may_propose_end(self) -> bool:
        """Whether this officer may propose the end: it binds, and nobody is deciding about it."""
        in_force = self.restriction is not None and self.restriction.state == "effective"
        return in_force and self._free

    @property
    def may_propose_annulment(self) -> bool:
        """Whether this officer may propose that the decision be annulled: it was signed and has not ended."""
        stands = self.restriction is not None and self.restriction.state not in ("ended", "annulled")
        return stands and self._free

    @property
    def _free(self) -> bool:
        return self.rights.check and not any(x.state in ("filed", "checked") for x in self.liftings)


def matter(user: Any, row: Proposal, *, today: dt.date) -> Matter:
    """One proposal as the officer's page shows it."""
    restriction = Restriction.objects.filter(proposal=row).first()
    return Matter(
        row=row,
        name=enterprise_name(row.enterprise, today),
        project=project_name(row.project, today),
        event_label=EVENT_TYPES[row.event_type].label,
        left=working_days_left(today, row.due_on, rulebooks.calendar()) if row.due_on else None,
        measure=composing.measure(row),
        ending=composing.ending(row),
        refuses=tuple(Refusal(word).label for word in row.refuses),
        ends=END_LABELS[End(row.ends)] if row.ends else "",
        actions=selectors.actions_of(user, row),
        papers=papers(row.documents.select_related("signer").order_by("pk")),
        defences=list(row.defences.select_related("filed_by", "decided_by")),
        restriction=restriction,
        liftings=list(_liftings(restriction)) if restriction else (),
        contradictions=list(restriction.contradictions.all()) if restriction else (),
        steps=[(s, STEP_WORDS.get(s.action, s.action)) for s in row.steps.select_related("by").order_by("pk")],
        rights=_rights(user, row),
    )


def _liftings(restriction: Restriction) -> QuerySet[Lifting]:
    return restriction.liftings.select_related("filed_by", "checked_by", "decided_by")


def _rights(user: Any, row: Proposal) -> Rights:
    handles = may_act(user, row, HANDLE)
    return Rights(
        draft=handles and row.state == "taken" and row.handler_id == user.pk,
        serve=handles,
        answer=may_act(user, row, REVIEW) and user.pk not in handlers_of(row),
        check=handles,
        decide=may_act(user, row, SIGN),
    )


def papers(rows: Any) -> list[Paper]:
    """Documents with their services, two queries."""
    found = list(rows)
    by_document: dict[int, list[Service]] = {}
    for service in Service.objects.filter(document__in=found).order_by("pk"):
        by_document.setdefault(service.document_id, []).append(service)
    return [Paper(row, by_document.get(row.pk, [])) for row in found]


@dataclass(frozen=True, slots=True)
class Answerable:
    """A matter that the enterprise may answer, or why not now."""

    row: Proposal
    until: dt.date | None
    why_not: str
    defences: Sequence[Defence]


@dataclass(frozen=True, slots=True)
class Held:
    """A restriction on the enterprise's page, with whether its end may be applied for."""

    row: Restriction
    ends: str
    why_not: str
    liftings: Sequence[Lifting]


def answerable(enterprise: int, *, today: dt.date) -> list[Answerable]:
    """Matters of which the enterprise has been told and that are not decided, and those effective before defence."""
    sent = Service.objects.filter(document__proposal=OuterRef("pk"))
    rows = Proposal.objects.filter(Exists(sent), enterprise=enterprise).order_by("-pk")
    out = []
    for row in rows.prefetch_related("defences"):
        why = closed(row, today)
        if row.state == "noticed" or not why or row.defences.all():
            out.append(Answerable(row, row.defence_until, why, list(row.defences.all())))
    return out


def held(enterprise: int, *, today: dt.date) -> list[Held]:
    """Restrictions that took effect, those in force first."""
    rows = selectors.restrictions_of(enterprise).filter(effective_from__isnull=False).prefetch_related("liftings")
    ordered = sorted(rows, key=lambda row: row.state != "effective")
    return [Held(r, END_LABELS[End(r.ends)], not_yet(r, today), list(r.liftings.all())) for r in ordered]
