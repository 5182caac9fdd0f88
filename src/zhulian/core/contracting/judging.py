"""One contract against what its holder might undertake on the day it was signed.

Three values throughout. Nothing is found on a guess: where the category, the grade of the day, a figure or the
standard's figure is not told, the contract stays unknown and the reason says which.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from zhulian.core.contracting.figures import FIGURES, PARTS_OF_AMOUNT, Bounds, read, shown
from zhulian.core.contracting.loader import ScopeLibrary
from zhulian.core.contracting.model import (
    RANKS,
    Contract,
    Finding,
    GradeScope,
    Held,
    Limit,
    MappingVersion,
    ScopeVersion,
    Standing,
)
from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.kernel.reasons import Citation, Reason
from zhulian.core.kernel.text import squash
from zhulian.core.kernel.verdicts import Verdict, all_of

GENERAL: Final = "D1"
"""施工总承包: a holder of another general category may build houses that belong to its own works."""
FLOOR: Final = "-floor"
"""Ending of the id of a reason that is about a lower limit."""
_STANDINGS: Final = {
    Verdict.MET: Standing.WITHIN,
    Verdict.SHORT: Standing.BEYOND,
    Verdict.UNKNOWN: Standing.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Category:
    """Which category a contract belongs to; `code` empty: not told. `why` is a whole sentence."""

    code: str
    sure: bool
    why: str
    citation: Citation | None = None


def judge(
    contract: Contract,
    held: Sequence[Held],
    library: ScopeLibrary,
    *,
    complete: bool,
    known_at: dt.datetime | None = None,
) -> Finding:
    """The finding about a contract.

    Args:
        contract: with what its project tells.
        held: all qualifications of the holder on the day of signing, other categories included.
        library: limits and the mapping of contracts to categories.
        complete: whether absence from `held` means that nothing else was held on the day.
        known_at: law published after this moment is not applied; None for all.
    """
    if contract.signed_on is None:
        return _unknown(contract, "", "没有签订日期，无法确定当时的资质等级和标准")
    category = category_of(contract, library.mapped(contract.signed_on, known_at))
    if not category.code:
        return _unknown(contract, "", category.why)
    if not any(library.books):
        return _unknown(contract, category.code, "规则库中没有承包工程范围")
    found = _by_grade(contract, category, tuple(held), library, complete=complete, known_at=known_at)
    return found if category.sure else _doubtful(found, category)


def category_of(contract: Contract, mapping: MappingVersion | None) -> Category:
    """From the role where it names the category, else from role and kind of project by the mapping."""
    role = squash(contract.role)
    named = _by_name().get(role)
    if named:
        return Category(named, sure=True, why=f"承包角色「{contract.role}」即资质类别")
    if mapping is None:
        return Category("", sure=False, why="签订日没有合同所属资质类别的对照")
    for row in mapping.rows:
        uses = not row.uses or contract.use is None or contract.use in row.uses
        if contract.role in row.roles and contract.kind in row.kinds and uses:
            why = f"承包角色「{contract.role}」、工程类型「{contract.kind}」对应{_category_name(row.category)}"
            return Category(row.category, row.sure, why, mapping.source.citation())
    told = (
        f"承包角色「{contract.role}」、工程类型「{contract.kind or '未提供'}」、工程用途「{contract.use or '未提供'}」"
    )
    return Category("", sure=False, why=f"{told}不足以确定合同属于哪一类资质")


def _by_grade(
    contract: Contract,
    category: Category,
    held: tuple[Held, ...],
    library: ScopeLibrary,
    *,
    complete: bool,
    known_at: dt.datetime | None,
) -> Finding:
    """By the grade held on the day; a doubtful grade decides nothing that a sure one does not."""
    assert contract.signed_on is not None  # noqa: S101 - the caller asked
    own = sorted((h for h in held if h.category == category.code), key=lambda h: _rank(h.code))
    if not own:
        return _without(contract, category, held, complete=complete)
    figures = figures_of(contract)
    tried = {}
    for each in own:
        scope = library.scope(category.code, each.grade, contract.signed_on, known_at)
        tried[each.code] = _finding(contract, category, each, scope, figures, held)
    sure = next((h for h in own if h.sure), None)
    if sure is None:
        best = tried[own[0].code]
        if all(f.standing is Standing.BEYOND for f in tried.values()):
            return best
        return _unknown(contract, category.code, own[0].doubt, held, best.reason.children)
    found = tried[sure.code]
    higher = next((h for h in own if _rank(h.code) < _rank(sure.code)), None)
    if found.standing is Standing.BEYOND and higher and tried[higher.code].standing is not Standing.BEYOND:
        return _unknown(contract, category.code, higher.doubt, held, found.reason.children)
    return found


def _without(contract: Contract, category: Category, held: tuple[Held, ...], *, complete: bool) -> Finding:
    """No grade of the category in the register."""
    name = _category_name(category.code)
    if not complete:
        why = f"签订日没有查得{name}资质，但资质数据不完整，不能认定未持有"
        return _unknown(contract, category.code, why, held)
    others = [h for h in held if h.code.startswith(GENERAL)]
    if others:
        why = f"签订日没有查得{name}资质，但持有 {others[0].code}，是否可以承揽须人工核实"
        return _unknown(contract, category.code, why, held)
    sentence = f"签订日没有{name}资质"
    reason = Reason(
        "holder", f"{name}：无相应资质", Verdict.SHORT, citation=category.citation, notes=(sentence, category.why)
    )
    return Finding(contract, Standing.UNLICENSED, category.code, "", "", reason, sentence, held)


def _finding(
    contract: Contract,
    category: Category,
    by: Held,
    scope: tuple[ScopeVersion, GradeScope] | None,
    figures: Mapping[str, Bounds],
    held: tuple[Held, ...],
) -> Finding:
    name = qualification_codes()[by.code].name
    if scope is None:
        return _unknown(contract, category.code, f"规则库没有签订日适用于{name}（{by.code}）的承包工程范围", held)
    version, limits = scope
    lines = tuple(_lines(limits, figures))
    if not lines and not limits.everything:
        return _unknown(contract, category.code, f"{name}（{by.code}）各项限额所需的数据都没有", held)
    verdict = all_of(line.verdict for line in lines)
    everything = ("各类工程均可承揽",) if limits.everything else ()
    reason = Reason(
        "scope",
        f"{name}（{by.code}）承包工程范围",
        verdict,
        citation=limits.citation,
        notes=(category.why, *everything),
        children=lines,
    )
    sentence = "；".join(line.notes[0] for line in lines if line.verdict is verdict and line.notes)
    if verdict is Verdict.MET:
        sentence = ""
    return Finding(contract, _STANDINGS[verdict], category.code, by.code, version.id, reason, sentence, held)


def _lines(scope: GradeScope, figures: Mapping[str, Bounds]) -> Iterable[Reason]:
    for limit in scope.limits:
        if limit.figure in figures or not limit.if_told:
            yield _line(limit, figures.get(limit.figure, Bounds(None, None)))
    for position, text in enumerate(scope.manual, start=1):
        yield Reason(
            f"manual-{position}", text, Verdict.UNKNOWN, citation=scope.citation, notes=(f"{text}：须人工核实",)
        )


def _line(limit: Limit, found: Bounds) -> Reason:
    """One limit. Below a floor is no finding: whether a smaller contract may be taken is asked of a person."""
    figure = FIGURES[limit.figure]
    verdict, note, over = Verdict.UNKNOWN, "", None
    if limit.at_least is not None:
        floor = shown(figure, limit.at_least)
        if found.low is not None and found.low >= limit.at_least:
            verdict = Verdict.MET
        elif found.high is not None and found.high < limit.at_least:
            note = f"{figure.label} {shown(figure, found.high)}，低于下限 {floor}，能否承揽须人工核实"
        else:
            note = f"缺{figure.label}（下限 {floor}）"
    elif limit.at_most is None:
        note = f"标准中{figure.label}的限额未查到"
    elif found.low is not None and found.low > limit.at_most:
        verdict, over = Verdict.SHORT, found.low - limit.at_most
        note = f"{figure.label} {shown(figure, found.low)}，限 {shown(figure, limit.at_most)}，超 {shown(figure, over)}"
    elif found.high is not None and found.high <= limit.at_most:
        verdict = Verdict.MET
    else:
        note = f"缺{figure.label}（限 {shown(figure, limit.at_most)}）"
    read_from = (f"依据合同记载：{found.text}",) if found.text else ()
    bound = limit.at_most if limit.at_least is None else limit.at_least
    label = f"{figure.label}{'不低于下限' if limit.at_least is not None else '以内'}"
    return Reason(
        limit.figure if limit.at_least is None else f"{limit.figure}{FLOOR}",
        label,
        verdict,
        required=bound,
        found_at_least=found.low,
        found_at_most=found.high,
        short_by=over,
        unit=figure.unit,
        citation=limit.citation,
        notes=(*((note,) if note else ()), *read_from),
    )


def figures_of(contract: Contract) -> dict[str, Bounds]:
    """Every figure that the contract or its project tells, as bounds.

    A contract's amount bounds that of each kind of work in it, a project's total area the area of each of its
    contracts, and a contract's area that of each building.
    """
    out = read(contract.scale)
    if contract.amount is not None:
        out["amount"] = Bounds(contract.amount, contract.amount, "合同额")
    whole = out.get("amount")
    if whole is not None and whole.high is not None:
        for name in PARTS_OF_AMOUNT:
            out.setdefault(name, Bounds(None, whole.high, f"不超过{whole.text}"))
    area = out.get("area")
    if area is None and contract.total_area is not None:
        area = out["area"] = Bounds(None, contract.total_area, "项目总面积")
    if area is not None and "single_area" not in out and area.high is not None:
        out["single_area"] = Bounds(None, area.high, f"不超过{area.text}")
    return out


def _unknown(
    contract: Contract,
    category: str,
    why: str,
    held: tuple[Held, ...] = (),
    children: tuple[Reason, ...] = (),
) -> Finding:
    label = f"{_category_name(category)}承包工程范围" if category else "合同所属资质类别"
    reason = Reason("scope", label, Verdict.UNKNOWN, notes=(why,), children=children)
    return Finding(contract, Standing.UNKNOWN, category, "", "", reason, why, held)


def _doubtful(found: Finding, category: Category) -> Finding:
    """What would follow if the contract belonged to the category, without finding it."""
    outcome = f"；若属该类：{found.sentence}" if found.sentence else ""
    why = f"{category.why}，但不能确定是否属于该类{outcome}"
    return _unknown(found.contract, found.category, why, found.held, found.reason.children)


def _rank(code: str) -> int:
    """From the highest grade down."""
    return RANKS.index(code[-1])


def _category_name(category: str) -> str:
    code = next((c for c in qualification_codes().values() if c.category == category), None)
    return _stem(code.name) if code else category


def _stem(name: str) -> str:
    """A code's name without its grade."""
    for word in ("特级", "一级", "二级", "三级", "不分等级"):
        name = name.removesuffix(word)
    return name


@cache
def _by_name() -> dict[str, str]:
    """`建筑工程施工总承包` → `D101`: a role that is the name of a category."""
    return {squash(_stem(c.name)): c.category for c in qualification_codes().values() if c.code.startswith("D")}
