"""Who may do what in the registry."""

from __future__ import annotations

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW = "registry.enterprise.view"
LIST = "registry.enterprise.list"
EXPORT = "registry.enterprise.export"

declare(
    Permission(VIEW, "查看企业登记簿", roles(Role.ENTERPRISE, also=REGULATORS)),
    Permission(LIST, "查看企业登记簿清单", roles(also=REGULATORS)),
    Permission(EXPORT, "导出企业名单", roles(also=REGULATORS)),
)
