"""What belongs in the evidence bundle of a matter, and of a single document as its addressee may have it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from zhulian.core.kernel.canonical import canonical_bytes
from zhulian.server.decisions.letters import content
from zhulian.server.decisions.models import Document, Lifting, Proposal, Restriction, Service
from zhulian.server.decisions.names import enterprise_name
from zhulian.server.notary.matters import Matter, Paper


def of_proposal(row: Proposal) -> Matter:
    """The whole matter: every step of the office, its documents, services, restriction and how it ended."""
    documents = Document.objects.filter(proposal=row).select_related("signer").order_by("pk")
    name = enterprise_name(row.enterprise, row.proposed_at.date())
    subjects = [f"proposal:{row.pk}", *_around(row, documents)]
    return Matter("proposal", str(row.pk), f"{name} {row.label}", subjects, _papers(documents))


def of_document(row: Document) -> Matter:
    """A document with its services and what became of the restriction: no step of the office before it."""
    documents = Document.objects.filter(pk=row.pk).select_related("signer")
    return Matter("document", row.document_no, row.title, _around(row.proposal, documents), _papers(documents))


def _around(proposal: Proposal, documents: QuerySet[Document]) -> list[str]:
    services = Service.objects.filter(document__in=documents.order_by().values("pk"))
    restrictions = Restriction.objects.filter(proposal=proposal)
    liftings = Lifting.objects.filter(restriction__in=restrictions.order_by().values("pk"))
    named = (("document", documents), ("service", services), ("restriction", restrictions), ("lifting", liftings))
    return [f"{kind}:{pk}" for kind, rows in named for pk in rows.order_by("pk").values_list("pk", flat=True)]


def _papers(documents: Iterable[Document]) -> list[Paper]:
    """Documents as issued: the very bytes whose digest stands in the leaf of their issue."""
    return [
        Paper(f"document-{d.pk}.json", f"{d.document_no} {d.title}", canonical_bytes(content(d))) for d in documents
    ]
