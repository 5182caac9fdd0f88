"""Documents get their number and their text: 机关代字〔年〕n号, from the series of office, kind and year.

A number is given by the database in the transaction of its document (`common.numbers`), without 第 and without a
leading zero; the year stands in full in hexagonal brackets.
"""

from __future__ import annotations

from typing import Any, Final

from zhulian.core.kernel.canonical import sha256_of
from zhulian.server.accounts.models import OrganisationUnit, User
from zhulian.server.common import clock
from zhulian.server.common.numbers import number_issue
from zhulian.server.decisions import composing
from zhulian.server.decisions.letters import content
from zhulian.server.decisions.models import Document, Letterhead, Lifting, Proposal
from zhulian.server.decisions.names import enterprise_name
from zhulian.server.notary.services import leaf_append

_WORDS: Final = {
    Document.Kind.NOTICE: "告",
    Document.Kind.DECISION: "决",
    Document.Kind.LIFTING: "解",
    Document.Kind.ANNULMENT: "撤",
}
_PLAIN: Final = "通"
"""Decisions that restrict nothing (a check, a verification, a talk) are notices of work: 通."""


def notice_issue(proposal: Proposal, signer: User) -> Document:
    """The notice before a decision, as drafted now."""
    title = f"关于拟{proposal.label}的事先告知书"
    return _issue(proposal, Document.Kind.NOTICE, title, composing.notice(proposal), signer)


def decision_issue(proposal: Proposal, signer: User) -> Document:
    """The decision itself, in the title that its act has."""
    answered = list(proposal.defences.exclude(state="filed"))
    return _issue(proposal, Document.Kind.DECISION, proposal.kind.title, composing.decision(proposal, answered), signer)


def lifting_issue(proposal: Proposal, document_no: str, finding: str, signer: User) -> Document:
    """The letter that ends a restriction."""
    body = composing.lifting(document_no, proposal.label, finding, clock.today())
    return _issue(proposal, Document.Kind.LIFTING, f"关于解除{proposal.label}的通知书", body, signer)


def annulment_issue(proposal: Proposal, lifting: Lifting, document_no: str, signer: User) -> Document:
    """The decision that annuls another."""
    body = composing.annulment(document_no, proposal.label, lifting.text, lifting.finding, clock.today())
    return _issue(proposal, Document.Kind.ANNULMENT, f"关于撤销{proposal.label}决定的决定书", body, signer)


def revocation_issue(proposal: Proposal, document_no: str, reason: str, finding: str, signer: User) -> Document:
    """The decision that takes back one which restricted nothing."""
    body = composing.revocation(document_no, proposal.label, reason, finding, clock.today())
    return _issue(proposal, Document.Kind.ANNULMENT, f"关于撤销{proposal.label}的决定书", body, signer)


def _issue(proposal: Proposal, kind: Document.Kind, title: str, body: list[dict[str, Any]], signer: User) -> Document:
    today = clock.today()
    plain = kind == Document.Kind.DECISION and not proposal.refuses
    series = f"{mark_of(proposal.unit)}{_PLAIN if plain else _WORDS[kind]}〔{today.year}〕"
    number = number_issue(series=series, subject=f"proposal:{proposal.pk}")
    row = Document.objects.create(
        proposal=proposal,
        kind=kind,
        enterprise=proposal.enterprise,
        series=series,
        number=number,
        document_no=f"{series}{number}号",
        title=title,
        addressee=enterprise_name(proposal.enterprise, today),
        copies=proposal.copies,
        body=body,
        unit=proposal.unit,
        signer=signer,
        signed_on=today,
    )
    about = {"proposal": proposal.pk, "document_no": row.document_no, "sha256": sha256_of(content(row))}
    leaf_append(action="decisions.document.issue", actor=signer.actor, subject=f"document:{row.pk}", data=about)
    return row


def mark_of(unit: OrganisationUnit) -> str:
    """机关代字 of a unit, its name where it has none."""
    word = Letterhead.objects.filter(unit=unit).values_list("word", flat=True).first()
    return word or f"{unit.name}"
