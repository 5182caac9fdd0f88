"""Proposals, documents and restrictions to read: queues in scope, one matter in full, what the public may know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from zhulian import rulebooks
from zhulian.core.lifecycle import PROPOSAL, RESTRICTION, Moved, actions, move
from zhulian.core.linkage import working_days_left
from zhulian.core.linkage.acts import END_LABELS, End
from zhulian.server.common import scopes
from zhulian.server.common.permissions import Role, role_of
from zhulian.server.decisions.acting import may_act
from zhulian.server.decisions.eligibility import Asked, Eligibility, effective_on, eligibility, eligibility_many
from zhulian.server.decisions.models import Document, Proposal, Restriction, Service
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.decisions.permissions import ACTIONS, DOCUMENT, VIEW
from zhulian.server.decisions.proposing import facts_of

__all__ = ["Asked", "Eligibility", "effective_on", "eligibility", "eligibility_many"]

OPEN: Final = tuple(s for s in PROPOSAL.states if s not in PROPOSAL.final)
SORTS: Final = {
    "due": ("due_on", "pk"),
    "-due": ("-due_on", "-pk"),
    "at": ("proposed_at", "pk"),
    "-at": ("-proposed_at", "-pk"),
    "state": ("state", "due_on", "pk"),
    "-state": ("-state", "due_on", "pk"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to."""

    state: str = ""
    act: str = ""
    mine: str = ""
    sort: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.state or self.act or self.mine)


@dataclass(frozen=True, slots=True)
class Line:
    """One proposal of the queue, with the working days that remain."""

    row: Proposal
    name: str
    left: int | None
    ours: bool


@dataclass(frozen=True, slots=True)
class Action:
    """A button: the action, whether it is possible now, and what is missing when it is not."""

    name: str
    label: str
    possible: bool
    missing: str


def in_scope(user: Any) -> QuerySet[Proposal]:
    """Proposals that a regulator may read: of the divisions granted to him."""
    rows = Proposal.objects.filter(division__in=scopes.divisions(user, VIEW))
    return rows.select_related("unit", "handler", "reviewer", "law_reviewer", "signer")


def queue(user: Any, filters: Filters) -> QuerySet[Proposal]:
    """The queue, earliest deadline first."""
    rows = in_scope(user)
    rows = rows.filter(state=filters.state) if filters.state in PROPOSAL.states else rows
    rows = rows.filter(state__in=OPEN) if filters.state == "" else rows
    rows = rows.filter(act=filters.act) if filters.act else rows
    if filters.mine == "unit":
        rows = rows.filter(unit=user.unit_id)
    elif filters.mine == "handler":
        rows = rows.filter(handler=user)
    return rows.order_by(*SORTS.get(filters.sort, SORTS["due"]))


def lines(rows: Sequence[Proposal], user: Any, *, today: dt.date) -> list[Line]:
    """Rows of a page with names and remaining working days."""
    names = enterprise_names((row.enterprise for row in rows), today)
    return [
        Line(
            row,
            names.get(row.enterprise, f"企业 {row.enterprise}"),
            working_days_left(today, row.due_on, rulebooks.calendar()) if row.due_on else None,
            ours=row.unit_id == user.unit_id,
        )
        for row in rows
    ]


def actions_of(user: Any, row: Proposal) -> list[Action]:
    """What the state knows, each with whether this user may do it now; empty for people of another unit.

    The reason that a form will bring is taken as given.
    """
    out = []
    for name in actions(PROPOSAL, row.state):
        if not may_act(user, row, ACTIONS[name]):
            continue
        found = move(PROPOSAL, row.state, name, facts_of(row, user, "…"))
        possible = isinstance(found, Moved)
        missing = "" if isinstance(found, Moved) else str(found.error.params.get("missing", found.error.text))
        out.append(Action(name, PROPOSAL.actions[name], possible, missing))
    return out


_FREEING: Final = (Document.Kind.LIFTING, Document.Kind.ANNULMENT)


def documents_for(user: Any) -> QuerySet[Document]:
    """Documents that a user may open: of proposals in a regulator's scope, of his own for the enterprise's people.

    The enterprise's people see a document from when it was sent to them: one that lies signed on a desk (the order of
    an inspection, a case that is opened) is the office's own. What frees them needs no service.
    """
    own = Document.objects.filter(scopes.enterprises(user, DOCUMENT))
    if role_of(user) is Role.ENTERPRISE:
        own = own.filter(Q(kind__in=_FREEING) | Exists(Service.objects.filter(document=OuterRef("pk"))))
    rows = own | Document.objects.filter(proposal__in=in_scope(user).order_by().values("pk"))
    return rows.select_related("proposal", "unit", "signer").order_by("-signed_on", "-pk")


def restrictions_of(enterprise: int) -> QuerySet[Restriction]:
    """Everything decided about an enterprise, newest first."""
    rows = Restriction.objects.filter(enterprise=enterprise).select_related("proposal", "document", "service")
    return rows.order_by("-decided_on", "-pk")


@dataclass(frozen=True, slots=True)
class Public:
    """A restriction as the public sees it: what, since when, why, by whom, until when."""

    label: str
    code: str
    refuses: tuple[str, ...]
    document_no: str
    authority: str
    clause: str
    since: dt.date
    until: dt.date | None
    ends: str
    state: str
    ended_on: dt.date | None
    ended: str
    end_cause: str


def public_restrictions(enterprise: int) -> tuple[Public, ...]:
    """Effective restrictions and marks, then those that ended: never what is only proposed, decided or not served."""
    rows = Restriction.objects.filter(enterprise=enterprise, effective_from__isnull=False)
    ordered = sorted(rows.order_by("-effective_from", "-pk"), key=lambda row: row.state != "effective")
    return tuple(_public(row) for row in ordered)


def _public(row: Restriction) -> Public:
    if row.effective_from is None:
        message = "only what took effect is public"
        raise ValueError(message)
    return Public(
        label=row.label,
        code=row.code,
        refuses=tuple(r.label for r in row.refuses),
        document_no=row.document_no,
        authority=row.authority,
        clause=row.clause,
        since=row.effective_from,
        until=row.until,
        ends=END_LABELS[End(row.ends)],
        state=RESTRICTION.states[row.state],
        ended_on=row.ended_on,
        ended="撤销" if row.state == "annulled" else "解除",
        end_cause=row.end_cause,
    )


def totals(user: Any, *, today: dt.date) -> Mapping[str, int]:
    """How many wait in the user's scope, are overdue, and await each step: the queue's one line."""
    rows = in_scope(user).filter(state__in=OPEN)
    own = rows.filter(unit=user.unit_id)
    return {
        "open": rows.count(),
        "unit": own.count(),
        "overdue": rows.filter(due_on__lt=today).count(),
        "mine": rows.filter(handler=user).count(),
    }
