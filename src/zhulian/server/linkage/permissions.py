"""Who sees and who does obligations: a regulator for his unit and what lies below, an enterprise what is about it."""

from __future__ import annotations

from typing import Final

from zhulian.server.common.permissions import REGULATORS, Permission, declare, roles

VIEW: Final = "linkage.obligation.view"
HANDLE: Final = "linkage.obligation.handle"

declare(
    Permission(VIEW, "查看联动待办", roles(also=REGULATORS)),
    Permission(HANDLE, "领取、退回、办结联动待办", roles(also=REGULATORS)),
)
