"""Who may look at verdicts, and who may see the names behind a head count."""

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW = "assessments.assessment.view"
EXPORT = "assessments.assessment.export"
NAMES = "assessments.person.names"

declare(
    Permission(VIEW, "查看资质核查", roles(Role.ENTERPRISE, also=REGULATORS)),
    Permission(EXPORT, "导出资质核查", roles(Role.ENTERPRISE, also=REGULATORS)),
    Permission(NAMES, "查看人员姓名", roles(Role.ENTERPRISE, also=REGULATORS)),
)
