"""Everybody reads and sets up what is his own; a unit's channels are its head's, the delivery log administrators'."""

from __future__ import annotations

from typing import Final

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

READ: Final = "messages.notice.read"
CHANNELS: Final = "messages.channel.own"
UNIT_CHANNELS: Final = "messages.channel.unit"
DELIVERIES: Final = "messages.delivery.manage"

declare(
    Permission(READ, "查看自己的消息", roles(Role.ENTERPRISE, Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(CHANNELS, "设置自己的消息通道", roles(Role.ENTERPRISE, Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(UNIT_CHANNELS, "设置本单位的消息通道（单位负责人）", roles(Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(DELIVERIES, "查看发送记录、重发消息", roles(Role.ADMINISTRATOR)),
)
