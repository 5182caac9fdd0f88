"""Who may act on a proposal: people of the unit that holds the power, with the permission, where it was granted.

Rows are locked here before they are changed; a form of an older revision is refused (two tabs, a double click).
"""

from __future__ import annotations

from typing import Any

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import User
from zhulian.server.accounts.selectors import grants_for, member_enterprises
from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, permission
from zhulian.server.decisions import errors  # noqa: F401 - rows of the catalogue
from zhulian.server.decisions.models import Proposal, Restriction, Step
from zhulian.server.decisions.permissions import DEFEND

HANDLED = ("take", "draft", "notice", "submit")
"""Who did one of these has handled it, also before it went back."""


def may_act(user: Any, proposal: Proposal, action: str) -> bool:
    """Whether the user may do an action (a permission) for the unit that the proposal belongs to."""
    return (
        bool(user.is_authenticated)
        and user.unit_id == proposal.unit_id
        and grants_for(user=user, action=action).exists()
    )


def may_answer(user: Any, enterprise: int) -> bool:
    """Whether the user answers for the enterprise: confirms service, files a defence, applies for an end."""
    return allowed(user, DEFEND) and member_enterprises(user=user).filter(enterprise=enterprise).exists()


def locked(proposal: int, seen: int, user: User, action: str) -> Proposal:
    """The proposal to be changed, locked, after asking who may and whether the form is of now.

    Raises:
        ZhulianError: `decision.none`, `.not_yours`, `.changed`.
    """
    row = Proposal.objects.select_for_update(no_key=True).filter(pk=proposal).first()
    if row is None:
        raise ZhulianError("decision.none")
    acting(user, row, action)
    if row.revision != seen:
        raise ZhulianError("decision.changed")
    return row


def acting(user: User, proposal: Proposal, action: str) -> None:
    """Refuse whoever may not act.

    Raises:
        ZhulianError: `decision.not_yours`.
    """
    if not may_act(user, proposal, action):
        kind = permission(action)
        raise ZhulianError("decision.not_yours", unit=proposal.unit.name, action=kind.label if kind else action)


def answering(user: User, enterprise: int) -> None:
    """Refuse whoever does not answer for the enterprise.

    Raises:
        ZhulianError: `decision.none`.
    """
    if not may_answer(user, enterprise):
        raise ZhulianError("decision.none")


def restriction_locked(restriction: int) -> Restriction:
    """A restriction to be changed, locked.

    Raises:
        ZhulianError: `decision.none`.
    """
    rows = Restriction.objects.select_for_update(of=("self",)).select_related("proposal__unit")
    row = rows.filter(pk=restriction).first()
    if row is None:
        raise ZhulianError("decision.none")
    return row


def handlers_of(proposal: Proposal) -> frozenset[int]:
    """Everybody who ever handled it: none of them reviews, signs or answers its defence."""
    rows = proposal.steps.filter(action__in=HANDLED, by__isnull=False).values_list("by", flat=True)
    return frozenset(pk for pk in rows if pk is not None)


def stepped(proposal: Proposal, action: str, user: User | None, note: str = "") -> Step:
    """Keep what was done."""
    return Step.objects.create(proposal=proposal, action=action, by=user, at=clock.now(), note=note)
