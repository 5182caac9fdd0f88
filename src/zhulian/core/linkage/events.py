"""The event types of the loop (loop.md "Events"): what each tells, about whom, and what makes two reports one.

`key` names the fields whose values identify a happening whoever reports it: an accident is the same accident when
enterprise, project and day agree, though two feeds number it differently. Types of the market come from an effective
decision; a suspicion is an alert and no event here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.lifecycle import OUTCOMES

register(
    ErrorKind("event.type_unknown", "没有「{type}」这种事件", "可用的事件类型见接口文档的事件目录"),
    ErrorKind("event.field_missing", "事件「{type}」缺少「{field}」（{label}）", "请补上后重新推送"),
    ErrorKind("event.field_unknown", "事件「{type}」没有字段「{field}」", "请删除，或改为：{options}"),
    ErrorKind("event.field_value", "事件「{type}」的「{field}」（{label}）不能是 {value}", "应为：{expected}"),
)


class Domain(StrEnum):
    """Which part of the loop an event belongs to; the first three are the three fields that are linked (三联动)."""

    MARKET = "market"
    SITE = "site"
    QUALIFICATION = "qualification"
    CREDIT = "credit"
    PROCESS = "process"

    @property
    def label(self) -> str:
        """Chinese word shown on screen."""
        return DOMAIN_LABELS[self]


DOMAIN_LABELS: Final[Mapping[Domain, str]] = {
    Domain.MARKET: "市场",
    Domain.SITE: "现场",
    Domain.QUALIFICATION: "资质",
    Domain.CREDIT: "信用",
    Domain.PROCESS: "办理",
}


class Kind(StrEnum):
    """What a field holds; subjects are internal ids by the time an event is stored."""

    ENTERPRISE = "enterprise"
    PERSON = "person"
    PROJECT = "project"
    TEXT = "text"
    DATE = "date"
    COUNT = "count"
    FEN = "fen"
    BOOL = "bool"


EXPECTED: Final[Mapping[Kind, str]] = {
    Kind.ENTERPRISE: "企业（统一社会信用代码，或已登记的编号）",
    Kind.PERSON: "人员（已登记的编号）",
    Kind.PROJECT: "项目（项目编码，或已登记的编号）",
    Kind.TEXT: "不超过 500 字的文字",
    Kind.DATE: "形如 2025-03-01 的日期",
    Kind.COUNT: "不小于 0 的整数",
    Kind.FEN: "不小于 0 的整数，单位为分",
    Kind.BOOL: "true 或 false",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a payload; `options` closes a text."""

    name: str
    label: str
    kind: Kind
    required: bool = False
    options: tuple[str, ...] = ()
    internal: bool = False
    """Whether it says nothing to people: a number of a row of ours, a digest."""


@dataclass(frozen=True, slots=True)
class EventType:
    """One row of the catalogue. `pushed`: outside systems may send it; the others only we tell.

    `day` names the field with the day on which it happened. Empty where it is told of a state that still stands then
    (a permit that is over, a hazard not put right in time), or of what we do ourselves: its day is when it is told.
    """

    name: str
    label: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    pushed: bool = False
    day: str = ""

    @property
    def domain(self) -> Domain:
        """The part of the loop: the first word of the name, processes where it is none of the others."""
        word = self.name.partition(".")[0]
        return _DOMAIN_OF.get(word, Domain.PROCESS)

    def field(self, name: str) -> Field | None:
        """The field of that name, if there is one."""
        return next((f for f in self.fields if f.name == name), None)

    def happened(self, data: Mapping[str, Json], told: dt.date) -> dt.date:
        """The day on which it happened, at the latest the day on which it was told."""
        given = data.get(self.day) if self.day else None
        return min(dt.date.fromisoformat(given), told) if isinstance(given, str) else told


_DOMAIN_OF: Final = {
    "market": Domain.MARKET,
    "site": Domain.SITE,
    "qualification": Domain.QUALIFICATION,
    "permit": Domain.QUALIFICATION,
    "person": Domain.QUALIFICATION,
    "credit": Domain.CREDIT,
}

_ENTERPRISE: Final = Field("enterprise", "企业", Kind.ENTERPRISE, required=True)
_PROJECT: Final = Field("project", "工程项目", Kind.PROJECT)
_SITE: Final = Field("project", "工程项目", Kind.PROJECT, required=True)
_PERSON: Final = Field("person", "人员", Kind.PERSON, required=True)
_CODE: Final = Field("code", "资质代码", Kind.TEXT)


def _text(name: str, label: str, *options: str, required: bool = False) -> Field:
    return Field(name, label, Kind.TEXT, required=required, options=options)


def _number(name: str, label: str) -> Field:
    """A number of one of our own rows, by which whoever carries the event on finds it again."""
    return Field(name, f"{label}编号", Kind.COUNT, internal=True)


def _day(name: str, label: str, *, required: bool = False) -> Field:
    return Field(name, label, Kind.DATE, required=required)


_ON: Final = _day("on", "日期", required=True)
_DECISION: Final = (
    _text("record_no", "记录编号", required=True),
    _text("document_no", "文书文号"),
    _text("authority", "作出机关"),
    _day("decided_on", "决定日期"),
    _day("effective_on", "生效日期", required=True),
    _text("item", "事项"),
)
_ACCIDENT: Final = (
    _ENTERPRISE,
    _SITE,
    _day("occurred_on", "发生日期", required=True),
    _text("accident_no", "事故编号"),
    Field("deaths", "死亡人数", Kind.COUNT),
    Field("serious_injuries", "重伤人数", Kind.COUNT),
    Field("direct_loss", "直接经济损失", Kind.FEN),
    Field("concealed", "瞒报、谎报、迟报、漏报", Kind.BOOL),
)
_HAZARD: Final = (
    _text("hazard_no", "隐患编号", required=True),
    _ENTERPRISE,
    _SITE,
    _text("level", "隐患等级", "一般", "重大"),
    _text("what", "隐患类型"),
    _day("due_on", "整改期限"),
)
_PERMIT: Final = (
    _ENTERPRISE,
    _text("permit_no", "许可证编号", required=True),
    _day("valid_until", "有效期至"),
)
_VERDICT: Final = (_ENTERPRISE, Field("code", "资质代码", Kind.TEXT, required=True), _text("shortfall", "缺口"))
_JUDGED: Final = (
    *_VERDICT,
    _text("verdict", "结论"),
    _day("as_of", "核查日"),
    _text("rule_version", "标准版本"),
    Field("rule_hash", "规则指纹", Kind.TEXT, internal=True),
    _number("assessment", "结论"),
)
_CAMPAIGN: Final = (
    _text("title", "核查批次", required=True),
    _text("division", "行政区划", required=True),
    _text("organiser", "组织单位", required=True),
    Field("enterprises", "企业数", Kind.COUNT, required=True),
    _number("campaign", "核查批次"),
)
_OF_ACT: Final = (
    _PROJECT,
    _text("act", "事项"),
    _text("document_no", "文号"),
    _number("proposal", "拟办"),
    _number("restriction", "限制"),
)
_DECIDED: Final = (_ENTERPRISE, _CODE, *_OF_ACT)
_UNDERTAKING: Final = (
    _ENTERPRISE,
    _PROJECT,
    _text("act", "事项", required=True),
    _text("document_no", "文号"),
    _day("due_on", "期限"),
    Field("undertaking", "督办编号", Kind.COUNT),
)
_MOVE: Final = (_ENTERPRISE, _PERSON, _text("registration", "注册类别"), _ON)
_MOVE_KEY: Final = ("enterprise", "person", "registration", "on")


def _market(name: str, label: str) -> EventType:
    return EventType(f"market.{name}", label, (_ENTERPRISE, _PROJECT, *_DECISION), ("record_no",), True, "effective_on")


def _site(name: str, label: str, *fields: Field, key: tuple[str, ...] = (), day: str = "") -> EventType:
    return EventType(f"site.{name}", label, fields, key, pushed=True, day=day)


_TYPES: Final = (
    _market("penalty.effective", "行政处罚决定生效"),
    _market("bid.rigged", "串通投标的决定生效"),
    EventType(
        "market.contract.illegal",
        "违法发承包行为的认定生效",
        (
            _ENTERPRISE,
            _PROJECT,
            *_DECISION,
            _text("act", "违法行为", "转包", "违法分包", "挂靠", "出借资质", "违法发包", "超越资质承揽", required=True),
        ),
        ("record_no",),
        pushed=True,
        day="effective_on",
    ),
    _market("material.false", "以虚假材料取得资质的认定生效"),
    _market("dishonesty.listed", "列入严重失信主体名单"),
    _market("wages.unpaid", "拖欠农民工工资的决定生效"),
    _market("complaint.confirmed", "投诉举报查实"),
    EventType(
        "market.tender.won",
        "中标",
        (_ENTERPRISE, _PROJECT, _text("tender_no", "招标编号", required=True), _day("on", "中标日期")),
        ("tender_no", "enterprise"),
        pushed=True,
        day="on",
    ),
    _site(
        "accident.reported",
        "发生生产安全事故（快报）",
        *_ACCIDENT,
        key=("enterprise", "project", "occurred_on"),
        day="occurred_on",
    ),
    _site(
        "accident.concluded",
        "事故调查报告批复",
        *_ACCIDENT,
        _day("concluded_on", "批复日期", required=True),
        Field("responsible", "负有责任", Kind.BOOL),
        key=("enterprise", "project", "occurred_on"),
        day="concluded_on",
    ),
    _site("hazard.found", "发现安全隐患", *_HAZARD, _day("found_on", "发现日期"), key=("hazard_no",), day="found_on"),
    _site("hazard.overdue", "隐患逾期未整改", *_HAZARD, key=("hazard_no", "due_on")),
    _site(
        "hazard.closed",
        "隐患整改销号",
        *_HAZARD,
        _day("closed_on", "销号日期"),
        key=("hazard_no",),
        day="closed_on",
    ),
    _site(
        "presence.short",
        "关键岗位人员到岗不足",
        _ENTERPRISE,
        _SITE,
        _text("post", "岗位", required=True),
        _day("month", "月份（首日）", required=True),
        Field("present_days", "到岗天数", Kind.COUNT),
        Field("required_days", "应到岗天数", Kind.COUNT),
        key=("project", "enterprise", "post", "month"),
        day="month",
    ),
    _site(
        "staff.mismatch",
        "现场管理人员不是本企业人员",
        _ENTERPRISE,
        _SITE,
        _text("post", "岗位", required=True),
        Field("person", "人员", Kind.PERSON),
        _ON,
        key=("project", "enterprise", "post", "on"),
        day="on",
    ),
    _site(
        "leader.overlapping",
        "一人同时担任两个在建项目负责人",
        _ENTERPRISE,
        _SITE,
        _PERSON,
        _text("other_project", "另一项目", required=True),
        _ON,
        key=("person", "project", "other_project"),
    ),
    _site("progress.late", "进度滞后", _ENTERPRISE, _SITE, _ON, key=("project", "on"), day="on"),
    _site("cost.deviated", "造价偏离", _ENTERPRISE, _SITE, _ON, key=("project", "on"), day="on"),
    _site(
        "quality.failed",
        "质量检测不合格",
        _ENTERPRISE,
        _SITE,
        _text("test_no", "检测编号", required=True),
        key=("test_no",),
    ),
    _site(
        "monitor.exceeded",
        "监测超限",
        _ENTERPRISE,
        _SITE,
        _text("device_no", "设备编号", required=True),
        _ON,
        key=("device_no", "on"),
        day="on",
    ),
    _site(
        "inspection.failed",
        "现场检查不合格",
        _ENTERPRISE,
        _SITE,
        _text("task_no", "检查编号", required=True),
        key=("task_no",),
    ),
    _site(
        "cable.cut",
        "施工损坏地下管线",
        _ENTERPRISE,
        _SITE,
        _text("line", "管线类别", "通信", "供水", "排水", "燃气", "电力", "热力", required=True),
        _ON,
        key=("project", "line", "on"),
        day="on",
    ),
    EventType("qualification.fell_short", "资质条件核查结论变为不达标", _JUDGED),
    EventType("qualification.recovered", "资质条件核查结论恢复达标", _JUDGED),
    EventType("qualification.released", "被标识的资质不再持有", _JUDGED),
    EventType("qualification.flagged", "作出日常标识", _VERDICT),
    EventType("qualification.unflagged", "日常标识解除", _VERDICT),
    EventType("qualification.marked", "标注资质异常", (*_VERDICT, *_OF_ACT)),
    EventType("qualification.unmarked", "资质异常标注解除", (*_VERDICT, *_OF_ACT)),
    EventType("qualification.withdrawn", "资质撤回", (*_VERDICT, *_OF_ACT)),
    EventType("permit.expiring", "安全生产许可证即将到期", _PERMIT, ("permit_no", "valid_until")),
    EventType("permit.expired", "安全生产许可证到期", _PERMIT, ("permit_no", "valid_until")),
    EventType(
        "permit.suspended",
        "安全生产许可证暂扣",
        (*_PERMIT, _CODE, *_OF_ACT, _ON),
        ("enterprise", "on"),
        day="on",
    ),
    EventType(
        "permit.restored",
        "安全生产许可证恢复",
        (*_PERMIT, _CODE, *_OF_ACT, _ON),
        ("enterprise", "on"),
        day="on",
    ),
    EventType("person.joined", "人员注册到企业", _MOVE, _MOVE_KEY, day="on"),
    EventType("person.left", "人员注册自企业注销", _MOVE, _MOVE_KEY, day="on"),
    EventType("person.moved", "人员变更注册企业", _MOVE, _MOVE_KEY, day="on"),
    EventType("credit.recorded", "记入信用档案", (_ENTERPRISE, *_DECISION), ("record_no",), day="effective_on"),
    EventType(
        "credit.repaired",
        "信用修复",
        (_ENTERPRISE, *_DECISION, _day("repaired_on", "修复日期", required=True)),
        ("record_no", "repaired_on"),
        day="repaired_on",
    ),
    EventType(
        "rectification.overdue",
        "责令限期改正逾期",
        (_ENTERPRISE, _CODE, _day("due_on", "期限"), _number("rectification", "整改")),
    ),
    EventType(
        "rectification.closed",
        "整改验收通过",
        (_ENTERPRISE, _CODE, _day("closed_on", "日期"), _number("rectification", "整改")),
    ),
    EventType(
        "verification.concluded",
        "资质核查作出结论",
        (
            _ENTERPRISE,
            _CODE,
            _text("outcome", "结论", *OUTCOMES, required=True),
            _day("concluded_on", "结论日期"),
            _number("verification", "核查"),
        ),
    ),
    EventType(
        "verification.announced",
        "资质核查公告，企业开始自查",
        (
            _ENTERPRISE,
            _CODE,
            _text("title", "核查批次"),
            _day("self_check_until", "自查截止", required=True),
            _number("verification", "核查"),
        ),
    ),
    EventType("verification.short", "资质核查初审发现不符合资质条件", (*_VERDICT, _number("verification", "核查"))),
    EventType("campaign.announced", "核查批次公告", _CAMPAIGN),
    EventType("campaign.closed", "核查批次结束", _CAMPAIGN),
    EventType(
        "act.started",
        "主动发起约谈、提示函或者挂牌督办",
        (*_UNDERTAKING, _text("time", "约谈时间"), _text("place", "约谈地点")),
    ),
    EventType("act.assigned", "领导交办", _UNDERTAKING),
    EventType("act.reported", "督办事项报告办理情况", _UNDERTAKING),
    EventType("act.closed", "督办事项办结", _UNDERTAKING),
    EventType("act.revoked", "督办事项撤回", _UNDERTAKING),
    EventType("obligation.overdue", "待办事项逾期", (_ENTERPRISE, _text("what", "事项"), _day("due_on", "期限"))),
    EventType(
        "obligation.done",
        "待办事项办结",
        (_ENTERPRISE, _text("what", "事项"), _day("done_on", "日期"), _number("obligation", "待办")),
    ),
    EventType("decision.made", "作出决定", (*_DECIDED, _day("due_on", "期限"))),
    EventType("decision.annulled", "撤销决定", _DECIDED),
    EventType(
        "service.done",
        "送达完成",
        (_ENTERPRISE, _CODE, *_OF_ACT, _day("served_on", "送达日期")),
    ),
)

EVENT_TYPES: Final[Mapping[str, EventType]] = {t.name: t for t in _TYPES}
"""Every type of the loop by name."""


ENDS_TOO: Final[Mapping[str, tuple[str, ...]]] = {"qualification.released": ("qualification.recovered",)}
"""Event type → types whose endings it brings as well: what is held no more cannot be short, marked or put right."""


def ending_of(name: str) -> tuple[str, ...]:
    """The types by which an event of this type ends what waits for them: its own, and those of `ENDS_TOO`."""
    return (name, *ENDS_TOO.get(name, ()))


def with_endings(names: Iterable[str]) -> set[str]:
    """These types, and those that bring their endings as well."""
    wanted = set(names)
    return wanted | {name for name, others in ENDS_TOO.items() if wanted & set(others)}


def event_type(name: str) -> EventType:
    """The type of that name.

    Raises:
        ZhulianError: `event.type_unknown`.
    """
    found = EVENT_TYPES.get(name)
    if found is None:
        raise ZhulianError("event.type_unknown", type=name)
    return found


KEY_LIMIT: Final = 200
"""Characters of a business key that are stored; a longer one is told by its digest."""


def business_key(kind: EventType, data: Mapping[str, Json]) -> str:
    """The key that makes two reports of one happening one event; empty where the type has none."""
    key = "|".join(str(data.get(name, "")) for name in kind.key)
    return key if len(key) <= KEY_LIMIT else hashlib.sha256(key.encode()).hexdigest()
