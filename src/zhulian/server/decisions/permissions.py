"""Who may do what with proposals, documents and restrictions. That persons differ is the machine's business.

A regulator acts for the unit that holds the power (`selectors.acting_for`); the enterprise sees what was issued to it.
"""

from __future__ import annotations

from typing import Final

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW: Final = "decisions.proposal.view"
HANDLE: Final = "decisions.proposal.handle"
REVIEW: Final = "decisions.proposal.review"
LAW_REVIEW: Final = "decisions.proposal.law_review"
SIGN: Final = "decisions.proposal.sign"
DOCUMENT: Final = "decisions.document.view"
OWN: Final = "decisions.document.own"
DEFEND: Final = "decisions.defence.file"
ASK: Final = "decisions.eligibility.ask"

declare(
    Permission(VIEW, "查看拟办事项", roles(also=REGULATORS)),
    Permission(HANDLE, "承办、告知、提请审核、登记送达", roles(also=REGULATORS)),
    Permission(REVIEW, "审核拟办事项", roles(also=REGULATORS)),
    Permission(LAW_REVIEW, "法制审核", roles(also=REGULATORS)),
    Permission(SIGN, "签发决定", roles(also=REGULATORS)),
    Permission(DOCUMENT, "查看文书", roles(Role.ENTERPRISE, also=REGULATORS)),
    Permission(OWN, "查看本企业的文书与限制", roles(Role.ENTERPRISE)),
    Permission(DEFEND, "确认送达、陈述申辩、申请解除", roles(Role.ENTERPRISE)),
    Permission(ASK, "查询承揽资格", roles(Role.ENTERPRISE, Role.ADMINISTRATOR, also=REGULATORS)),
)

ACTIONS: Final = {
    "take": HANDLE,
    "notice": HANDLE,
    "submit": HANDLE,
    "review": REVIEW,
    "law_review": LAW_REVIEW,
    "return": REVIEW,
    "sign": SIGN,
    "drop": REVIEW,
}
"""The permission that each action of a proposal asks for."""
