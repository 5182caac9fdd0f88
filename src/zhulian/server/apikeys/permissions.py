"""Who makes keys for programs, and who sees all of them."""

from __future__ import annotations

from typing import Final

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

OWN: Final = "apikeys.key.own"
MANAGE: Final = "apikeys.key.manage"

declare(
    Permission(OWN, "办理自己的 API 密钥", roles(Role.ENTERPRISE, Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(MANAGE, "查看、停用全部 API 密钥", roles(Role.ADMINISTRATOR)),
)
