"""Who may connect other systems."""

from __future__ import annotations

from typing import Final

from zhulian.server.common.permissions import Permission, Role, declare, roles

SYSTEMS: Final = "events.system.manage"
SUBSCRIPTIONS: Final = "events.subscription.manage"

declare(
    Permission(SYSTEMS, "管理推送事件的系统", roles(Role.ADMINISTRATOR)),
    Permission(SUBSCRIPTIONS, "管理事件订阅", roles(Role.ADMINISTRATOR)),
)
