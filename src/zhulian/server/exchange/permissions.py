"""Who may do what with deliveries."""

from __future__ import annotations

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW = "exchange.delivery.view"
UPLOAD = "exchange.delivery.upload"
RAW = "exchange.quarantine.open"
FEED_VIEW = "exchange.feed.view"
FEED_MANAGE = "exchange.feed.manage"

declare(
    Permission(VIEW, "查看数据批次", roles(Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(UPLOAD, "归集数据", roles(Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(FEED_VIEW, "查看定时接入", roles(Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(FEED_MANAGE, "设置定时接入", roles(Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(RAW, "查看隔离记录原文", roles(also=REGULATORS)),
)
