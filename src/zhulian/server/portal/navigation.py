"""Who finds what where: the navigation as a table, shown by permission (never a link that would be refused)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhulian.server.common.permissions import allowed


@dataclass(frozen=True, slots=True)
class Entry:
    """One link. `permission` empty: for everybody who is signed in."""

    label: Any
    icon: str
    url_name: str
    permission: str = ""

    @property
    def url(self) -> str:
        """Address of the page."""
        return _address(self.url_name)


@functools.cache
def _address(url_name: str) -> str:
    """Looked up once: two dozen of them stand on every page."""
    return reverse(url_name)


@dataclass(frozen=True, slots=True)
class Group:
    """Links under one heading."""

    label: Any
    entries: tuple[Entry, ...]


GROUPS: Final = (
    Group(
        "",
        (
            Entry(_("工作台"), "home", "portal:home"),
            Entry(_("待办"), "checklist", "worklist:list", "worklist.item.view"),
            Entry(_("企业登记簿"), "building-community", "registry:enterprises", "registry.enterprise.list"),
            Entry(_("市场与现场台账"), "list-details", "registers:index", "registers.list.view"),
            Entry(_("核查清单"), "checklist", "assessments:list", "assessments.assessment.view"),
            Entry(_("合同范围核查"), "scale", "assessments:contracts", "assessments.assessment.view"),
            Entry(_("联动待办"), "list-details", "linkage:queue", "linkage.obligation.view"),
            Entry(_("联动台账"), "link", "linkage:ledger", "linkage.obligation.view"),
            Entry(_("拟办与决定"), "certificate", "decisions:queue", "decisions.proposal.view"),
            Entry(_("督办与交办"), "list-details", "acts:list", "acts.undertaking.view"),
            Entry(_("限期整改"), "checklist", "campaigns:rectifications", "campaigns.matter.list"),
            Entry(_("核查批次"), "list-details", "campaigns:campaigns", "campaigns.matter.list"),
            Entry(_("资质核查事项"), "shield-check", "campaigns:verifications", "campaigns.matter.list"),
            Entry(_("文书与限制"), "certificate", "decisions:own", "decisions.document.own"),
            Entry(_("自查与整改"), "checklist", "campaigns:own", "campaigns.matter.own"),
            Entry(_("谁看过我"), "eye", "audit:own", "audit.leaf.own"),
            Entry(_("数据归集"), "database-import", "exchange:list", "exchange.delivery.view"),
            Entry(_("数据质量"), "shield-check", "exchange:quality", "exchange.delivery.view"),
            Entry(_("身份冲突"), "link", "registry:identities", "registry.identity.view"),
        ),
    ),
    Group(
        _("系统"),
        (
            Entry(_("机构与授权"), "user", "access:units", "accounts.access.view"),
            Entry(_("保留期限与冻结"), "clock", "privacy:index", "privacy.schedule.manage"),
            Entry(_("API 密钥"), "lock", "apikeys:all", "apikeys.key.manage"),
            Entry(_("审计"), "history", "audit:list", "audit.leaf.view"),
            Entry(_("督办设定"), "settings", "worklist:offices", "worklist.office.set"),
            Entry(_("事件推送"), "database-import", "events:systems", "events.system.manage"),
            Entry(_("事件订阅"), "link", "events:subscriptions", "events.subscription.manage"),
            Entry(_("消息发送记录"), "list-details", "notices:deliveries", "messages.delivery.manage"),
            Entry(_("死信"), "list-details", "common:dead_letters", "common.deadletter.view"),
        ),
    ),
)


def groups_for(user: Any) -> tuple[Group, ...]:
    """The groups of a signed-in user, without those that would be empty."""
    shown = (
        Group(group.label, tuple(e for e in group.entries if not e.permission or allowed(user, e.permission)))
        for group in GROUPS
    )
    return tuple(group for group in shown if group.entries)
