"""From a rule's proposal to a signed decision: 承办 → 告知 → 陈述申辩 → 审核 → 法制审核 → 签发.

Which step is possible when is the table `core.lifecycle.PROPOSAL`; this module answers its needs from rows. A crash
inside a service leaves the step undone: number, document, restriction and events commit together.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import IntegrityError, transaction

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import PROPOSAL, RESTRICTION, moved
from zhulian.core.linkage import Deadline, LinkageRule, LinkageVersion, ProposalEffect, Seat
from zhulian.server.accounts.models import OrganisationUnit, User
from zhulian.server.accounts.selectors import power_holder
from zhulian.server.common import clock, outbox
from zhulian.server.common.writing import writes
from zhulian.server.decisions import composing, telling
from zhulian.server.decisions.acting import handlers_of, locked, stepped
from zhulian.server.decisions.issuing import decision_issue, notice_issue
from zhulian.server.decisions.models import Defence, Document, Proposal, Restriction, Service
from zhulian.server.decisions.permissions import ACTIONS, HANDLE, SIGN
from zhulian.server.decisions.terms import DEFENCE_OFFICE, suspension_of
from zhulian.server.notary.services import leaf_append

LIMIT: Final = 4000


@writes
def proposal_create(
    *,
    event: outbox.Event,
    rule: LinkageRule,
    version: LinkageVersion,
    effect: ProposalEffect,
    due: Deadline | None,
    reason: dict[str, Any],
    division: str,
    actor: str,
) -> Proposal | None:
    """What a rule proposes about an event, to the unit that holds the power over `division`; None: already there.

    Raises:
        ZhulianError: `decision.no_owner` where the power lies outside this installation: a copy notice is due then.
    """
    code = str(event.data.get("code") or "")
    unit = power_holder(power=effect.act.power, division=division, on=clock.today(), code=code)
    if unit is None:
        raise ZhulianError("decision.no_owner", power=effect.act.power, division=division)
    row = _proposed(event, effect, unit)
    row.rule, row.rule_title, row.version, row.reason = rule.id, rule.title, version.id, reason
    row.due_on, row.due_notes = (due.due_on, list(due.notes)) if due else (None, [])
    row.division, row.code = division, code
    row.grounds = f"依据{effect.citation}，{rule.title}。"
    same = {"event": row.event, "rule": row.rule, "subject": row.subject, "effect": row.effect}
    if Proposal.objects.filter(**same).exists():
        return None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        if Proposal.objects.filter(**same).exists():
            return None
        raise
    _leaf("create", row, actor, {"event": str(row.event), "rule": row.rule, "version": row.version, "act": row.act})
    return row


def _proposed(event: outbox.Event, effect: ProposalEffect, unit: OrganisationUnit) -> Proposal:
    """The row as event and effect say it; rule, version and deadline are the caller's."""
    enterprise, today = _id(event.data.get("enterprise")), clock.today()
    if enterprise is None:
        message = f"a proposal is about an enterprise, {event.type} names none"
        raise ValueError(message)
    asks = effect.act.defence and effect.immediate is None
    return Proposal(
        event=event.id,
        event_type=event.type,
        told=event.data,
        effect=effect.id,
        subject=event.subject,
        enterprise=enterprise,
        project=_id(event.data.get("project")),
        person=_id(event.data.get("person")),
        act=effect.act.id,
        label=effect.label,
        clause=str(effect.citation),
        evidence=effect.citation.evidence,
        unit=unit,
        refuses=[word.value for word in effect.refuses],
        ends=effect.ends.value if effect.ends else "",
        ends_on=effect.ends_on,
        term=str(effect.term) if effect.term else "",
        suspension=suspension_of(event.data, enterprise=enterprise, on=today) if effect.suspension else None,
        defence=(str(effect.defence.clock) if effect.defence else DEFENCE_OFFICE) if asks else "",
        defence_by_office=asks and (effect.defence is None or effect.defence.by_office),
        immediate=str(effect.immediate) if effect.immediate else "",
        proposed_at=clock.now(),
        facts=composing.facts_told(event.type, event.data),
    )


def _id(value: object) -> int | None:
    return value if type(value) is int else None


@writes
def proposal_move(*, proposal: int, action: str, seen: int, user: User, note: str = "") -> Proposal:
    """承办、提请审核、审核、法制审核、退回、不予办理: the steps that issue nothing.

    Raises:
        ZhulianError: `decision.*`, `lifecycle.*`.
    """
    row = locked(proposal, seen, user, ACTIONS[action])
    row.state = moved(PROPOSAL, row.state, action, facts_of(row, user, note))
    _BECOMES[action](row, user)
    _done(row, action, user, note)
    return row


def _taken(row: Proposal, user: User) -> None:
    row.handler = user


def _submitted(row: Proposal, user: User) -> None:
    _by_handler(row, user)
    _complete(row)


def _reviewed(row: Proposal, user: User) -> None:
    row.reviewer = user


def _law_reviewed(row: Proposal, user: User) -> None:
    row.law_reviewer = user


def _returned(row: Proposal, _user: User) -> None:
    row.reviewer = row.law_reviewer = None


def _dropped(_row: Proposal, _user: User) -> None:
    """Nothing but the state: what was done so far stays in sight."""


_BECOMES: Final = {
    "take": _taken,
    "submit": _submitted,
    "review": _reviewed,
    "law_review": _law_reviewed,
    "return": _returned,
    "drop": _dropped,
}
MOVES: Final = tuple(_BECOMES)


@writes
def proposal_draft(
    *, proposal: int, seen: int, facts: str, grounds: str, term_days: int | None, copies: str, user: User
) -> Proposal:
    """Save what the handler found: facts, grounds, the days of a suspension, who gets a copy.

    Raises:
        ZhulianError: `decision.*`, `lifecycle.action` when it is not being handled.
    """
    row = locked(proposal, seen, user, HANDLE)
    if row.state != "taken":
        raise ZhulianError(
            "lifecycle.action", thing=PROPOSAL.thing, state=PROPOSAL.states[row.state], action="修改", possible="承办中"
        )
    _by_handler(row, user)
    row.facts, row.grounds, row.copies = facts.strip()[:LIMIT], grounds.strip()[:LIMIT], copies.strip()[:300]
    row.term_days = term_days if row.suspension else None
    _done(row, "draft", user)
    return row


@writes
def proposal_notice(*, proposal: int, seen: int, user: User) -> Document:
    """Issue the notice (事先告知书). The window for defence opens with its service, not now.

    Raises:
        ZhulianError: `decision.*`, `lifecycle.*`.
    """
    row = locked(proposal, seen, user, HANDLE)
    row.state = moved(PROPOSAL, row.state, "notice", facts_of(row, user, ""))
    _by_handler(row, user)
    _complete(row)
    row.notice, row.defence_until = notice_issue(row, user), None
    _done(row, "notice", user, row.notice.document_no)
    return row.notice


@writes
def proposal_sign(*, proposal: int, seen: int, user: User) -> Document:
    """Sign: the decision gets its number, a restriction is decided. Nothing takes effect before service.

    Raises:
        ZhulianError: `decision.*`, `lifecycle.*`.
    """
    row = locked(proposal, seen, user, SIGN)
    row.state = moved(PROPOSAL, row.state, "sign", facts_of(row, user, ""))
    if row.restored_at is not None:
        raise ZhulianError("decision.restored", at=row.restored_at.date())
    row.signer = user
    document = decision_issue(row, user)
    _done(row, "sign", user, document.document_no)
    if row.refuses:
        _restrict(row, document)
    else:
        telling.decision_made(row, document, None)
    return document


def _restrict(row: Proposal, document: Document) -> None:
    refused = {f"refuses_{word}": True for word in row.refuses}
    Restriction.objects.create(
        proposal=row,
        document=document,
        enterprise=row.enterprise,
        code=row.code,
        project=row.project if row.kind.seat is Seat.PROJECT else None,
        act=row.act,
        label=row.label,
        facts=row.facts,
        clause=row.clause,
        evidence=row.evidence,
        document_no=document.document_no,
        authority=row.unit.name,
        state=RESTRICTION.first,
        decided_on=document.signed_on,
        defence_until=row.defence_until,
        immediate=row.immediate,
        ends=row.ends,
        ends_on=row.ends_on,
        term=f"{row.term_days} 自然日" if row.term_days else row.term,
        **refused,
    )


def facts_of(row: Proposal, user: User, note: str) -> dict[str, bool]:
    """The needs of the machine, answered from the rows."""
    served = row.notice_id is not None and Service.objects.filter(document=row.notice_id, state="done").exists()
    waiting = Defence.objects.filter(proposal=row, state=Defence.State.FILED).exists()
    over = row.defence_until is not None and clock.today() > row.defence_until and not waiting
    return {
        "no_notice_needed": not row.needs_notice,
        "notice_served": served,
        "defence_over": over,
        "law_review_needed": row.kind.review,
        "no_law_review_needed": not row.kind.review,
        "reason_given": bool(note.strip()),
        "other_than_handler": user.pk not in handlers_of(row),
        "other_than_reviewer": user.pk not in {row.reviewer_id, row.law_reviewer_id},
    }


def _by_handler(row: Proposal, user: User) -> None:
    if row.handler_id != user.pk:
        name = row.handler.get_full_name() or row.handler.get_username() if row.handler else "其他人员"
        raise ZhulianError("decision.not_handler", name=name)


def _complete(row: Proposal) -> None:
    """Facts and grounds are written, and the days of a suspension are within the law's bounds."""
    wanted = {"事实": row.facts.strip(), "理由": row.grounds.strip()}
    missing = [name for name, text in wanted.items() if not text]
    if missing:
        raise ZhulianError("decision.incomplete", missing="、".join(missing))
    if row.suspension is None:
        return
    least, most = row.suspension["least"], row.suspension["most"]
    if least is None:
        raise ZhulianError("decision.term_unknown", why=row.suspension["reason"]["label"])
    if row.term_days is None or not least <= row.term_days <= most:
        raise ZhulianError("decision.term", least=least, most=most)


def _done(row: Proposal, action: str, user: User, note: str = "") -> None:
    """Save the row as a new revision, with step and leaf."""
    row.revision += 1
    row.save()
    stepped(row, action, user, note)
    _leaf(action, row, user.actor, {"state": row.state, "note": note})


def _leaf(action: str, row: Proposal, actor: str, data: dict[str, Any]) -> None:
    about = {"enterprise": row.enterprise, **data}
    leaf_append(action=f"decisions.proposal.{action}", actor=actor, subject=f"proposal:{row.pk}", data=about)
