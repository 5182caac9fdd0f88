"""What may be changed about undertakings: opened by a signature, given by a leader, reported, closed, taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.dates import parse_date
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import UNDERTAKING, moved
from zhulian.core.linkage import Seat
from zhulian.server.accounts.models import OrganisationUnit, User
from zhulian.server.accounts.selectors import grants_for, member_enterprises
from zhulian.server.acts import errors  # noqa: F401 - rows of the catalogue
from zhulian.server.acts.models import Step, Undertaking
from zhulian.server.acts.permissions import ANSWER, DECIDE, REPORT
from zhulian.server.common import clock, outbox
from zhulian.server.common.numbers import number_issue
from zhulian.server.common.permissions import allowed, permission
from zhulian.server.common.writing import writes
from zhulian.server.decisions.issuing import mark_of, revocation_issue
from zhulian.server.decisions.models import Document, Proposal, Service
from zhulian.server.decisions.services import NO_CLAUSE
from zhulian.server.decisions.telling import decision_revoked
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.seats import seat_division

LIMIT: Final = 4000
ACTIONS: Final = {
    "report": REPORT,
    "return": DECIDE,
    "close": DECIDE,
    "ask": REPORT,
    "keep": DECIDE,
    "revoke": DECIDE,
}
"""The permission that each action asks for; those with DECIDE belong to the unit that gave the matter."""
ASSIGNED: Final = "act.assigned"
_TELLS: Final = {"report": "act.reported", "close": "act.closed", "revoke": "act.revoked"}


@dataclass(frozen=True, slots=True)
class Order:
    """What a leader gives to a unit, or to one of its officers."""

    enterprise: int
    unit: OrganisationUnit
    task: str
    due_on: dt.date | None
    holder: User | None = None
    project: int | None = None
    clause: str = ""


@writes
def undertaking_open(*, proposal: int, document_no: str) -> Undertaking | None:
    """Open what a signed proposal asks for; None: already open.

    Raises:
        Proposal.DoesNotExist: an event without its proposal, which is a defect of ours.
    """
    decided = Proposal.objects.select_related("unit", "signer").get(pk=proposal)
    if Undertaking.objects.filter(proposal=decided).exists():
        return None
    due = decided.told.get("due_on") if decided.event_type == "act.started" else None
    row = Undertaking(
        kind=decided.act,
        proposal=decided,
        document_no=document_no,
        enterprise=decided.enterprise,
        project=decided.project,
        division=decided.division,
        from_unit=decided.unit,
        unit=decided.unit,
        giver=decided.signer,
        holder=decided.handler,
        task=decided.facts,
        clause=decided.clause,
        due_on=parse_date(due) if due else None,
        opened_at=clock.now(),
    )
    _done(row, "open", None, document_no)
    return row


@writes
def undertaking_assign(*, order: Order, user: User) -> Undertaking:
    """领导交办: a leader gives a matter to his own unit or one below, with a last day.

    Raises:
        ZhulianError: `act.not_yours`, `.incomplete`, `.unit`, `decision.due`.
    """
    own = user.unit
    if own is None or not _granted(user, DECIDE):
        raise ZhulianError("act.not_yours", unit=own.name if own else "—", action="领导交办")
    missing = [name for name, value in (("事由", order.task.strip()), ("期限", order.due_on)) if not value]
    if missing:
        raise ZhulianError("act.incomplete", missing="、".join(missing))
    if own.pk not in (order.unit.pk, order.unit.parent_id):
        raise ZhulianError("act.unit")
    if order.holder is not None and order.holder.unit_id != order.unit.pk:
        raise ZhulianError("act.unit")
    today = clock.today()
    if order.due_on is not None and order.due_on < today:
        raise ZhulianError("decision.due")
    seat = Seat.PROJECT if order.project else Seat.REGISTERED
    row = Undertaking(
        kind=Undertaking.Kind.ASSIGN,
        document_no=_number(own, today, order.enterprise),
        enterprise=order.enterprise,
        project=order.project,
        division=seat_division(seat, enterprise=order.enterprise, on=today, project=order.project),
        from_unit=own,
        unit=order.unit,
        giver=user,
        holder=order.holder,
        task=order.task.strip()[:LIMIT],
        clause=order.clause.strip()[:300] or NO_CLAUSE,
        due_on=order.due_on,
        opened_at=clock.now(),
    )
    _done(row, "open", user, row.document_no)
    _tell(ASSIGNED, row)
    return row


def _number(unit: OrganisationUnit, today: dt.date, enterprise: int) -> str:
    series = f"{mark_of(unit)}交〔{today.year}〕"
    return f"{series}{number_issue(series=series, subject=f'enterprise:{enterprise}')}号"


@writes
def undertaking_move(*, undertaking: int, action: str, seen: int, user: User, note: str) -> Undertaking:
    """报告、退回、办结、提出撤回、决定撤回; the note is what is reported, found or the reason.

    Raises:
        ZhulianError: `act.*`, `lifecycle.*`.
    """
    row = _locked(undertaking)
    if not may_act(user, row, action):
        kind = permission(ACTIONS[action])
        raise ZhulianError("act.not_yours", unit=unit_of(row, action).name, action=kind.label if kind else action)
    if row.revision != seen:
        raise ZhulianError("act.changed")
    if action == "report" and row.kind == Undertaking.Kind.ASSIGN and row.holder and row.holder_id != user.pk:
        raise ZhulianError("act.holder", name=row.holder.get_full_name() or row.holder.get_username())
    row.state = moved(UNDERTAKING, row.state, action, facts_of(row, user, note))
    text = note.strip()[:LIMIT]
    _BECOMES[action](row, user, text)
    _done(row, action, user, text)
    if name := _TELLS.get(action):
        _tell(name, row)
    return row


def _reported(row: Undertaking, user: User, text: str) -> None:
    row.reporter, row.report = user, text


def _asked(row: Undertaking, user: User, text: str) -> None:
    row.asker, row.asked = user, text


def _ended(row: Undertaking, user: User, text: str) -> None:
    row.closer, row.outcome, row.ended_at = user, text, clock.now()


def _revoked(row: Undertaking, user: User, text: str) -> None:
    _ended(row, user, text)
    if row.proposal is not None:
        paper = revocation_issue(row.proposal, row.document_no, row.asked, text, user)
        decision_revoked(row.proposal, paper.document_no)


def _nothing(_row: Undertaking, _user: User, _text: str) -> None:
    """The state alone: what was said stands in the history."""


_BECOMES: Final = {
    "report": _reported,
    "return": _nothing,
    "close": _ended,
    "ask": _asked,
    "keep": _nothing,
    "revoke": _revoked,
}


@writes
def undertaking_answer(*, undertaking: int, text: str, user: User) -> Step:
    """The enterprise reports what it did; the officer reads it before reporting. It may do so again.

    Raises:
        ZhulianError: `act.none`, `.not_now`, `.incomplete`.
    """
    row = _locked(undertaking)
    if row.kind == Undertaking.Kind.ASSIGN or not may_answer(user, row):
        raise ZhulianError("act.none")
    if row.state != UNDERTAKING.first:
        raise ZhulianError("act.not_now", state=row.get_state_display())
    if not text.strip():
        raise ZhulianError("act.incomplete", missing="办理情况")
    return _done(row, "answer", user, text.strip()[:LIMIT])


def unit_of(row: Undertaking, action: str) -> OrganisationUnit:
    """Whose officers do an action: the unit that works on it, or the one that gave it."""
    return row.from_unit if ACTIONS[action] == DECIDE else row.unit


def may_act(user: Any, row: Undertaking, action: str) -> bool:
    """Whether the user may do an action for the unit whose it is."""
    return bool(user.is_authenticated) and user.unit_id == unit_of(row, action).pk and _granted(user, ACTIONS[action])


def may_answer(user: Any, row: Undertaking) -> bool:
    """Whether the user answers for the enterprise."""
    return allowed(user, ANSWER) and member_enterprises(user=user).filter(enterprise=row.enterprise).exists()


def facts_of(row: Undertaking, user: User, note: str) -> Mapping[str, bool]:
    """The needs of the machine, answered from the rows."""
    return {
        "served": row.proposal_id is None or served(row),
        "text_given": bool(note.strip()),
        "other_than_reporter": user.pk != row.reporter_id,
        "other_than_asker": user.pk != row.asker_id,
    }


def served(row: Undertaking) -> bool:
    """Whether the document reached the enterprise."""
    of_it = {"document__proposal": row.proposal_id, "document__kind": Document.Kind.DECISION}
    return Service.objects.filter(**of_it, state=Service.State.DONE).exists()


def _granted(user: Any, action: str) -> bool:
    return grants_for(user=user, action=action).exists()


def _locked(pk: int) -> Undertaking:
    rows = Undertaking.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("unit", "from_unit", "holder", "proposal__unit").filter(pk=pk).first()
    if row is None:
        raise ZhulianError("act.none")
    return row


def _done(row: Undertaking, action: str, user: User | None, note: str) -> Step:
    """Save the row as a new revision, with its step and its leaf."""
    row.revision += 1
    row.save()
    about = {"enterprise": row.enterprise, "kind": row.kind, "state": row.state, "note": note}
    actor = user.actor if user else "system:acts"
    leaf_append(action=f"acts.undertaking.{action}", actor=actor, subject=f"undertaking:{row.pk}", data=about)
    return Step.objects.create(undertaking=row, action=action, by=user, at=clock.now(), note=note)


def _tell(name: str, row: Undertaking) -> None:
    data: dict[str, Json] = {
        "enterprise": row.enterprise,
        "project": row.project,
        "act": row.kind,
        "document_no": row.document_no,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "undertaking": row.pk,
    }
    cause = row.proposal.event if row.proposal else None
    affects = () if row.project is None else (f"project:{row.project}",)
    outbox.append([outbox.Event(name, f"enterprise:{row.enterprise}", data, cause=cause, affects=affects)])
