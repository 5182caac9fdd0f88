"""Who may read the trail: regulators what concerns their divisions, administrators all, an enterprise its own."""

from __future__ import annotations

from typing import Final

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW: Final = "audit.leaf.view"
EXPORT: Final = "audit.leaf.export"
CHECK: Final = "audit.ledger.check"
OWN: Final = "audit.leaf.own"

declare(
    Permission(VIEW, "查看审计记录", roles(Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(EXPORT, "导出审计记录", roles(Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(CHECK, "校验留痕账本", roles(Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(OWN, "查看本企业被查看、办理的记录", roles(Role.ENTERPRISE)),
)
