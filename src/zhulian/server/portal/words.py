"""Clauses of a rulebook in words: what a person reads on the rules page, made from the same values the engine runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from zhulian.core.rules.model import (
    GROUPS,
    AnyClause,
    Credential,
    EquipmentClause,
    Filter,
    LeadWorksClause,
    ManualClause,
    MeasureClause,
    OfficerClause,
    PeopleClause,
    PermitClause,
    WorkAlternative,
    WorkKind,
    WorksClause,
)
from zhulian.core.tables import INDICATORS, table
from zhulian.server.assessments.quantities import quantity

UNKNOWN: Final = "标准数值未查到，按“数据不足”处理"


def requirement(clause: AnyClause) -> str:
    """What the clause asks, as one Chinese sentence without its label."""
    return _WORDS[type(clause)](clause)


def details(clause: AnyClause) -> list[str]:
    """What else the clause says: counting limits, coverage, the kinds of works, its note."""
    out = [*_DETAILS.get(type(clause), lambda _: [])(clause)]
    if len(clause.purposes) == 1:
        out.append(f"仅用于{clause.purposes[0]}")
    return [*out, *([clause.note] if clause.note else [])]


def _at_least(value: int | None, unit: str) -> str:
    return UNKNOWN if value is None else f"不少于 {quantity(value, unit)}"


def _measure(clause: MeasureClause) -> str:
    return _named(table("finance").column(clause.measure).label, _at_least(clause.at_least, "元"), clause.label)


def _named(name: str, words: str, heading: str) -> str:
    """The words with what they are about in front, unless the heading has just said so."""
    return words if name == heading else f"{name} {words}"


def _people(clause: PeopleClause) -> str:
    return _at_least(clause.at_least, "人")


def _officer(clause: OfficerClause) -> str:
    wanted = [] if clause.years == 0 else [f"{_years(clause.years)}相关管理经历"]
    if clause.alternatives:
        wanted.append("具有" + "，或".join("且".join(map(_credential, all_of)) for all_of in clause.alternatives))
    return "；".join(wanted) or f"配备{clause.post}"


def _years(years: int | None) -> str:
    return "年限未查到的" if years is None else f"{years} 年以上"


def _credential(credential: Credential) -> str:
    return "".join(_values(values) for _, values in reversed(credential.where)) + table(credential.table).label


def _values(values: tuple[str, ...]) -> str:
    return "、".join(values)


def _works(clause: WorksClause) -> str:
    since = f"近 {clause.lookback_years} 年" if clause.lookback_years else ""
    if clause.choose is None:
        return UNKNOWN
    return f"{since}承担过下列 {len(clause.kinds)} 类中的 {clause.choose} 类工程，质量合格"


def _lead_works(clause: LeadWorksClause) -> str:
    return f"主持完成过符合条件的工程{_at_least(clause.at_least, '项')}"


def _equipment(clause: EquipmentClause) -> str:
    return f"自有{_values(clause.kinds)}{_at_least(clause.at_least, '台')}"


def _permit(_: PermitClause) -> str:
    return "当日持有有效的安全生产许可证"


def _manual(_: ManualClause) -> str:
    return "平台没有此项数据，须人工核实"


def _people_details(clause: PeopleClause) -> list[str]:
    out = [_filter(clause.table, one) for one in clause.where]
    if clause.covering:
        out.append(f"{_column(clause.table, clause.covering[0])}须齐全：{_values(clause.covering[1])}")
    if clause.group:
        out.append(f"人员类别：{GROUPS[clause.group]}；同一人只计入一类")
    return out


def _filter(name: str, one: Filter) -> str:
    return f"{_column(name, one[0])}：{_values(one[1])}"


def _column(name: str, column: str) -> str:
    return table(name).column(column).label


def _kinds(clause: WorksClause | LeadWorksClause) -> list[str]:
    return [f"{kind.label}：{_kind(kind)}" for kind in clause.kinds]


def _kind(kind: WorkKind) -> str:
    return "，或".join(
        _named(INDICATORS[one.indicator].label, _alternative(one), kind.label) for one in kind.alternatives
    )


def _alternative(one: WorkAlternative) -> str:
    unit = INDICATORS[one.indicator].unit
    if one.summed:
        return f"累计{_at_least(one.total, unit)}"
    if one.at_least is None:
        return UNKNOWN
    band = "" if one.below is None else f"、{quantity(one.below, unit)} 以下"
    return f"{quantity(one.at_least, unit)} 以上{band}的 {one.works} 项"


_WORDS: Final[dict[type, Callable[[Any], str]]] = {
    MeasureClause: _measure,
    PeopleClause: _people,
    OfficerClause: _officer,
    WorksClause: _works,
    LeadWorksClause: _lead_works,
    EquipmentClause: _equipment,
    PermitClause: _permit,
    ManualClause: _manual,
}
_DETAILS: Final[dict[type, Callable[[Any], list[str]]]] = {
    PeopleClause: _people_details,
    WorksClause: _kinds,
    LeadWorksClause: _kinds,
}
