"""Who may act on a matter, its row locked, and what is kept of every step: a step of the history and a leaf.

An officer acts for the unit that handles the matter, where the permission was granted to him; a person of the
enterprise acts on the enterprise's own. A form of an older revision is refused (two tabs, a double click).
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import User
from zhulian.server.accounts.selectors import grants_for, member_enterprises
from zhulian.server.campaigns import errors  # noqa: F401 - rows of the catalogue
from zhulian.server.campaigns.models import Campaign, Rectification, Step, Verification
from zhulian.server.campaigns.permissions import FILE
from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, permission
from zhulian.server.notary.services import leaf_append

ACTOR: Final = "system:campaigns"
LIMIT: Final = 4000
"""Characters of a text that is kept."""
Matter = TypeVar("Matter", Verification, Rectification, Campaign)
Filed = TypeVar("Filed", Verification, Rectification)


def may_act(user: Any, row: Verification | Rectification | Campaign, action: str) -> bool:
    """Whether the user may do an action (a permission) for the unit that handles the matter."""
    ours = bool(user.is_authenticated) and user.unit_id == row.unit_id
    return ours and grants_for(user=user, action=action).exists()


def may_file(user: Any, enterprise: int) -> bool:
    """Whether the user files for the enterprise."""
    return allowed(user, FILE) and member_enterprises(user=user).filter(enterprise=enterprise).exists()


def locked(model: type[Matter], pk: int) -> Matter:
    """The row to be changed, locked.

    Raises:
        ZhulianError: `campaign.none`.
    """
    rows = model._default_manager.select_for_update(no_key=True, of=("self",))  # noqa: SLF001 - Django's public name
    row = rows.select_related("unit").filter(pk=pk).first()
    if row is None:
        raise ZhulianError("campaign.none")
    return row


def acting(model: type[Matter], pk: int, seen: int, user: User, action: str) -> Matter:
    """The row locked for an officer's action, of the revision that the officer saw.

    Raises:
        ZhulianError: `campaign.none`, `.not_yours`, `.changed`.
    """
    row = locked(model, pk)
    if not may_act(user, row, action):
        kind = permission(action)
        raise ZhulianError("campaign.not_yours", unit=row.unit.name, action=kind.label if kind else action)
    return _of_now(row, seen)


def filing(model: type[Filed], pk: int, seen: int, user: User) -> Filed:
    """The row locked for the enterprise's filing; what is another's is not there.

    Raises:
        ZhulianError: `campaign.none`, `.changed`.
    """
    row = locked(model, pk)
    if not may_file(user, row.enterprise):
        raise ZhulianError("campaign.none")
    return _of_now(row, seen)


def _of_now(row: Matter, seen: int) -> Matter:
    if row.revision != seen:
        raise ZhulianError("campaign.changed")
    return row


def done(row: Verification | Rectification | Campaign, action: str, user: User | None, note: str = "") -> None:
    """Save the row as a new revision, with its step and its leaf."""
    row.revision += 1
    row.save()
    stepped(row, action, user, note)
    kind = type(row).__name__.lower()
    about = (
        {"frame": row.frame.sha256 if row.frame else "", "seed": row.seed, "method": row.method}
        if isinstance(row, Campaign)
        else {"enterprise": row.enterprise, "code": row.code}
    )
    leaf_append(
        action=f"campaigns.{kind}.{action}",
        actor=user.actor if user else ACTOR,
        subject=f"{kind}:{row.pk}",
        data={**about, "state": row.state, "note": note},
    )


def stepped(row: Verification | Rectification | Campaign, action: str, user: User | None, note: str = "") -> Step:
    """Keep what was done."""
    kind = type(row).__name__.lower()
    return Step.objects.create(**{kind: row}, action=action, by=user, at=clock.now(), note=note)
