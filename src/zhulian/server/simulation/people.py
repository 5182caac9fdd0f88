"""Who acts in a simulation: four officers of each unit, and one hand for every enterprise that has something to do.

They are ordinary accounts with ordinary rights; a step that the rights or a constraint refuse stops the simulation.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts.demo import DEMO_ACCOUNTS
from zhulian.server.accounts.models import OrganisationUnit, User
from zhulian.server.accounts.services import membership_create, user_create
from zhulian.server.common.permissions import Role

register(
    ErrorKind(
        "simulation.nobody",
        "「{unit}」没有{part}，它的事没有人办",
        "模拟的单位应各有承办、审核、法制审核、负责人四个账号；请检查演示账号表",
    )
)
HANDLER, REVIEWER, LAWYER, HEAD = "承办", "审核", "法制审核", "负责人"
_PARTS: Final = {HANDLER: "", REVIEWER: "2", LAWYER: "3", HEAD: "4"}
"""Part → ending of the account's name (`accounts.demo`)."""
_BASES: Final = {a.unit: a.username for a in DEMO_ACCOUNTS if a.unit and not a.username[-1].isdigit()}


@dataclass(slots=True)
class People:
    """Accounts by what they do, each read once. `seed` makes the passwords that nobody needs."""

    seed: int
    actor: str
    _officers: dict[tuple[str, str], User] = field(default_factory=dict)
    _hands: dict[int, User] = field(default_factory=dict)

    def officer(self, unit: OrganisationUnit, part: str) -> User:
        """Who does a part in a unit.

        Raises:
            ZhulianError: `simulation.nobody`.
        """
        key = (unit.name, part)
        if key not in self._officers:
            base = _BASES.get(unit.name)
            found = User.objects.filter(username=f"{base}{_PARTS[part]}").first() if base else None
            if found is None:
                raise ZhulianError("simulation.nobody", unit=unit.name, part=part)
            self._officers[key] = found
        return self._officers[key]

    def hand(self, enterprise: int) -> User:
        """Who signs and files for an enterprise; made at the first need."""
        if enterprise not in self._hands:
            name = f"sim-{enterprise}"
            found = User.objects.filter(username=name).first()
            if found is None:
                secret = hashlib.sha256(f"{self.seed}:{name}".encode()).hexdigest()
                found = user_create(
                    username=name, password=secret, role=Role.ENTERPRISE, actor=self.actor, name="企业经办人"
                )
                membership_create(user=found, enterprise=enterprise, actor=self.actor)
            self._hands[enterprise] = found
        return self._hands[enterprise]
