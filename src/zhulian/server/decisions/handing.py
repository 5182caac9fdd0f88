"""A proposal goes to another handler: illness, leave, a unit's own division of work. Nothing else changes."""

from __future__ import annotations

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import PROPOSAL
from zhulian.server.accounts.models import User
from zhulian.server.common.writing import writes
from zhulian.server.decisions.acting import may_act, stepped
from zhulian.server.decisions.models import Proposal
from zhulian.server.decisions.permissions import HANDLE
from zhulian.server.notary.services import leaf_append

IN_HAND = ("taken", "noticed")


@writes
def proposal_hand_over(*, proposal: int, to: User, by: User, reason: str) -> Proposal:
    """Make a colleague the handler of a proposal in hand. Who handled it before still neither reviews nor signs it.

    Raises:
        ZhulianError: `decision.none`, `decision.not_yours` where the colleague may not handle it, `lifecycle.action`.
    """
    row = Proposal.objects.select_for_update(no_key=True).filter(pk=proposal).first()
    if row is None:
        raise ZhulianError("decision.none")
    if not may_act(to, row, HANDLE):
        raise ZhulianError("decision.not_yours", unit=row.unit.name, action="承办")
    if row.state not in IN_HAND:
        raise ZhulianError(
            "lifecycle.action", thing=PROPOSAL.thing, state=PROPOSAL.states[row.state], action="转办", possible="承办中"
        )
    before, row.handler = row.handler_id, to
    row.revision += 1
    row.save(update_fields=["handler", "revision"])
    name = to.get_full_name() or to.get_username()
    stepped(row, "hand_over", by, f"转由{name}承办：{reason}")
    data = {"enterprise": row.enterprise, "from": before, "to": to.pk, "reason": reason}
    leaf_append(action="decisions.proposal.hand_over", actor=by.actor, subject=f"proposal:{row.pk}", data=data)
    return row
