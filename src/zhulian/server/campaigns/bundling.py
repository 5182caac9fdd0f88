"""What belongs in the evidence bundle of a rectification or a verification."""

from __future__ import annotations

from pathlib import PurePath

from zhulian.server.campaigns.models import Evidence, Rectification, Verification
from zhulian.server.common import clock
from zhulian.server.common.files import file_chunks
from zhulian.server.decisions import bundling
from zhulian.server.decisions.names import enterprise_name
from zhulian.server.notary.matters import Matter, Paper


def of_rectification(row: Rectification) -> Matter:
    """The order behind it, what the enterprise filed, every step."""
    order = bundling.of_proposal(row.restriction.proposal)
    title = f"{enterprise_name(row.enterprise, row.opened_at.date())} 限期整改 {row.code}"
    subjects = [f"rectification:{row.pk}", *order.subjects]
    return Matter("rectification", str(row.pk), title, subjects, [*order.papers, *_filed(row)])


def of_verification(row: Verification) -> Matter:
    """The decision or campaign behind it, the self-check with its files, every step."""
    behind = bundling.of_proposal(row.proposal) if row.proposal else None
    campaign = [f"campaign:{row.campaign_id}"] if row.campaign_id else []
    title = f"{enterprise_name(row.enterprise, clock.today())} 资质核查 {row.code}"
    subjects = [f"verification:{row.pk}", *campaign, *(behind.subjects if behind else ())]
    papers = [*(behind.papers if behind else ()), *_filed(row)]
    return Matter("verification", str(row.pk), title, subjects, papers)


def _filed(row: Rectification | Verification) -> list[Paper]:
    """Files as the enterprise gave them; their digests stand in the leaves of their filing."""
    rows = Evidence.objects.filter(**{type(row).__name__.lower(): row}).select_related("stored")
    return [
        Paper(f"evidence-{e.pk}{PurePath(e.name).suffix.lower()}", e.name, b"".join(file_chunks(e.stored.sha256)))
        for e in rows
    ]
