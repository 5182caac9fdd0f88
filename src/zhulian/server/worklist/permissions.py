"""Who has a work list. What one may do with an item is asked of the item's own app."""

from __future__ import annotations

from typing import Final

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW: Final = "worklist.item.view"
WORK: Final = "worklist.item.work"
EXPORT: Final = "worklist.item.export"
SETTINGS: Final = "worklist.office.set"

declare(
    Permission(VIEW, "查看待办", roles(also=REGULATORS)),
    Permission(WORK, "领取、退回、转办、催办待办", roles(also=REGULATORS)),
    Permission(EXPORT, "导出待办", roles(also=REGULATORS)),
    Permission(SETTINGS, "设定各单位负责人和督办期限", roles(Role.ADMINISTRATOR)),
)
