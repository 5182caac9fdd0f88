"""Who may open the enterprise's side: its members, and regulators in whose scope it is, who see the same pages."""

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW = "advice.enterprise.view"
EXPORT = "advice.enterprise.export"
DRAFT = "advice.draft.write"

declare(
    Permission(VIEW, "查看资质体检", roles(Role.ENTERPRISE, also=REGULATORS)),
    Permission(EXPORT, "导出资质体检", roles(Role.ENTERPRISE, also=REGULATORS)),
    Permission(DRAFT, "保存模拟方案", roles(Role.ENTERPRISE, also=REGULATORS)),
)
