"""Who may do what with campaigns, verifications and rectifications. That persons differ is the machines' business.

A regulator sees his own unit's matters and those in the divisions of his grants, and acts for his unit; an enterprise
sees and files its own.
"""

from __future__ import annotations

from typing import Final

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

LIST: Final = "campaigns.matter.list"
VIEW: Final = "campaigns.matter.view"
REVIEW: Final = "campaigns.verification.review"
CONCLUDE: Final = "campaigns.verification.conclude"
CONFIRM: Final = "campaigns.rectification.confirm"
CLOSE: Final = "campaigns.rectification.close"
PLAN: Final = "campaigns.campaign.plan"
APPROVE: Final = "campaigns.campaign.approve"
OWN: Final = "campaigns.matter.own"
FILE: Final = "campaigns.matter.file"

declare(
    Permission(LIST, "查看核查和整改清单", roles(also=REGULATORS)),
    Permission(VIEW, "查看资质核查和限期整改", roles(Role.ENTERPRISE, also=REGULATORS)),
    Permission(REVIEW, "核查初审", roles(also=REGULATORS)),
    Permission(CONCLUDE, "作出核查结论", roles(also=REGULATORS)),
    Permission(CONFIRM, "复核、退回、终止整改", roles(also=REGULATORS)),
    Permission(CLOSE, "整改销号", roles(also=REGULATORS)),
    Permission(PLAN, "制定核查批次、确定对象、公告、结束", roles(also=REGULATORS)),
    Permission(APPROVE, "审批核查批次", roles(also=REGULATORS)),
    Permission(OWN, "查看本企业的整改与自查", roles(Role.ENTERPRISE)),
    Permission(FILE, "报送自查和整改材料", roles(Role.ENTERPRISE)),
)
