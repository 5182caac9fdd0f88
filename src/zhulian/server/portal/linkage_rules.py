"""The rules of linkage in words (联动规则): when, under which conditions, what follows, who, by when, under which clause.

Made from the rules that the engine runs. The conditions are the labels of a judgement about which nothing is known, so
that the public reads the very words that "why" and "why not" show.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from zhulian import rulebooks
from zhulian.core.kernel.reasons import Citation, Reason
from zhulian.core.linkage import (
    EVENT_TYPES,
    CopyEffect,
    Domain,
    End,
    FlagEffect,
    LinkageRule,
    LinkageVersion,
    ObligationEffect,
    ProposalEffect,
    Seat,
    ShareEffect,
    Subject,
    judge,
)
from zhulian.core.linkage.acts import END_LABELS
from zhulian.core.linkage.model import Allowed, RuleEffect

SEATS: Final[Mapping[Seat, str]] = {
    Seat.GRANTED: "许可机关（颁发管理机关）",
    Seat.REGISTERED: "企业注册地的主管部门",
    Seat.PROJECT: "项目所在地的主管部门",
}
POWERS: Final[Mapping[str, str]] = {
    "credit.list": "列为重点监管对象",
    "market.check": "查处违法发承包行为",
    "market.guide": "约谈、提示、督促",
    "penalty.file": "立案查处",
    "permit.suspend": "安全生产许可证监管",
    "qualification.accept": "资质受理",
    "qualification.mark": "资质异常标注、责令改正",
    "qualification.verify": "资质动态核查",
    "qualification.withdraw": "资质撤回",
    "site.inspect": "现场检查",
    "site.stop": "责令停止施工",
    "site.supervise": "挂牌督办",
}
"""The powers of the duty table, as a reader calls them."""
FLAG, PROPOSAL, OBLIGATION, SHARE, COPY = "日常标识", "拟办事项", "待办", "抽查比例", "抄告"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; `any_of`: one of these is enough."""

    text: str
    any_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that follows. `details` are whole sentences."""

    id: str
    kind: str
    what: str
    owner: str
    within: str
    by_office: bool
    citation: Citation
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Worded:
    """A version in words."""

    version: LinkageVersion
    in_force: bool
    conditions: tuple[Condition, ...]
    doubt: str
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A rule with its versions, the newest first. `shown`: the one in force, else the newest."""

    rule: LinkageRule
    direction: str
    versions: tuple[Worded, ...]
    shown: Worded


@dataclass(frozen=True, slots=True)
class Group:
    """The rules that start from one part of the loop."""

    domain: Domain
    title: str
    rules: tuple[Shown, ...]


def listed(*, today: dt.date, domain: str = "", document: str = "") -> tuple[Group, ...]:
    """Every rule, by where it starts; narrowed to one part, or to what rests on one document."""
    found = [shown for rule in rulebooks.linkage_book().rules.values() if (shown := _shown(rule, today))]
    if document:
        found = [one for one in found if document in documents(one)]
    groups = (
        Group(d, _("%s事件") % d.label, tuple(one for one in found if one.shown.version.when.domain is d))
        for d in Domain
        if domain in {"", d.value}
    )
    return tuple(group for group in groups if group.rules)


def rule(name: str, *, today: dt.date) -> Shown | None:
    """One rule through its versions; None: there is none of that name."""
    found = rulebooks.linkage_book().rules.get(name)
    return _shown(found, today) if found else None


def documents(one: Shown) -> frozenset[str]:
    """The documents that a rule's version in force rests on."""
    version = one.shown.version
    return frozenset({version.citation.document, *(e.citation.document for e in version.effects)})


def _shown(found: LinkageRule, today: dt.date) -> Shown:
    begun = [v for v in found.versions if v.valid_from <= today]
    current = begun[-1] if begun else None
    worded = tuple(_worded(found, v, v is current) for v in reversed(found.versions))
    shown = next((w for w in worded if w.in_force), worded[0])
    toward = "、".join(d.label for d in found.toward)
    return Shown(found, f"{shown.version.when.domain.label} → {toward}", worded, shown)


def _worded(found: LinkageRule, version: LinkageVersion, in_force: bool) -> Worded:  # noqa: FBT001 - a value
    nothing = judge(found, version, Subject({}, {}), on=version.valid_from, calendar=rulebooks.calendar())
    doubt = _("条件所需的数据不足时，先行核实") if version.acts_on_unknown else _("条件所需的数据不足时，不触发")
    again = _("；同一事项未办结，不重复触发") if version.once_while_open else ""
    return Worded(
        version,
        in_force,
        tuple(_condition(child) for child in nothing.reason.children),
        doubt + again if version.conditions or version.exempts else again.lstrip("；"),
        tuple(_EFFECTS[type(effect)](effect) for effect in version.effects),
    )


def _condition(reason: Reason) -> Condition:
    return Condition(reason.label, tuple(child.label for child in reason.children) if reason.id == "any" else ())


def _within(allowed: Allowed | None) -> tuple[str, bool]:
    return (str(allowed.clock), allowed.by_office) if allowed else ("", False)


def _owner(power: str, seat: Seat) -> str:
    return f"{SEATS[seat]}（{POWERS[power]}）"


def _flag(effect: Any) -> Effect:
    ends = _("出现「%s」时自动解除") % EVENT_TYPES[effect.until].label
    told = (_("自动作出，没有法律效力，先告知企业本身，不对外公开"), ends)
    return Effect(effect.id, FLAG, effect.label, _("平台自动"), "", False, effect.citation, told)


def _proposal(effect: Any) -> Effect:
    told = []
    if effect.refuses:
        words = "、".join(r.label for r in effect.refuses)
        told.append(_("决定、送达并生效后，不得%s") % words)
    if effect.ends:
        told.append(_ending(effect.ends, effect))
    if effect.suspension:
        told.append(_("期限按事故等级和 12 个月内的次数确定"))
    if effect.immediate:
        told.append(_("可以先行生效：%s") % effect.immediate)
    elif effect.defence:
        told.append(
            _("作出前先行告知，企业可以在 %(within)s 内陈述申辩%(office)s")
            % {"within": effect.defence.clock, "office": _("（期限由机关设定）") if effect.defence.by_office else ""}
        )
    told.append(_("由两名以上工作人员分别承办、审核、签发，系统不自动作出决定"))
    owner = _owner(effect.act.power, effect.act.seat)
    return Effect(effect.id, PROPOSAL, effect.label, owner, *_within(effect.within), effect.citation, tuple(told))


def _ending(ends: End, effect: ProposalEffect) -> str:
    if ends is End.FACTS and effect.ends_on:
        return _("出现「%s」时自动解除") % EVENT_TYPES[effect.ends_on].label
    if ends is End.TERM and effect.term:
        return _("期限 %s，期满自动解除") % effect.term
    return END_LABELS[ends]


def _obligation(effect: Any) -> Effect:
    done = "、".join(f"「{EVENT_TYPES[name].label}」" for name in effect.done_by)
    told = (_("出现%s即为办结") % done,) if done else ()
    owner = _owner(effect.owner.power, effect.owner.seat)
    return Effect(effect.id, OBLIGATION, effect.what, owner, *_within(effect.within), effect.citation, told)


def _share(effect: Any) -> Effect:
    until = EVENT_TYPES[effect.until].label if effect.until else ""
    told = (_("期限 %s") % effect.term if effect.term else _("出现「%s」时自动恢复") % until,)
    return Effect(effect.id, SHARE, effect.label, _("平台自动"), "", False, effect.citation, told)


def _copy(effect: Any) -> Effect:
    return Effect(effect.id, COPY, effect.asks, effect.to, *_within(effect.within), effect.citation, ())


_EFFECTS: Final[Mapping[type[RuleEffect], Callable[[Any], Effect]]] = {
    FlagEffect: _flag,
    ProposalEffect: _proposal,
    ObligationEffect: _obligation,
    ShareEffect: _share,
    CopyEffect: _copy,
}
