"""Who counts for what, and why not: the persons behind an assessment, on demand, by id only.

The plan's flags decide; the rows fetched besides only word the reasons. The witness is one division of the people
into groups that attains the least number missing: with those who surely count if that suffices, else with all who
may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from zhulian.core.rules.assessment import PersonClause, PersonLine
from zhulian.core.rules.division import Division, divide
from zhulian.core.rules.features import Demand, Features
from zhulian.core.rules.model import Filter, OfficerClause, PeopleClause

Facts: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Mapping[str, Mapping[int, Sequence[Facts]]]
"""Table → person → that person's visible rows."""

COUNTS: Final = "counts"
MAY: Final = "may"
NOT: Final = "not"

_MISMATCH: Final = {
    "kind": "注册类别不符",
    "specialty": "专业不符",
    "grade": "等级不符",
    "post": "岗位不符",
    "class": "类别不符",
    "trade": "工种不符",
}
_UNTOLD: Final = {
    "kind": "注册类别未归集",
    "specialty": "专业未归集",
    "grade": "等级未归集",
    "post": "岗位未归集",
    "class": "类别未归集",
    "trade": "工种未归集",
}


def person_lines(
    features: Features,
    persons: Sequence[Facts],
    rows: Rows,
    needs: Mapping[str, Sequence[Demand]],
    as_of: object,
    too_old: str,
) -> list[PersonLine]:
    """A line per person, by id. `as_of` is the day as the engine writes days, `too_old` says who is above the limit."""
    groups = serving(features, persons, needs)
    lines = []
    for person in sorted(persons, key=lambda each: int(each["person"])):
        conditions = _conditions(person, too_old)
        found = [_people_clause(features, clause, person, rows, as_of, conditions) for clause in features.people]
        found += [
            _officer_clause(features, n, clause, person, conditions) for n, clause in enumerate(features.officers)
        ]
        held = tuple(clause for clause in found if clause is not None)
        lines.append(PersonLine(person=person["person"], clauses=held, group=groups.get(person["person"], "")))
    return lines


def serving(features: Features, persons: Sequence[Facts], needs: Mapping[str, Sequence[Demand]]) -> dict[int, str]:
    """Person → group in the witness; who is needed in none is absent."""
    if not features.groups:
        return {}
    masks, division = _masks(features, persons, "s"), None
    if persons:
        division = divide(_histogram(masks.values()), _needs(features.groups))
    if division is None or division.missing:
        masks = _masks(features, persons, "m")
        division = divide(_histogram(masks.values()), _needs(needs))
    return _named(masks, division)


def _named(masks: Mapping[int, int], division: Division) -> dict[int, str]:
    """Hand the places of each class of alike persons to its members in order of id."""
    left = dict(division.serving)
    found = {}
    for person in sorted(masks):
        for mask, group in [key for key in left if key[0] == masks[person] & division.relevant]:
            if left[mask, group]:
                left[mask, group] -= 1
                found[person] = group
                break
    return found


def _histogram(masks: Iterable[int]) -> dict[int, int]:
    histogram: dict[int, int] = {}
    for mask in masks:
        histogram[mask] = histogram.get(mask, 0) + 1
    return histogram


def _needs(demands: Mapping[str, Sequence[Demand]]) -> dict[str, list[tuple[int, int]]]:
    return {group: [(d.bit, d.at_least) for d in each] for group, each in demands.items()}


def _masks(features: Features, persons: Sequence[Facts], kind: str) -> dict[int, int]:
    condition = {"s": "sure", "m": "may"}[kind]
    bits = sorted({d.bit for demands in features.groups.values() for d in demands})
    return {
        person["person"]: sum(1 << bit for bit in bits if person[f"{kind}{bit}"]) if person[condition] else 0
        for person in persons
    }


def _people_clause(
    features: Features, clause: PeopleClause, person: Facts, rows: Rows, as_of: object, conditions: Sequence[str]
) -> PersonClause | None:
    """None where the person has no row of the clause's table: there is nothing to explain."""
    own = rows.get(clause.table, {}).get(person["person"], ())
    if not own:
        return None
    bit = features.bit(clause.table, clause.where)
    status = _status(person, f"s{bit}", f"m{bit}")
    reasons: list[str] = []
    if not person[f"m{bit}"]:
        reasons += _why_no_row(clause.where, own, as_of)
    elif not person[f"s{bit}"]:
        reasons += _why_unsure(clause.where, own)
    return PersonClause(clause.id, clause.label, status, (*reasons, *conditions))


def _officer_clause(
    features: Features, number: int, clause: OfficerClause, person: Facts, conditions: Sequence[str]
) -> PersonClause | None:
    post = features.post(clause.post, clause.years)
    if not person[f"held{post}"]:
        return None
    status = _status(person, f"officer_s{number}", f"officer_m{number}", judged=True)
    reasons: list[str] = []
    if not person[f"om{post}"]:
        reasons.append("从事管理工作年限不足")
    elif not person[f"os{post}"]:
        reasons.append("从事管理工作年限未归集")
    if not person[f"officer_has_s{number}"]:
        able = person[f"officer_has_m{number}"]
        reasons.append("所需职称或注册未归集" if able else "没有所需的职称或注册")
    return PersonClause(clause.id, clause.label, status, (*reasons, *conditions))


def _status(person: Facts, sure: str, may: str, *, judged: bool = False) -> str:
    if person[sure] and (judged or person["sure"]):
        return COUNTS
    return MAY if person[may] and (judged or person["may"]) else NOT


def _conditions(person: Facts, too_old: str) -> list[str]:
    """What of the person's own conditions fails, or is not told."""
    aged = [too_old] if person["age_over"] and not person["age_ok"] else []
    return aged + [text for text, holds in _CONDITIONS if holds(person)]


def _age_unknown(p: Facts) -> bool:
    return not p["age_over"] and not p["age_ok"]


_CONDITIONS: Final[tuple[tuple[str, Callable[[Facts], bool]], ...]] = (
    ("出生日期未归集", _age_unknown),
    ("出生日期不一致", lambda p: bool(p["age_ok"] and (p["age_over"] or p["age_null"]))),
    ("社保由其他单位缴纳", lambda p: bool(not p["insured"] and p["paid_elsewhere"])),
    ("未见本单位缴纳社保", lambda p: bool(not p["insured"] and not p["paid_elsewhere"] and p["cover_insurance"])),
    ("社保信息未归集", lambda p: bool(not p["insured"] and not p["paid_elsewhere"] and not p["cover_insurance"])),
    ("同时注册在其他企业", lambda p: bool(p["elsewhere_sure"])),
    ("在其他企业的注册是否有效不明", lambda p: bool(p["elsewhere_may"] and not p["elsewhere_sure"])),
)


def _why_no_row(where: Sequence[Filter], own: Sequence[Facts], as_of: object) -> list[str]:
    """Why none of the rows counts: the reasons of the row that comes nearest."""
    return min((_row_reasons(where, row, as_of) for row in own), key=len)


def _row_reasons(where: Sequence[Filter], row: Facts, as_of: Any) -> list[str]:
    reasons = [_MISMATCH[c] for c, values in where if row[c] is not None and row[c] not in values]
    if row.get("valid_until") is not None and row["valid_until"] < as_of:
        reasons.append("证书过期")
    if row.get("end_reason") is not None:
        reasons.append("注册已注销")
    return reasons


def _why_unsure(where: Sequence[Filter], own: Sequence[Facts]) -> list[str]:
    reasons = [_UNTOLD[c] for c, _ in where if any(row[c] is None for row in own)]
    if any("valid_until" in row and row["valid_until"] is None for row in own):
        reasons.append("证书有效期未归集")
    return reasons
