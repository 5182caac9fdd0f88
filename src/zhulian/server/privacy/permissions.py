"""Who keeps the schedule and the holds, and who erases a person."""

from __future__ import annotations

from typing import Final

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

MANAGE: Final = "privacy.schedule.manage"
ERASE: Final = "privacy.person.erase"

declare(
    Permission(MANAGE, "查看保留期限、设定和解除冻结", roles(Role.ADMINISTRATOR)),
    Permission(ERASE, "依申请查询、删除个人信息", roles(also=REGULATORS), named=True),
)
