"""送达: only service starts deadlines and effect; having opened a document is none.

Ways and proofs: 民事诉讼法 arts. 87–95, to which 行政处罚法 art. 61 refers. Electronic service needs the addressee's
signed confirmation; an announcement counts as service thirty days after it was published (art. 95).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import RESTRICTION, moved
from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.common.writing import writes
from zhulian.server.decisions import telling
from zhulian.server.decisions.acting import acting, answering, stepped
from zhulian.server.decisions.models import Document, Proposal, Restriction, Service
from zhulian.server.decisions.permissions import HANDLE
from zhulian.server.decisions.registering import effect_register
from zhulian.server.decisions.terms import term_ends, window_ends
from zhulian.server.notary.services import Personal, leaf_append

ANNOUNCED: Final = dt.timedelta(days=30)
"""民事诉讼法 art. 95."""
_NEEDS: Final = {
    Service.Method.DIRECT: (("recipient", "签收人"), ("on", "送达日期")),
    Service.Method.LEFT: (("proof", "见证人或者录像记录"), ("place", "送达地点"), ("on", "送达日期")),
    Service.Method.POST: (("proof", "邮件号"), ("on", "回执上的签收日期")),
    Service.Method.PUBLIC: (("proof", "公告载体"), ("on", "公告日期")),
    Service.Method.ELECTRONIC: (),
}
"""What 送达回证 must say for each way."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """送达回证 as filled in: who took it, where, the proof, the day (of an announcement: of its publication)."""

    recipient: str = ""
    place: str = ""
    proof: str = ""
    on: dt.date | None = None


@writes
def service_record(*, document: int, method: str, receipt: Receipt, user: User) -> Service:
    """Record how a document was served, or that it was sent electronically or announced and waits.

    Raises:
        ZhulianError: `decision.none`, `decision.not_yours`, `service.*`.
    """
    row = _document(document)
    acting(user, row.proposal, HANDLE)
    way = Service.Method(method)
    missing = [label for name, label in _NEEDS[way] if not getattr(receipt, name)]
    if missing:
        raise ZhulianError("service.details", missing="、".join(missing))
    if receipt.on is not None and not row.signed_on <= receipt.on <= clock.today():
        raise ZhulianError("service.day", since=row.signed_on)
    public, electronic = way is Service.Method.PUBLIC, way is Service.Method.ELECTRONIC
    service = Service.objects.create(
        document=row,
        method=way,
        sent_at=clock.now(),
        sent_by=user,
        recipient=receipt.recipient[:100],
        place=receipt.place[:200],
        proof=receipt.proof[:300],
        published_on=receipt.on if public else None,
        deemed_on=receipt.on + ANNOUNCED if public and receipt.on else None,
    )
    data = {"document": row.document_no, "method": way.value, "recipient": Personal(service.recipient)}
    leaf_append(action="decisions.service.record", actor=user.actor, subject=f"service:{service.pk}", data=data)
    stepped(row.proposal, "send", user, f"{row.document_no} {way.label}")
    if not public and not electronic and receipt.on is not None:
        _serve(service, receipt.on)
    elif service.deemed_on is not None and service.deemed_on <= clock.today():
        _serve(service, service.deemed_on)
    return service


@writes
def service_confirm(*, service: int, name: str, user: User) -> Service:
    """The enterprise signs that it received the document electronically: from today it is served.

    Raises:
        ZhulianError: `decision.none`, `service.twice`, `service.name` without a signature.
    """
    row = Service.objects.filter(pk=service, method=Service.Method.ELECTRONIC).first()
    if row is None:
        raise ZhulianError("decision.none")
    row.document = _document(row.document_id)
    answering(user, row.document.enterprise)
    if not name.strip():
        raise ZhulianError("service.name")
    row.confirmed_by, row.confirmed_at = user, clock.now()
    row.signature = f"{name.strip()[:60]} 确认收到 {row.document.document_no}"
    data = {"document": row.document.document_no, "signature": Personal(row.signature)}
    leaf_append(action="decisions.service.confirm", actor=user.actor, subject=f"service:{row.pk}", data=data)
    _serve(row, clock.today())
    return row


@writes
def announcements_complete(*, today: dt.date, limit: int) -> int:
    """Documents whose announcement has stood its thirty days are served; how many."""
    served = Service.objects.filter(state=Service.State.DONE).values("document")
    standing = Service.objects.filter(method=Service.Method.PUBLIC, state=Service.State.SENT, deemed_on__lte=today)
    due = list(standing.exclude(document__in=served).order_by("pk").values_list("pk", flat=True)[:limit])
    return sum(_announced(pk) for pk in due)


def _announced(pk: int) -> int:
    """One announcement whose days are over; 0 when its document was served otherwise meanwhile."""
    row = Service.objects.select_related("document").get(pk=pk)
    proposal = Proposal.objects.select_for_update(no_key=True).get(pk=row.document.proposal_id)
    if row.deemed_on is None or Service.objects.filter(document=row.document_id, state=Service.State.DONE).exists():
        return 0
    row.document.proposal = proposal
    _serve(row, row.deemed_on)
    data = {"document": row.document.document_no, "served_on": row.deemed_on.isoformat()}
    leaf_append(action="decisions.service.announced", actor="system:decisions", subject=f"service:{pk}", data=data)
    return 1


@writes
def document_open(*, document: int, user: User) -> None:
    """The enterprise opened a document: kept as 已阅, which starts nothing."""
    row = Document.objects.select_for_update().get(pk=document)
    if row.opened_at is None:
        row.opened_at = clock.now()
        row.save(update_fields=["opened_at"])
        data = {"document": row.document_no}
        leaf_append(action="decisions.document.open", actor=user.actor, subject=f"document:{row.pk}", data=data)


def _document(pk: int) -> Document:
    """A document that is not served yet, with its proposal locked.

    Raises:
        ZhulianError: `decision.none`, `service.twice`.
    """
    row = Document.objects.filter(pk=pk).first()
    if row is None:
        raise ZhulianError("decision.none")
    row.proposal = (
        Proposal.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=row.proposal_id)
    )
    if Service.objects.filter(document=row, state=Service.State.DONE).exists():
        raise ZhulianError("service.twice")
    return row


def _serve(service: Service, on: dt.date) -> None:
    """The document counts as served on a day: windows open and restrictions take effect from there."""
    service.state, service.served_on = Service.State.DONE, on
    service.save()
    document = service.document
    proposal = document.proposal
    stepped(proposal, "served", service.confirmed_by, f"{document.document_no} {service.get_method_display()} {on}")
    telling.service_done(document, on)
    if document.kind == Document.Kind.NOTICE and proposal.notice_id == document.pk:
        proposal.defence_until = window_ends(on, proposal.defence)
        proposal.revision += 1
        proposal.save(update_fields=["defence_until", "revision"])
    restriction = Restriction.objects.select_for_update().filter(document=document, state="decided").first()
    if restriction is not None:
        _take_effect(restriction, service, on)


def _take_effect(restriction: Restriction, service: Service, on: dt.date) -> None:
    restriction.state = moved(RESTRICTION, restriction.state, "serve", {"served": True})
    restriction.service, restriction.served_on = service, on
    restriction.state = moved(RESTRICTION, restriction.state, "take_effect", {"start_reached": True})
    restriction.effective_from = on
    restriction.until = term_ends(on, restriction.term) if restriction.term else None
    restriction.save()
    telling.decision_made(restriction.proposal, restriction.document, restriction)
    telling.act_told(restriction)
    effect_register(restriction)
