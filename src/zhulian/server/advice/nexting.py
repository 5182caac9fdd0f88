"""可申报与接近: every grade of every category by its distance, for both purposes; and the cures of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zhulian import rulebooks
from zhulian.core.advice import Cure, Distance, Line, Sight, cures, distance, look, told
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict, all_of
from zhulian.core.rules.assessment import Runner
from zhulian.core.rules.model import APPLICATION, VERIFICATION, GradeRule, Missing
from zhulian.core.rules.reasons import TOGETHER
from zhulian.server.advice import copying, seeing
from zhulian.server.assessments import verification
from zhulian.server.assessments.moments import Moment
from zhulian.server.assessments.quantities import quantity
from zhulian.server.assessments.runner import DjangoRunner
from zhulian.server.assessments.selectors import ROOT

NEAR: Final = 2
"""Clauses short at most for a grade to be called near."""
STANDINGS: Final = (
    ("held", "现已持有"),
    ("ready", "可以申报"),
    ("unsettled", "补齐数据后可定"),
    ("near", "接近"),
    ("far", "较远"),
    ("open", "标准数值不全"),
)
CATEGORIES: Final = (("D1", "施工总承包"), ("D2", "专业承包"), ("D3", "施工劳务"))


@dataclass(frozen=True, slots=True)
class Reach:
    """One grade: its verdict for both purposes, how far it is, and what is missing to apply for it."""

    code: str
    name: str
    category: str
    grade: str
    held: bool
    verdicts: tuple[tuple[str, Verdict], ...]
    distance: Distance
    told: tuple[Line, ...]
    judged: int
    """Clauses that have a figure."""

    @property
    def standing(self) -> str:
        """Where it stands, one of `STANDINGS`."""
        if self.held:
            return "held"
        if self.distance.zero:
            return "ready"
        if self.judged == 0:
            return "open"
        if not self.distance.clauses:
            return "unsettled"
        return "near" if self.distance.clauses <= NEAR else "far"

    @property
    def rank(self) -> tuple[object, ...]:
        """The list's order: by distance; grades whose figures are not known come last."""
        return (self.judged == 0, self.distance.rank, -self.judged, self.code)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing, in figures."""
        far = self.distance
        parts = (
            (far.persons, f"{far.persons:,} 人"),
            (far.fen, quantity(far.fen, "元")),
            (far.works, f"业绩 {far.works} 项（类）"),
            (far.machines, f"设备 {far.machines} 台"),
        )
        return tuple(text for number, text in parts if number)


def reaches(enterprise: int, moment: Moment) -> list[Reach]:
    """Every grade that has a rule, nearest first; the enterprise is read once, and the rules asked of that copy."""
    held, province = set(seeing.held_codes(enterprise, moment)), seeing.province_of(enterprise, moment)
    codes = [code for code in rulebooks.library().codes() if code.startswith(ROOT)]
    with copying.borrowed(DjangoRunner(), enterprise=enterprise, known_at=moment.known_at) as copy:
        found = [_reach(copy, enterprise, code, moment, province, held=code in held) for code in codes]
    return sorted((reach for reach in found if reach is not None), key=lambda r: r.rank)


def _reach(copy: Runner, enterprise: int, code: str, moment: Moment, province: str, *, held: bool) -> Reach | None:
    rule = seeing.rule_of(code, moment, APPLICATION, province)
    if isinstance(rule, Missing):
        return None
    reason = _look(copy, enterprise, rule, moment).reason()
    kept = seeing.rule_of(code, moment, VERIFICATION, province)
    verdicts = ((APPLICATION, reason.verdict), *_verification(copy, enterprise, rule, reason, kept, moment))
    name = verification.code_name(code)
    return Reach(
        code=code,
        name=name,
        category=code[:2],
        grade=rule.grade,
        held=held,
        verdicts=verdicts,
        distance=distance(rule, reason),
        told=told(rule, reason, quantity),
        judged=sum(child.required is not None for child in reason.children if child.id != TOGETHER),
    )


def _verification(
    copy: Runner, enterprise: int, rule: GradeRule, reason: Reason, kept: GradeRule | Missing, moment: Moment
) -> tuple[tuple[str, Verdict], ...]:
    """The verdict for 动态核查: the clauses that it shares with an application are judged once."""
    if isinstance(kept, Missing):
        return ()
    ids = {clause.id for clause in kept.clauses}
    if set(kept.clauses) <= set(rule.clauses):
        shared = [child.verdict for child in reason.children if child.id in ids or child.id == TOGETHER]
        return ((VERIFICATION, all_of(shared)),)
    return ((VERIFICATION, _look(copy, enterprise, kept, moment).reason().verdict),)


def _look(runner: Runner, enterprise: int, rule: GradeRule, moment: Moment) -> Sight:
    return look(runner, rule, enterprise=enterprise, as_of=moment.as_of, known_at=moment.known_at)


@dataclass(frozen=True, slots=True)
class Prescription:
    """One grade for one purpose with its cures."""

    code: str
    name: str
    verdict: Verdict
    distance: Distance
    told: tuple[Line, ...]
    cures: tuple[Cure, ...]
    open: tuple[str, ...]
    """Labels of clauses that no change cures."""

    @property
    def short(self) -> tuple[Line, ...]:
        """What is missing."""
        return tuple(line for line in self.told if line.verdict is Verdict.SHORT)

    @property
    def unknown(self) -> tuple[Line, ...]:
        """What is not known, and which paper would tell."""
        return tuple(line for line in self.told if line.verdict is Verdict.UNKNOWN)


def prescribe(enterprise: int, code: str, moment: Moment, prices: Mapping[str, int]) -> Prescription | Missing:
    """The cures of one grade for the moment's purpose."""
    rule = seeing.rule_of(code, moment, moment.purpose, seeing.province_of(enterprise, moment))
    if isinstance(rule, Missing):
        return rule
    sight = _look(DjangoRunner(), enterprise, rule, moment)
    reason = sight.reason()
    found = tuple(cures(sight, as_of=moment.as_of, prices=prices or None))
    labels = {clause.id: clause.label for clause in rule.clauses}
    lacking = [c.id for c in reason.children if c.verdict is not Verdict.MET and c.id != TOGETHER]
    left = found[0].open if found else lacking
    return Prescription(
        code=code,
        name=verification.code_name(code),
        verdict=reason.verdict,
        distance=distance(rule, reason),
        told=told(rule, reason, quantity),
        cures=found,
        open=tuple(labels[clause] for clause in left),
    )
