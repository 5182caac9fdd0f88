"""The face of decisions: what other apps, pages and the API may change, each in one transaction with its leaf."""

from __future__ import annotations

from zhulian.server.accounts.models import OrganisationUnit
from zhulian.server.common.writing import writes
from zhulian.server.decisions.defending import defence_decide, defence_file
from zhulian.server.decisions.models import Letterhead
from zhulian.server.decisions.proposing import (
    MOVES,
    proposal_create,
    proposal_draft,
    proposal_move,
    proposal_notice,
    proposal_sign,
)
from zhulian.server.decisions.restricting import (
    annulment_file,
    lifting_check,
    lifting_decide,
    lifting_file,
    restrictions_end,
    restrictions_expire,
)
from zhulian.server.decisions.serving import (
    Receipt,
    announcements_complete,
    document_open,
    service_confirm,
    service_record,
)
from zhulian.server.decisions.starting import BY_HAND, NO_CLAUSE, Start, proposal_start
from zhulian.server.notary.services import leaf_append

__all__ = [
    "BY_HAND",
    "MOVES",
    "NO_CLAUSE",
    "Receipt",
    "Start",
    "announcements_complete",
    "annulment_file",
    "defence_decide",
    "defence_file",
    "document_open",
    "letterhead_set",
    "lifting_check",
    "lifting_decide",
    "lifting_file",
    "proposal_create",
    "proposal_draft",
    "proposal_move",
    "proposal_notice",
    "proposal_sign",
    "proposal_start",
    "restrictions_end",
    "restrictions_expire",
    "service_confirm",
    "service_record",
]


@writes
def letterhead_set(*, unit: OrganisationUnit, word: str, actor: str) -> Letterhead:
    """Give a unit its 机关代字, with which its document numbers begin from now on."""
    row, _ = Letterhead.objects.update_or_create(unit=unit, defaults={"word": word})
    leaf_append(action="decisions.letterhead.set", actor=actor, subject=f"unit:{unit.pk}", data={"word": word})
    return row
