"""How restrictions end: by restored facts, by term, on application and re-check, by the deciding authority.

Every end has a cause on the row. A crash inside ends nothing: row, event and leaf commit together, and the event that
restored the facts is dispatched again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import PROPOSAL, RESTRICTION, moved
from zhulian.core.linkage import EVENT_TYPES, End, ending_of
from zhulian.server.accounts.models import User
from zhulian.server.common import clock, outbox
from zhulian.server.common.writing import writes
from zhulian.server.decisions import telling
from zhulian.server.decisions.acting import acting, answering, may_answer, restriction_locked, stepped
from zhulian.server.decisions.issuing import annulment_issue, lifting_issue
from zhulian.server.decisions.models import Lifting, Proposal, Restriction
from zhulian.server.decisions.permissions import HANDLE, SIGN
from zhulian.server.decisions.registering import end_register
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.merging.selectors import lives_of

ACTOR: Final = "system:decisions"
LIMIT: Final = 4000
_OPEN: Final = ("decided", "served", "effective")
_UNSIGNED: Final = ("proposed", "taken", "noticed", "submitted", "reviewed", "in_law_review")
_SAME: Final = ("code", "project")
"""Where both the event and the row name one of these, they must agree: another site's hazard ends nothing here."""


@dataclass(frozen=True, slots=True)
class _Cause:
    """Why something ends: in words, and the event behind it where there is one."""

    text: str
    event: uuid.UUID | None = None


@writes
def restrictions_end(*, enterprise: int, cause: outbox.Event) -> int:
    """End what an event of this type ends for an enterprise (facts restored); how many restrictions.

    A proposal that nobody has taken up is dropped for the same reason; one that is being handled is marked, and cannot
    be signed any more.
    """
    why = _Cause(EVENT_TYPES[cause.type].label, cause.id)
    # Proposals first, as every other service locks: one that is signed at this moment is waited for, and then ended.
    about = Proposal.objects.filter(enterprise__in=lives_of(enterprise), ends_on__in=ending_of(cause.type)).exclude(
        state="dropped"
    )
    hit = [p for p in about.order_by("pk").select_for_update(no_key=True) if _concerns(cause, p)]
    rows = Restriction.objects.filter(proposal__in=hit, ends=End.FACTS, state__in=_OPEN).order_by("pk")
    ended = list(rows.select_for_update(of=("self",)).select_related("proposal"))
    for row in ended:
        _end(row, why, on=clock.today(), actor=ACTOR)
    for proposal in hit:
        if proposal.state in _UNSIGNED and proposal.restored_at is None:
            _restored(proposal, why)
    return len(ended)


def _concerns(cause: outbox.Event, proposal: Proposal) -> bool:
    """Whether an event is about what a proposal was about: the same code, site and, where named, hazard."""
    pairs = [(cause.data.get(name), getattr(proposal, name)) for name in _SAME]
    pairs.append((cause.data.get("hazard_no"), proposal.told.get("hazard_no")))
    return all(told in (None, "") or ours in (None, "") or told == ours for told, ours in pairs)


def _restored(row: Proposal, why: _Cause) -> None:
    row.restored_at = clock.now()
    if row.state == PROPOSAL.first:
        row.state = moved(PROPOSAL, row.state, "drop", {"reason_given": True})
    row.revision += 1
    row.save(update_fields=["restored_at", "state", "revision"])
    stepped(row, "drop" if row.state == "dropped" else "restored", None, why.text)
    data = {"cause": str(why.event), "state": row.state}
    leaf_append(action="decisions.proposal.restored", actor=ACTOR, subject=f"proposal:{row.pk}", data=data)


@writes
def restrictions_expire(*, today: dt.date, limit: int) -> int:
    """End those whose term is over, at most `limit` at a time; how many."""
    over = Restriction.objects.select_for_update(of=("self",)).select_related("proposal")
    rows = list(over.filter(state="effective", ends=End.TERM, until__lt=today).order_by("until", "pk")[:limit])
    for row in rows:
        first_free = row.until + dt.timedelta(days=1) if row.until else today
        _end(row, _Cause(f"期限于 {row.until} 届满"), on=first_free, actor=ACTOR)
    return len(rows)


def end_heard(proposal: Proposal, finding: str, user: User) -> None:
    """An order with immediate effect ends at once where the defence of its addressee holds."""
    rows = Restriction.objects.select_for_update(of=("self",)).filter(proposal=proposal, state="effective")
    row = rows.first()
    if row is not None:
        row.proposal = proposal
        letter = lifting_issue(proposal, row.document_no, finding, user)
        why = _Cause(f"采纳陈述申辩，{letter.document_no} 决定解除")
        _end(row, why, on=clock.today(), actor=user.actor)


def _end(row: Restriction, why: _Cause, *, on: dt.date, actor: str, action: str = "end") -> None:
    row.state = moved(RESTRICTION, row.state, action, {"cause_given": True})
    row.ended_on, row.ended_at = on, clock.now()
    row.end_cause, row.end_event = why.text[:300], why.event
    row.save(update_fields=["state", "ended_on", "ended_at", "end_cause", "end_event"])
    row.liftings.filter(state__in=("filed", "checked")).update(state=Lifting.State.MOOT)
    stepped(row.proposal, action, None, row.end_cause)
    if row.effective_from is not None:
        telling.act_ended(row, why.event)
        end_register(row)
    if action == "annul":
        telling.decision_annulled(row)
    data = {"enterprise": row.enterprise, "cause": row.end_cause, "event": str(why.event) if why.event else None}
    leaf_append(action=f"decisions.restriction.{action}", actor=actor, subject=f"restriction:{row.pk}", data=data)


@writes
def lifting_file(*, restriction: int, text: str, user: User) -> Lifting:
    """Apply for the end (the enterprise), or propose it (an officer of the deciding unit).

    Raises:
        ZhulianError: `decision.none`, `.not_yours`, `lifting.not_now`, `defence.text`.
    """
    row = restriction_locked(restriction)
    if may_answer(user, row.enterprise):
        answering(user, row.enterprise)
        why = not_yet(row, clock.today())
    else:
        acting(user, row.proposal, HANDLE)
        why = "" if row.state == "effective" else "限制没有生效，或者已经解除"
    return _filed(row, Lifting.Kind.LIFT, why, text, user)


@writes
def annulment_file(*, restriction: int, text: str, user: User) -> Lifting:
    """Propose that a signed decision be annulled (撤销), also before it took effect; checked and decided as an end is.

    Raises:
        ZhulianError: `decision.none`, `.not_yours`, `lifting.not_now`, `defence.text`.
    """
    row = restriction_locked(restriction)
    acting(user, row.proposal, HANDLE)
    return _filed(row, Lifting.Kind.ANNUL, "" if row.state in _OPEN else "这项决定已经解除或者撤销", text, user)


def _filed(row: Restriction, kind: Lifting.Kind, why: str, text: str, user: User) -> Lifting:
    if not why and row.liftings.filter(state__in=("filed", "checked")).exists():
        why = "已有一项申请正在办理"
    if why:
        raise ZhulianError("lifting.not_now", why=why)
    if not text.strip():
        raise ZhulianError("defence.text")
    lifting = Lifting.objects.create(
        restriction=row, kind=kind, text=text.strip()[:LIMIT], filed_by=user, filed_at=clock.now()
    )
    _lifted("file", lifting, user, lifting.text)
    return lifting


def not_yet(row: Restriction, today: dt.date) -> str:
    """Why the enterprise cannot apply for the end on a day, in Chinese; empty when it can."""
    if row.state != "effective":
        return "限制没有生效，或者已经解除"
    if row.ends == End.APPLICATION and row.until is not None and today <= row.until:
        return f"期限至 {row.until}，届满后才能申请"
    if row.ends not in (End.APPLICATION, End.AUTHORITY):
        return "这项限制到期或者事实恢复后自动解除，不需要申请"
    return ""


@writes
def lifting_check(*, lifting: int, finding: str, user: User) -> Lifting:
    """The re-check (复核): what an officer found; another decides.

    Raises:
        ZhulianError: `decision.*`, `defence.done`, `defence.text`.
    """
    row = _lifting(lifting, "filed")
    acting(user, row.restriction.proposal, HANDLE)
    if not finding.strip():
        raise ZhulianError("defence.text")
    row.state, row.checked_by, row.checked_at = Lifting.State.CHECKED, user, clock.now()
    row.finding = finding.strip()[:LIMIT]
    row.save()
    _lifted("check", row, user, row.finding)
    return row


@writes
def lifting_decide(*, lifting: int, grant: bool, decision: str, user: User) -> Lifting:
    """Grant or refuse the end; granted, the restriction ends today and the letter gets its number.

    Raises:
        ZhulianError: `decision.*`, `lifting.same`, `defence.done`, `defence.text`.
    """
    row = _lifting(lifting, "checked")
    proposal = row.restriction.proposal
    acting(user, proposal, SIGN)
    if row.checked_by_id == user.pk:
        raise ZhulianError("lifting.same")
    if not decision.strip():
        raise ZhulianError("defence.text")
    row.state = Lifting.State.GRANTED if grant else Lifting.State.REFUSED
    row.decided_by, row.decided_at, row.decision = user, clock.now(), decision.strip()[:LIMIT]
    row.save()
    _lifted("decide", row, user, row.decision)
    if grant:
        _granted(row, proposal, user)
    return row


def _granted(row: Lifting, proposal: Proposal, user: User) -> None:
    """The letter, and the end that it brings."""
    restriction, today = row.restriction, clock.today()
    if row.kind == Lifting.Kind.ANNUL:
        paper = annulment_issue(proposal, row, restriction.document_no, user)
        _end(restriction, _Cause(f"{paper.document_no} 决定撤销"), on=today, actor=user.actor, action="annul")
        return
    letter = lifting_issue(proposal, restriction.document_no, row.finding, user)
    _end(restriction, _Cause(f"{letter.document_no} 决定解除"), on=today, actor=user.actor)


def _lifting(pk: int, state: str) -> Lifting:
    found = Lifting.objects.filter(pk=pk).first()
    if found is None:
        raise ZhulianError("decision.none")
    restriction = restriction_locked(found.restriction_id)
    row = Lifting.objects.select_for_update().get(pk=pk)
    binds = _OPEN if row.kind == Lifting.Kind.ANNUL else ("effective",)
    if row.state != state or restriction.state not in binds:
        raise ZhulianError("defence.done")
    row.restriction = restriction
    return row


def _lifted(action: str, row: Lifting, user: User, note: str) -> None:
    stepped(row.restriction.proposal, f"lifting.{action}", user, note)
    data = {"restriction": row.restriction_id, "state": row.state, "note": note}
    leaf_append(action=f"decisions.lifting.{action}", actor=user.actor, subject=f"lifting:{row.pk}", data=data)
