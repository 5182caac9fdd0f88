"""Who may do what with 约谈, 提示函, 挂牌督办 and 领导交办. That persons differ is the machine's business."""

from __future__ import annotations

from typing import Final

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW: Final = "acts.undertaking.view"
REPORT: Final = "acts.undertaking.report"
DECIDE: Final = "acts.undertaking.decide"
ANSWER: Final = "acts.undertaking.answer"

declare(
    Permission(VIEW, "查看约谈、提示函、督办和交办", roles(Role.ENTERPRISE, also=REGULATORS)),
    Permission(REPORT, "登记约谈记录、报告办理情况、提出撤回", roles(also=REGULATORS)),
    Permission(DECIDE, "领导交办、办结、决定撤回", roles(also=REGULATORS)),
    Permission(ANSWER, "向机关报送办理情况", roles(Role.ENTERPRISE)),
)
