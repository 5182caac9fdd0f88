"""Shortfall in plain words (还差 3 名建筑工程专业一级注册建造师), and which paper would settle what is unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules.model import (
    AnyClause,
    EquipmentClause,
    GradeRule,
    LeadWorksClause,
    MeasureClause,
    OfficerClause,
    PeopleClause,
    PermitClause,
    WorksClause,
)
from zhulian.core.rules.reasons import NO_FIGURE, TOGETHER

Say: TypeAlias = Callable[[int, str], str]
"""A stored integer with its unit as people read it: (300000000, 元) → 300 万元."""


@dataclass(frozen=True, slots=True)
class Line:
    """One clause that does not hold: what to know, and for an unknown one which paper would tell."""

    clause: str
    verdict: Verdict
    text: str
    paper: str = ""


PAPERS: Final[Mapping[str, str]] = {
    "registration": "注册证书和本单位社保缴费记录",
    "title": "职称证书和本单位社保缴费记录",
    "post_certificate": "岗位证书和本单位社保缴费记录",
    "safety_certificate": "安全生产考核合格证书",
    "skill": "技能等级证书和本单位社保缴费记录",
}
_PAPERS_BY_KIND: Final[Mapping[type, str]] = {
    MeasureClause: "最近一期财务报表（经审计）",
    OfficerClause: "任职文件、工程管理资历和证书",
    WorksClause: "竣工验收证明和业绩指标（四库平台业绩补录）",
    LeadWorksClause: "负责人主持工程的竣工验收证明",
    EquipmentClause: "自有设备的购置凭证",
    PermitClause: "安全生产许可证",
}


def told(rule: GradeRule, reason: Reason, say: Say) -> tuple[Line, ...]:
    """A line for every clause that does not hold, short ones first, in the rule's order."""
    clauses = {clause.id: clause for clause in rule.clauses}
    short = [c for c in reason.children if c.verdict is Verdict.SHORT]
    separate = sum(c.short_by or 0 for c in short if c.unit == "人" and c.id != TOGETHER)
    lines = [
        Line(
            child.id, child.verdict, _together(child) if child.id == TOGETHER else _short(clauses[child.id], child, say)
        )
        for child in short
        # One person one group: worth a line only where it asks for more than the clauses one by one.
        if child.id != TOGETHER or (child.short_by or 0) > separate
    ]
    unknown = [c for c in reason.children if c.verdict is Verdict.UNKNOWN and c.id != TOGETHER]
    return (*lines, *(_unknown(clauses[child.id], child) for child in unknown))


def _together(reason: Reason) -> str:
    return reason.notes[-1] if reason.notes else f"各类人员合计至少还差 {reason.short_by or 1} 名（同一人只计一类）"


def _short(clause: AnyClause, reason: Reason, say: Say) -> str:
    return _SHORT.get(type(clause), _other)(clause, reason, say)


def _other(clause: AnyClause, reason: Reason, say: Say) -> str:
    return f"{clause.label}还差 {say(reason.short_by or 1, reason.unit)}"


def _measure(clause: MeasureClause, reason: Reason, say: Say) -> str:
    have = say(reason.found_at_most or 0, reason.unit)
    return f"{clause.label}还差 {say(reason.short_by or 1, reason.unit)}（现有 {have}）"


def _people(clause: PeopleClause, reason: Reason, say: Say) -> str:
    label = clause.label.removeprefix("其中").removeprefix("持有")
    missing = [child.id.rpartition("/")[2] for child in reason.children if child.verdict is Verdict.SHORT]
    parts = []
    if reason.found_at_most is not None and (reason.required or 0) > reason.found_at_most:
        parts.append(f"还差 {(reason.required or 0) - reason.found_at_most:,} 名{label}")
    if missing:
        parts.append(f"{label}中还没有{'、'.join(missing)}")
    del say
    return "，".join(parts) or f"{label}不足"


def _officer(clause: OfficerClause, _reason: Reason, _say: Say) -> str:
    years = f"（须有 {clause.years} 年以上工程施工技术管理经历和规定的职称或注册）" if clause.years else ""
    return f"还没有符合条件的{clause.post}{years}"


def _works(clause: WorksClause, reason: Reason, _say: Say) -> str:
    return f"还差 {reason.short_by or 1} 类企业工程业绩（{'、'.join(kind.label for kind in clause.kinds)} 中任选）"


def _lead_works(clause: LeadWorksClause, reason: Reason, _say: Say) -> str:
    return f"还差 {reason.short_by or 1} 项由技术负责人或注册建造师主持完成的业绩（{clause.label}）"


def _equipment(clause: EquipmentClause, reason: Reason, _say: Say) -> str:
    return f"还差 {reason.short_by or 1:,} 台自有设备（{'、'.join(clause.kinds)}）"


def _permit(_clause: PermitClause, _reason: Reason, _say: Say) -> str:
    return "没有有效的安全生产许可证"


_SHORT: Final[dict[type, Callable[[Any, Reason, Say], str]]] = {
    MeasureClause: _measure,
    PeopleClause: _people,
    OfficerClause: _officer,
    WorksClause: _works,
    LeadWorksClause: _lead_works,
    EquipmentClause: _equipment,
    PermitClause: _permit,
}


def _unknown(clause: AnyClause, reason: Reason) -> Line:
    if reason.required is None:
        why = next((note for note in reason.notes if note == NO_FIGURE), reason.notes[0] if reason.notes else NO_FIGURE)
        return Line(reason.id, reason.verdict, f"{clause.label}：{why}", "")
    why = "；".join(dict.fromkeys(note for note in reason.notes if note != clause.note)) or "数据不足"
    paper = PAPERS.get(getattr(clause, "table", ""), "") or _PAPERS_BY_KIND.get(type(clause), "")
    return Line(reason.id, reason.verdict, f"{clause.label}：{why}", paper)
