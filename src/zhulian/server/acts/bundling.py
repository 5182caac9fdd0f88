"""What belongs in the evidence bundle of 约谈, 提示函, 挂牌督办 and 领导交办."""

from __future__ import annotations

from zhulian.server.acts.models import Undertaking
from zhulian.server.decisions import bundling
from zhulian.server.notary.matters import Matter


def of_undertaking(row: Undertaking) -> Matter:
    """The proposal and documents behind it, and every step; 领导交办 has neither proposal nor document."""
    behind = bundling.of_proposal(row.proposal) if row.proposal else None
    subjects = [f"undertaking:{row.pk}", *(behind.subjects if behind else ())]
    return Matter(
        "undertaking", str(row.pk), f"{row.get_kind_display()} {row.pk}", subjects, behind.papers if behind else ()
    )
