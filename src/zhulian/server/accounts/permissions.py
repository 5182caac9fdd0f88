"""Who looks after units, people and grants, and who may look at the platform as somebody else."""

from __future__ import annotations

from typing import Final

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW: Final = "accounts.access.view"
MANAGE: Final = "accounts.access.manage"
SEE_AS: Final = "accounts.access.see_as"

declare(
    Permission(VIEW, "查看机构、人员和授权", roles(Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(MANAGE, "管理机构、人员和授权", roles(Role.ADMINISTRATOR, also=REGULATORS), named=True),
    Permission(SEE_AS, "以他人视角查看", roles(Role.ADMINISTRATOR)),
)
