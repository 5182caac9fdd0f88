"""Who may do what with deliveries."""

from __future__ import annotations

from zhulian.server.common.permissions import REGULATORS, Permission, Role, declare, roles

VIEW = "exchange.delivery.view"
UPLOAD = "exchange.delivery.upload"
RAW = "exchange.quarantine.open"

declare(
    Permission(VIEW, "查看数据批次", roles(Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(UPLOAD, "归集数据", roles(Role.ADMINISTRATOR, also=REGULATORS)),
    Permission(RAW, "查看隔离记录原文", roles(also=REGULATORS)),
)
