"""Reasons: a pure function of the plan's row and the division's certificate.

One small function per kind of clause; each gives the bounds, the verdict and the sentences that say what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from zhulian.core.kernel.reasons import Citation, Reason
from zhulian.core.kernel.verdicts import Verdict, all_of, any_of, at_least
from zhulian.core.rules.division import Division
from zhulian.core.rules.features import coverings, features_of
from zhulian.core.rules.model import (
    GROUPS,
    SCALES,
    AnyClause,
    Clause,
    EquipmentClause,
    GradeRule,
    LeadWorksClause,
    ManualClause,
    MeasureClause,
    Missing,
    OfficerClause,
    PeopleClause,
    PermitClause,
    WorkAlternative,
    WorkKind,
    WorksClause,
)
from zhulian.core.tables import INDICATORS, TABLES

Row: TypeAlias = Mapping[str, Any]

TOGETHER: Final = "staff-together"
"""Id of the joint clause: one person, one group."""

BY_HAND: Final = "平台没有此项数据，须人工核实"
NO_FIGURE: Final = "标准数值未查到出处"
_DOUBTS: Final = {
    "insurance_unknown": "社保信息未归集，{n} 人能否计入未定",
    "age_unknown": "出生日期未归集，{n} 人能否计入未定",
    "elsewhere_unknown": "在其他企业的注册是否有效不明，{n} 人能否计入未定",
    "row_unknown": "证书的专业、等级或有效期未归集，{n} 人能否计入未定",
}


class Findings:
    """A plan's row read by the rule it was made for."""

    def __init__(self, rule: GradeRule, row: Row) -> None:
        self.rule, self.row, self.features = rule, row, features_of(rule)

    def covered(self, *tables: str) -> bool:
        """Whether absence of rows in all these tables means "none"."""
        return all(self.row[f"cover_{name}"] for name in tables)

    def bounds(self, low: str, high: str, *tables: str) -> tuple[int, int | None]:
        """Two columns; the upper one means nothing without coverage."""
        return self.row[low], self.row[high] if self.covered(*tables) else None

    def number(self, clause: AnyClause) -> int:
        """Place of a clause among those of its kind: the plan numbers its columns so."""
        return [c for c in self.rule.clauses if type(c) is type(clause)].index(clause)


def tables_needed(clause: PeopleClause) -> tuple[str, ...]:
    """Tables that must be covered for an upper bound.

    Titles name no enterprise: who holds one and works here is known only where the insurance is covered too.
    """
    return (clause.table, "insurance") if clause.table == "title" else (clause.table,)


def root(rule: GradeRule, row: Row, sure: Division | None, may: Division | None) -> Reason:
    """The whole assessment: every clause, and the joint one where at least two staff groups bind."""
    findings = Findings(rule, row)
    children = [clause_reason(findings, clause) for clause in rule.clauses]
    if findings.features.groups:
        children.append(together(findings, sure, may))
    verdict = all_of(child.verdict for child in children)
    notes = tuple(dict.fromkeys(note for child in children for note in child.notes if note.startswith("数据依据")))
    return Reason(
        id=rule.code,
        label=f"{rule.subject}（{rule.purpose}）",
        verdict=verdict,
        citation=Citation(rule.source.document, "", rule.source.evidence),
        notes=notes,
        children=tuple(children),
    )


def missing(rule: Missing, purpose: str) -> Reason:
    """No rule: unknown, and why."""
    return Reason(id=rule.code, label=f"{rule.code}（{purpose}）", verdict=Verdict.UNKNOWN, notes=(rule.reason,))


def clause_reason(findings: Findings, clause: AnyClause) -> Reason:
    """The reason of one clause."""
    return _MAKERS[type(clause)](findings, clause)


def _reason(
    clause: Clause,
    required: int | None,
    low: int | None,
    high: int | None,
    *,
    notes: tuple[str, ...] = (),
    children: tuple[Reason, ...] = (),
    unit: str = "",
) -> Reason:
    own = at_least(required, low, high)
    verdict = all_of([own, *[child.verdict for child in children]])
    short_by = None
    if verdict is Verdict.SHORT:
        short_by = max(1, required - high) if own is Verdict.SHORT and required and high is not None else 1
    return Reason(
        id=clause.id,
        label=clause.label,
        verdict=verdict,
        required=required,
        found_at_least=low,
        found_at_most=high,
        short_by=short_by,
        unit=unit or SCALES[type(clause)].unit,
        citation=clause.citation,
        notes=_standing(clause, required) + (notes if verdict is Verdict.UNKNOWN or own is Verdict.SHORT else ()),
        children=children,
    )


_DOUBTED: Final = {"weak": "数据依据较弱，仅供参考", "draft": "数据依据是征求意见稿，仅供参考"}


def _standing(clause: Clause, required: int | None) -> tuple[str, ...]:
    notes = [clause.note] if clause.note else []
    if required is None:
        notes.append(NO_FIGURE)
    if clause.citation.evidence in _DOUBTED:
        notes.append(_DOUBTED[clause.citation.evidence])
    return tuple(notes)


def _not_covered(findings: Findings, *tables: str) -> tuple[str, ...]:
    absent = [TABLES[name].label for name in tables if not findings.row[f"cover_{name}"]]
    return (f"{'、'.join(absent)}数据未完整归集，可能还有未归集的记录",) if absent else ()


def _measure(findings: Findings, clause: MeasureClause) -> Reason:
    row, name = findings.row, clause.measure
    if row["money_on"] is None:
        low = high = None
        notes = ("没有该日以前的财务报表",)
    elif row[f"{name}_null"]:
        low = high = None
        notes = (f"{row['money_on']} 的报表未填{TABLES['finance'].column(name).label}",)
    else:
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        notes = (f"按 {row['money_on']} 的报表", *(("同日报表的数值不一致",) if low != high else ()))
    return _reason(clause, clause.at_least, low, high, notes=notes, unit="元")


def _people(findings: Findings, clause: PeopleClause) -> Reason:
    bit = findings.features.bit(clause.table, clause.where)
    needed = tables_needed(clause)
    low, high = findings.bounds(f"s{bit}", f"m{bit}", *needed)
    doubts = {name: findings.row[f"{name}{bit}"] for name in _DOUBTS}
    notes = tuple(_DOUBTS[name].format(n=n) for name, n in doubts.items() if n)
    children = tuple(
        _covering(findings, clause, value, findings.features.bit(clause.table, where))
        for value, where in zip(clause.covering[1] if clause.covering else (), coverings(clause), strict=True)
    )
    return _reason(
        clause, clause.at_least, low, high, notes=(*notes, *_not_covered(findings, *needed)), children=children
    )


def _covering(findings: Findings, clause: PeopleClause, value: str, bit: int) -> Reason:
    low, high = findings.bounds(f"s{bit}", f"m{bit}", *tables_needed(clause))
    verdict = at_least(1, low, high)
    return Reason(
        id=f"{clause.id}/{value}",
        label=f"{clause.label}含{value}",
        verdict=verdict,
        required=1,
        found_at_least=low,
        found_at_most=high,
        short_by=1 if verdict is Verdict.SHORT else None,
        unit="人",
        citation=clause.citation,
    )


def _officer(findings: Findings, clause: OfficerClause) -> Reason:
    n = findings.number(clause)
    low, high = findings.bounds(f"officer_s{n}", f"officer_m{n}", "officer")
    notes = list(_not_covered(findings, "officer"))
    if not low and findings.row[f"officer_m{n}"]:
        notes.append(f"{clause.post}的年限、年龄、社保或证书信息未归集，能否认定未定")
    required = None if clause.years is None else 1
    return _reason(clause, required, low, high, notes=tuple(notes))


def _works(findings: Findings, clause: WorksClause) -> Reason:
    n, start, children = findings.number(clause), 0, []
    for kind in clause.kinds:
        children.append(_kind(findings, clause, kind, (n, start)))
        start += len(kind.alternatives)
    low = sum(child.verdict is Verdict.MET for child in children)
    may = sum(child.verdict is not Verdict.SHORT for child in children)
    high = may if findings.covered("work") else None
    own = at_least(clause.choose, low, high)
    short_by = clause.choose - high if own is Verdict.SHORT and clause.choose and high is not None else None
    notes = _not_covered(findings, "work") if own is not Verdict.MET else ()
    return Reason(
        id=clause.id,
        label=clause.label,
        verdict=own,
        required=clause.choose,
        found_at_least=low,
        found_at_most=high,
        short_by=short_by,
        unit="类",
        citation=clause.citation,
        notes=_standing(clause, clause.choose) + notes,
        children=tuple(children),
    )


def _kind(findings: Findings, clause: WorksClause, kind: WorkKind, place: tuple[int, int]) -> Reason:
    n, start = place
    children = tuple(
        _alternative(findings, clause, alternative, f"{kind.id}/{position + 1}", f"w{n}_{{}}{start + position}")
        for position, alternative in enumerate(kind.alternatives)
    )
    return Reason(
        id=kind.id,
        label=kind.label,
        verdict=any_of(child.verdict for child in children),
        citation=clause.citation,
        children=children,
    )


def _alternative(
    findings: Findings, clause: WorksClause, alternative: WorkAlternative, name: str, column: str
) -> Reason:
    low: int = findings.row[column.format("s")]
    open_end = not findings.covered("work") or (alternative.summed and findings.row[column.format("z")])
    high: int | None = None if open_end else findings.row[column.format("m")]
    figure = alternative.total if alternative.summed else alternative.at_least
    required = figure if alternative.summed or figure is None else alternative.works
    indicator = INDICATORS[alternative.indicator]
    verdict = at_least(required, low if figure is not None else None, high)
    return Reason(
        id=name,
        label=indicator.label,
        verdict=verdict,
        required=required,
        found_at_least=low if figure is not None else None,
        found_at_most=high,
        short_by=required - high if verdict is Verdict.SHORT and required and high is not None else None,
        unit=indicator.unit if alternative.summed else "项",
        citation=clause.citation,
        notes=() if figure is not None else (NO_FIGURE,),
    )


def _lead_works(findings: Findings, clause: LeadWorksClause) -> Reason:
    n = findings.number(clause)
    needed = ("everyone_work", "officer", "registration")
    low, high = findings.bounds(f"l{n}_s", f"l{n}_m", *needed)
    notes = _not_covered(findings, "officer", "registration")
    if not findings.covered("everyone_work"):
        notes += ("负责人可能在其他企业主持过的业绩未完整归集",)
    return _reason(clause, clause.at_least, low, high, notes=notes)


def _equipment(findings: Findings, clause: EquipmentClause) -> Reason:
    n = findings.number(clause)
    low, high = findings.bounds(f"e{n}_s", f"e{n}_m", "equipment")
    high = None if findings.row[f"e{n}_z"] else high
    return _reason(clause, clause.at_least, low, high, notes=_not_covered(findings, "equipment"))


def _permit(findings: Findings, clause: PermitClause) -> Reason:
    low, high = findings.bounds("permit_s", "permit_m", "safety_permit")
    return _reason(clause, 1, low, high, notes=_not_covered(findings, "safety_permit"), unit="本")


def _manual(_findings: Findings, clause: ManualClause) -> Reason:
    notes = (BY_HAND, *_standing(clause, 0))
    return Reason(clause.id, clause.label, Verdict.UNKNOWN, citation=clause.citation, notes=notes)


_MAKERS: Final[dict[type[Clause], Callable[[Findings, Any], Reason]]] = {
    MeasureClause: _measure,
    PeopleClause: _people,
    OfficerClause: _officer,
    WorksClause: _works,
    LeadWorksClause: _lead_works,
    EquipmentClause: _equipment,
    PermitClause: _permit,
    ManualClause: _manual,
}


def together(findings: Findings, sure: Division | None, may: Division | None) -> Reason:
    """One person, one group: how many people are missing at least for all groups to be full at once.

    `sure` and `may` None: the plan's own tests already decided that nobody is missing.
    """
    groups = findings.features.groups
    required = sum(max(demand.at_least for demand in demands) for demands in groups.values())
    missing_sure, missing_may = (division.missing if division else 0 for division in (sure, may))
    grouped = [c for c in findings.features.people if c.group]
    open_figure = any(clause.at_least is None for clause in grouped)
    uncovered = any(not findings.covered(*tables_needed(clause)) for clause in grouped)
    low = None if open_figure else required - missing_sure
    high = None if uncovered and not missing_may else required - missing_may
    verdict = at_least(required, low, high)
    notes = []
    if verdict is Verdict.SHORT and may is not None:
        parts = [f"{GROUPS[group]}缺 {n} 人" for group, n in may.short.items() if n]
        notes.append(f"同一人只能计入一类人员，合计至少还缺 {missing_may} 人（例如{'，'.join(parts)}）")
    if verdict is Verdict.UNKNOWN:
        notes.append(f"按确定可计入的人员，合计还缺 {missing_sure} 人；可能计入的人员未定")
    return Reason(
        id=TOGETHER,
        label="各类人员同时满足（一人只计一类）",
        verdict=verdict,
        required=required,
        found_at_least=low,
        found_at_most=high,
        short_by=missing_may if verdict is Verdict.SHORT else None,
        unit="人",
        citation=Citation(findings.rule.source.document, "", findings.rule.source.evidence),
        notes=tuple(notes),
    )
