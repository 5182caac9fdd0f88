"""Events of decisions, service, effect and end, with the fields of `core.linkage.EVENT_TYPES`.

Told by way of the outbox in the transaction of the rows: whoever listens (linkage, rectification, webhooks) is not
known here. Beside the catalogue's fields they carry `proposal`, `restriction` and `act`, so that a listener finds both.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

from zhulian.core.kernel.canonical import Json
from zhulian.core.linkage import ACTS, EVENT_TYPES, business_key
from zhulian.server.common import clock, outbox
from zhulian.server.decisions.models import Document, Proposal, Restriction
from zhulian.server.registry.models import SafetyPermit

MADE: Final = "decision.made"
ANNULLED: Final = "decision.annulled"
SERVED: Final = "service.done"


def decision_made(proposal: Proposal, document: Document, restriction: Restriction | None) -> None:
    """A decision is made: at its signature, or, where it restricts, when it takes effect with the term's last day."""
    until = restriction.until if restriction else None
    data: dict[str, Json] = {
        "document_no": document.document_no,
        "restriction": restriction.pk if restriction else None,
        "due_on": until.isoformat() if until else None,
    }
    _append(MADE, proposal, data, proposal.event)


def decision_annulled(restriction: Restriction) -> None:
    """A decision was annulled, whether or not it had taken effect."""
    data: dict[str, Json] = {"document_no": restriction.document_no, "restriction": restriction.pk}
    _append(ANNULLED, restriction.proposal, data, restriction.proposal.event)


def decision_revoked(proposal: Proposal, document_no: str) -> None:
    """A decision that restricted nothing was taken back."""
    _append(ANNULLED, proposal, {"document_no": document_no, "restriction": None}, proposal.event)


def service_done(document: Document, served_on: dt.date) -> None:
    """A document reached its addressee."""
    data: dict[str, Json] = {"document_no": document.document_no, "served_on": served_on.isoformat()}
    _append(SERVED, document.proposal, data, document.proposal.event)


def act_told(restriction: Restriction) -> None:
    """A restriction took effect, for acts of which others must hear by their own name (资质异常标注, 暂扣)."""
    if name := ACTS[restriction.act].told:
        _append(name, restriction.proposal, _about(restriction, restriction.effective_from), restriction.proposal.event)


def act_ended(restriction: Restriction, cause: uuid.UUID | None) -> None:
    """A restriction ended."""
    if name := ACTS[restriction.act].ended:
        data = _about(restriction, restriction.ended_on)
        _append(name, restriction.proposal, data, cause or restriction.proposal.event)


def _about(restriction: Restriction, on: dt.date | None) -> dict[str, Json]:
    """What is told of it. The day is that of effect or end, so that a feed which tells the same is the same event."""
    data: dict[str, Json] = {"restriction": restriction.pk, "document_no": restriction.document_no}
    if restriction.act != "suspend_permit":
        return data | {"shortfall": restriction.label}
    day = on or clock.today()
    permit = SafetyPermit.objects.at(day).filter(enterprise=restriction.enterprise).order_by("-valid_until").first()
    return data | {
        "permit_no": permit.permit_no if permit else "",
        "valid_until": permit.valid_until.isoformat() if permit and permit.valid_until else None,
        "on": day.isoformat(),
    }


def _append(name: str, proposal: Proposal, data: dict[str, Json], cause: uuid.UUID) -> None:
    common: dict[str, Json] = {
        "enterprise": proposal.enterprise,
        "code": proposal.code,
        "project": proposal.project,
        "act": proposal.act,
        "proposal": proposal.pk,
    }
    told = common | data
    others = {"project": proposal.project, "person": proposal.person}
    outbox.append(
        [
            outbox.Event(
                type=name,
                subject=f"enterprise:{proposal.enterprise}",
                data=told,
                business_key=business_key(EVENT_TYPES[name], told),
                affects=tuple(f"{kind}:{pk}" for kind, pk in others.items() if pk is not None),
                cause=cause,
            )
        ]
    )
