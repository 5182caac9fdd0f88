"""Who may look at the registers of market and site, take them away, and open a project."""

from __future__ import annotations

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW = "registers.list.view"
EXPORT = "registers.list.export"
PROJECT = "registers.project.view"

declare(
    Permission(VIEW, "查看市场与现场台账", roles(also=REGULATORS)),
    Permission(EXPORT, "导出市场与现场台账", roles(also=REGULATORS)),
    Permission(PROJECT, "查看工程项目", roles(Role.ENTERPRISE, also=REGULATORS)),
)
