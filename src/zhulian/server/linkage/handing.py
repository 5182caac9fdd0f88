"""An obligation goes to a colleague, or back to the unit, by somebody else's hand than the holder's."""

from __future__ import annotations

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import OBLIGATION
from zhulian.server.accounts.models import User
from zhulian.server.common.writing import writes
from zhulian.server.linkage import selectors
from zhulian.server.linkage.models import Obligation
from zhulian.server.notary.services import leaf_append


@writes
def obligation_hand_over(*, obligation: int, to: User | None, actor: str, reason: str) -> Obligation:
    """Give an open obligation to a colleague who may work on it; `to` None: back to the unit.

    Who may order that is the caller's question; that the colleague may do the work is asked here.

    Raises:
        ZhulianError: `linkage.none` where it is none of the colleague's, `linkage.changed` when it is closed.
    """
    row = Obligation.objects.select_for_update(no_key=True).filter(pk=obligation).first()
    if row is None or (to is not None and not selectors.workable(to).filter(pk=obligation).exists()):
        raise ZhulianError("linkage.none")
    if row.state in OBLIGATION.final:
        raise ZhulianError("linkage.changed")
    before, row.holder = row.holder_id, to
    if row.state == "paused":
        raise ZhulianError("linkage.paused")
    row.state = "taken" if to else "open"
    row.revision += 1
    row.save(update_fields=["holder", "state", "revision"])
    leaf_append(
        action="linkage.obligation.hand_over",
        actor=actor,
        subject=f"obligation:{row.pk}",
        data={"enterprise": row.enterprise, "from": before, "to": to.pk if to else None, "reason": reason},
    )
    return row
