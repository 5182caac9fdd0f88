"""陈述申辩、听证、延期: what the enterprise files against a notice, decided by another person than the handler.

行政处罚法 art. 45: the office hears, checks and, where they hold, takes over facts, reasons and evidence; nothing
becomes heavier because somebody defended himself.
"""

from __future__ import annotations

import datetime as dt

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.common.writing import writes
from zhulian.server.decisions.acting import acting, answering, handlers_of, stepped
from zhulian.server.decisions.models import Defence, Proposal, Restriction
from zhulian.server.decisions.permissions import REVIEW, SIGN
from zhulian.server.decisions.restricting import end_heard
from zhulian.server.notary.services import leaf_append

LIMIT = 4000


@writes
def defence_file(*, proposal: int, kind: str, text: str, user: User) -> Defence:
    """The enterprise answers a notice, within the window; a waiver closes the window today.

    Raises:
        ZhulianError: `decision.none`, `defence.not_now`, `defence.text`.
    """
    row = _locked(proposal)
    answering(user, row.enterprise)
    asked = Defence.Kind(kind)
    why = closed(row, clock.today())
    if not why and row.state == "signed" and asked is not Defence.Kind.STATEMENT:
        why = "决定已经生效，可以陈述申辩"
    if why:
        raise ZhulianError("defence.not_now", why=why)
    if asked is not Defence.Kind.WAIVER and not text.strip():
        raise ZhulianError("defence.text")
    defence = Defence(proposal=row, kind=asked, text=text.strip()[:LIMIT], filed_by=user, filed_at=clock.now())
    if asked is Defence.Kind.WAIVER:
        defence.state = Defence.State.ACCEPTED
        row.defence_until = clock.today()
    defence.save()
    _done(row, f"defence.{asked.value}", user, defence.text)
    return defence


def closed(row: Proposal, today: dt.date) -> str:
    """Why the enterprise cannot answer on a day, in Chinese; empty when it can."""
    if row.state == "signed" and row.immediate:
        effective = Restriction.objects.filter(proposal=row, state="effective").exists()
        return "" if effective else "限制没有生效，或者已经解除"
    if row.state != "noticed":
        return "这件事不在陈述申辩阶段"
    if row.defence_until is None:
        return "告知书尚未送达，请先确认送达"
    return "" if today <= row.defence_until else f"陈述申辩期限已于 {row.defence_until} 届满"


@writes
def defence_decide(*, defence: int, accept: bool, decision: str, user: User, until: dt.date | None = None) -> Defence:
    """Answer what was filed, with grounds. More time or a hearing moves the end of the window to `until`.

    Against an order with immediate effect there is no window left: a defence that holds ends the order now.

    Raises:
        ZhulianError: `decision.none`, `.not_yours`, `defence.handler`, `.done`, `.text`, `.until`.
    """
    found = Defence.objects.filter(pk=defence).first()
    if found is None:
        raise ZhulianError("decision.none")
    row = _locked(found.proposal_id)
    answered = Defence.objects.select_for_update().get(pk=defence)
    ends = accept and row.state == "signed" and answered.kind == Defence.Kind.STATEMENT
    # What somebody signed is not ended by less than a signature.
    acting(user, row, SIGN if ends else REVIEW)
    if user.pk in handlers_of(row):
        raise ZhulianError("defence.handler")
    if answered.state != Defence.State.FILED:
        raise ZhulianError("defence.done")
    if not decision.strip():
        raise ZhulianError("defence.text")
    if accept and answered.kind in (Defence.Kind.EXTENSION, Defence.Kind.HEARING):
        answered.until = row.defence_until = _later(row, until)
    answered.state = Defence.State.ACCEPTED if accept else Defence.State.REJECTED
    answered.decided_by, answered.decided_at, answered.decision = user, clock.now(), decision.strip()[:LIMIT]
    answered.save()
    _done(row, "defence.decide", user, f"{answered.get_kind_display()}：{answered.get_state_display()}")
    if ends:
        end_heard(row, answered.decision, user)
    return answered


def _later(row: Proposal, until: dt.date | None) -> dt.date:
    """The new last day: after today, and not before the old one (an extension never shortens)."""
    if until is None or until <= clock.today() or (row.defence_until is not None and until < row.defence_until):
        raise ZhulianError("defence.until")
    return until


def _locked(pk: int) -> Proposal:
    row = Proposal.objects.select_for_update(of=("self",), no_key=True).select_related("unit").filter(pk=pk).first()
    if row is None:
        raise ZhulianError("decision.none")
    return row


def _done(row: Proposal, action: str, user: User, note: str) -> None:
    row.revision += 1
    row.save(update_fields=["defence_until", "revision"])
    stepped(row, action, user, note)
    data = {"enterprise": row.enterprise, "note": note}
    leaf_append(action=f"decisions.{action}", actor=user.actor, subject=f"proposal:{row.pk}", data=data)
