"""Who may do what in the registry."""

from __future__ import annotations

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW = "registry.enterprise.view"
LIST = "registry.enterprise.list"
EXPORT = "registry.enterprise.export"
IDENTITY_VIEW = "registry.identity.view"
IDENTITY_DECIDE = "registry.identity.decide"
IDENTITY_NAMES = "registry.identity.names"
WAIVER_REQUEST = "registry.waiver.request"
WAIVER_DECIDE = "registry.waiver.decide"

declare(
    Permission(VIEW, "查看企业登记簿", roles(Role.ENTERPRISE, also=REGULATORS)),
    Permission(LIST, "查看企业登记簿清单", roles(also=REGULATORS)),
    Permission(EXPORT, "导出企业名单", roles(also=REGULATORS)),
    Permission(IDENTITY_VIEW, "查看身份冲突", roles(also=REGULATORS)),
    Permission(IDENTITY_DECIDE, "合并主体、判为不同主体", roles(Role.PROVINCE, Role.CITY)),
    Permission(IDENTITY_NAMES, "查看身份冲突中的人员姓名", roles(also=REGULATORS)),
    Permission(WAIVER_REQUEST, "登记信用代码豁免", roles(also=REGULATORS)),
    Permission(WAIVER_DECIDE, "复核、撤销信用代码豁免", roles(Role.PROVINCE, Role.CITY)),
)
