"""YAML bytes → rulebooks. Bytes in, values out: no file is opened here.

A version without a source, an unknown key, a figure that cannot be read exactly: the file does not load, and the
error names file, version, grade, clause, field and cure. Versions that amend others are materialised, so that
every version stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.reasons import Citation
from zhulian.core.rules.fields import Fields
from zhulian.core.rules.model import (
    APPLICATION,
    GROUPS,
    PURPOSES,
    STAFF_TABLES,
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
    Rulebook,
    Source,
    Version,
    WorkAlternative,
    WorkKind,
    WorksClause,
)
from zhulian.core.rules.overlays import Overlay, is_overlay, read_overlay
from zhulian.core.rules.quantities import MACHINES, PERSONS, WORKS, YEARS, YUAN, scale_of
from zhulian.core.rules.sources import EVIDENCE, read_source
from zhulian.core.rules.yamlfile import read_yaml
from zhulian.core.tables import INDICATORS, table
from zhulian.core.tables.contract import SKILL_GRADES, TITLE_GRADES

FILE_LIMIT: Final = 256 << 10
"""Bytes of one file; the longest shipped one has 12 KiB. YAML is read at some 100 KiB a second."""
MEASURES: Final = ("net_assets", "total_assets", "liabilities", "revenue")
_FILTERS: Final = {
    "registration": ("kind", "specialty"),
    "title": ("grade", "specialty"),
    "post_certificate": ("post",),
    "safety_certificate": ("class",),
    "skill": ("trade", "grade"),
}
_GRADES: Final = {"title": TITLE_GRADES, "skill": SKILL_GRADES}
_NAMED_GRADES: Final = {"高级": ("副高级", "正高级")}


def load(file: str, data: bytes) -> tuple[Rulebook, ...] | Overlay:
    """The rulebooks of a file, or a province's overlay. A file has one `code`, or `codes` that share all clauses.

    Raises:
        ZhulianError: `rulebook.*`.
    """
    if len(data) > FILE_LIMIT:
        raise ZhulianError("rulebook.size", file=file, limit=FILE_LIMIT >> 10)
    value = read_yaml(file, data)
    if is_overlay(value):
        return read_overlay(file, value)
    with Fields(file, "全文", value) as fields:
        subjects = _subjects(fields)
        versions = _versions(fields)
    return tuple(Rulebook(file, subject, code, versions) for code, subject in subjects.items())


def _subjects(fields: Fields) -> dict[str, str]:
    """Code → subject."""
    if not fields.has("codes"):
        subject = fields.text("subject")
        return {fields.text("code"): subject}
    with fields.child("codes") as codes:
        return {code: codes.text(code) for code in codes.names()}


def _versions(fields: Fields) -> tuple[Version, ...]:
    """All versions, in order of their dates."""
    versions: dict[str, Version] = {}
    for each in fields.children("versions"):
        with each:
            version = _version(each, versions)
        if version.id in versions:
            raise ZhulianError("rulebook.duplicate", file=fields.file, where=each.where, value=version.id)
        versions[version.id] = version
    if not versions:
        raise fields.error("rulebook.value", "versions", [], "至少一个版本")
    ordered = tuple(sorted(versions.values(), key=lambda v: v.valid_from))
    for earlier, later in pairwise(ordered):
        if earlier.valid_from == later.valid_from:
            where = f"版本 {later.id}/from"
            raise ZhulianError("rulebook.duplicate", file=fields.file, where=where, value=str(later.valid_from))
    return ordered


def _version(fields: Fields, earlier: dict[str, Version]) -> Version:
    version_id = fields.text("id")
    fields.where = f"版本 {version_id}"
    source = read_source(fields)
    valid_from, published_at = fields.day("from"), fields.day("published_at")
    if published_at > valid_from:
        raise fields.error("rulebook.value", "published_at", str(published_at), "不晚于 from 的日期")
    grades: dict[str, tuple[AnyClause, ...]] = {}
    if fields.has("amends"):
        grades = _amended(fields, earlier, source)
    for grade, each in _grades(fields, "grades"):
        with each:
            grades[grade] = _clauses(each, source)
    _resolve_lead_works(fields, grades)
    return Version(version_id, valid_from, published_at, source, grades)


def _grades(fields: Fields, name: str) -> Iterable[tuple[str, Fields]]:
    with fields.child(name, {}) as grades:
        return [(grade, _renamed(grades.child(grade), f"{fields.where}/等级 {grade}")) for grade in grades.names()]


def _renamed(fields: Fields, where: str) -> Fields:
    fields.where = where
    return fields


def _clauses(fields: Fields, source: Source) -> tuple[AnyClause, ...]:
    clauses = tuple(_clause(each, fields.where, source) for each in fields.children("clauses"))
    _unique(fields, [clause.id for clause in clauses])
    return clauses


def _unique(fields: Fields, ids: list[str]) -> None:
    for clause_id in ids:
        if ids.count(clause_id) > 1:
            raise ZhulianError("rulebook.duplicate", file=fields.file, where=fields.where, value=clause_id)


def _amended(fields: Fields, earlier: dict[str, Version], source: Source) -> dict[str, tuple[AnyClause, ...]]:
    """The grades of the version amended, with clauses removed, replaced and added."""
    amends = fields.text("amends")
    if amends not in earlier:
        raise _no_such(fields, amends, earlier)
    grades = dict(earlier[amends].grades)
    with fields.child("remove", {}) as remove:
        for grade in remove.names():
            ids = remove.texts(grade)
            held = _held(remove, grades, grade)
            for clause_id in ids:
                if clause_id not in {c.id for c in held}:
                    raise _no_such(remove, f"{grade}/{clause_id}", [c.id for c in held])
            grades[grade] = tuple(c for c in held if c.id not in ids)
    with fields.child("replace", {}) as replace:
        for grade in replace.names():
            held = _held(replace, grades, grade)
            new = {c.id: c for c in _listed(replace, grade, source)}
            for clause_id in new:
                if clause_id not in {c.id for c in held}:
                    raise _no_such(replace, f"{grade}/{clause_id}", [c.id for c in held])
            grades[grade] = tuple(new.get(c.id, c) for c in held)
    with fields.child("add", {}) as add:
        for grade in add.names():
            grades[grade] = _held(add, grades, grade) + _listed(add, grade, source)
            _unique(add, [c.id for c in grades[grade]])
    return grades


def _held(fields: Fields, grades: dict[str, tuple[AnyClause, ...]], grade: str) -> tuple[AnyClause, ...]:
    if grade not in grades:
        raise _no_such(fields, grade, grades)
    return grades[grade]


def _listed(fields: Fields, grade: str, source: Source) -> tuple[AnyClause, ...]:
    clauses = tuple(_clause(each, f"{fields.where}/等级 {grade}", source) for each in fields.children(grade))
    _unique(fields, [clause.id for clause in clauses])
    return clauses


def _no_such(fields: Fields, value: str, options: Iterable[str]) -> ZhulianError:
    return ZhulianError(
        "rulebook.reference", file=fields.file, where=fields.where, value=value, options="、".join(options)
    )


def _clause(fields: Fields, where: str, source: Source) -> AnyClause:
    with fields:
        clause_id = fields.text("id")
        fields.where = f"{where}/条款 {clause_id}"
        kinds = [kind for kind in _KINDS if fields.has(kind)]
        if len(kinds) != 1:
            raise fields.error("rulebook.value", "、".join(kinds) or "条款类型", None, f"恰好一个：{'、'.join(_KINDS)}")
        purposes = fields.texts("purposes", PURPOSES)
        for purpose in purposes:
            if purpose not in PURPOSES:
                raise fields.error("rulebook.value", "purposes", purpose, "、".join(PURPOSES))
        evidence = fields.option("evidence", EVIDENCE, source.evidence)
        common = {
            "id": clause_id,
            "label": fields.text("label"),
            "citation": Citation(source.document, fields.text("citation", ""), evidence),
            "purposes": purposes,
            "note": fields.text("note", ""),
        }
        return _KINDS[kinds[0]](fields, common)


def _measure(fields: Fields, common: dict[str, Any]) -> AnyClause:
    measure = fields.option("measure", MEASURES)
    return MeasureClause(**common, measure=measure, at_least=fields.quantity("at_least", YUAN))


def _people(fields: Fields, common: dict[str, Any]) -> AnyClause:
    name = fields.option("count", STAFF_TABLES)
    covering: Filter | None = None
    if fields.raw("covering", None) is not None:
        with fields.child("covering") as each:
            filters = _filters(each, name)
        if len(filters) != 1:
            raise fields.error("rulebook.value", "covering", None, "恰好一个字段及其取值")
        covering = filters[0]
    where: tuple[Filter, ...] = ()
    if fields.has("where"):
        with fields.child("where") as each:
            where = _filters(each, name)
    return PeopleClause(
        **common,
        table=name,
        where=where,
        at_least=fields.quantity("at_least", PERSONS),
        group=fields.option("group", tuple(GROUPS), ""),
        covering=covering,
    )


def _filters(fields: Fields, name: str) -> tuple[Filter, ...]:
    return tuple(
        (column, _grade_values(fields, name, column) if column == "grade" else _values(fields, name, column))
        for column in _FILTERS[name]
        if fields.has(column)
    )


def _values(fields: Fields, name: str, column: str) -> tuple[str, ...]:
    values = fields.texts(column)
    options = table(name).column(column).options
    for value in values:
        if options and value not in options:
            raise fields.error("rulebook.value", column, value, "、".join(options))
    if not values:
        raise fields.error("rulebook.value", column, values, "至少一个值")
    return values


def _grade_values(fields: Fields, name: str, column: str) -> tuple[str, ...]:
    """Grades of a ladder: 中级+ is 中级 and all above it; 高级 is 副高级 and 正高级."""
    ladder = _GRADES[name]
    found: set[str] = set()
    for value in fields.texts(column):
        if value in ladder:
            found.add(value)
        elif value in _NAMED_GRADES and name == "title":
            found.update(_NAMED_GRADES[value])
        elif value.endswith("+") and value[:-1] in ladder:
            found.update(ladder[ladder.index(value[:-1]) :])
        else:
            raise fields.error("rulebook.value", column, value, f"{'、'.join(ladder)}，可加 + 表示以上")
    return tuple(grade for grade in ladder if grade in found)


def _officer(fields: Fields, common: dict[str, Any]) -> AnyClause:
    post = fields.text("officer")
    posts = table("officer").column("post").options
    if post not in posts:
        raise fields.error("rulebook.value", "officer", post, "、".join(posts))
    years = fields.quantity("years", YEARS) if fields.has("years") else 0
    alternatives = tuple(_alternative(each) for each in fields.children("any", []))
    return OfficerClause(**common, post=post, years=years, alternatives=alternatives)


def _alternative(fields: Fields) -> tuple[Credential, ...]:
    """What one person must have: a title, a registration, or both; `specialty` limits each of them."""
    with fields:
        specialty = (("specialty", _values(fields, "title", "specialty")),) if fields.has("specialty") else ()
        found: list[Credential] = []
        if fields.has("title"):
            found.append(Credential("title", (("grade", _grade_values(fields, "title", "title")), *specialty)))
        if fields.has("registration"):
            found.append(Credential("registration", (("kind", fields.texts("registration")), *specialty)))
        if not found:
            raise fields.error("rulebook.key_missing", "title 或 registration")
        return tuple(found)


def _works(fields: Fields, common: dict[str, Any]) -> AnyClause:
    whose = fields.option("works", ("enterprise", "lead"))
    common = {**common} if fields.has("purposes") else {**common, "purposes": (APPLICATION,)}
    if whose == "lead":
        return LeadWorksClause(
            **common,
            of_grade=fields.text("of_grade"),
            at_least=fields.quantity("at_least", WORKS),
            lookback_years=fields.number("lookback_years", None),
        )
    kinds = tuple(_kind(each) for each in fields.children("of"))
    _unique(fields, [kind.id for kind in kinds])
    return WorksClause(
        **common, kinds=kinds, choose=fields.number("choose"), lookback_years=fields.number("lookback_years", None)
    )


def _kind(fields: Fields) -> WorkKind:
    with fields:
        alternatives = tuple(_work_alternative(each) for each in fields.children("any"))
        return WorkKind(fields.text("id"), fields.text("label"), alternatives)


def _work_alternative(fields: Fields) -> WorkAlternative:
    with fields:
        indicator = fields.option("indicator", tuple(INDICATORS))
        scale = scale_of(INDICATORS[indicator])
        if fields.has("total"):
            return WorkAlternative(indicator, total=fields.quantity("total", scale), summed=True)
        at_least, below = fields.quantity("at_least", scale), fields.quantity("below", scale, None)
        if at_least is not None and below is not None and below <= at_least:
            raise fields.error("rulebook.value", "below", fields.raw("below"), "大于 at_least 的数量")
        works = fields.number("works", 1)
        if works is None:
            raise fields.error("rulebook.value", "works", None, "不小于 1 的整数")
        return WorkAlternative(indicator, at_least=at_least, works=works, below=below)


def _equipment(fields: Fields, common: dict[str, Any]) -> AnyClause:
    with fields.child("equipment") as each:
        kinds = each.texts("kind")
    return EquipmentClause(**common, kinds=kinds, at_least=fields.quantity("at_least", MACHINES))


def _permit(fields: Fields, common: dict[str, Any]) -> AnyClause:
    fields.option("permit", ("safety",))
    return PermitClause(**common)


def _manual(fields: Fields, common: dict[str, Any]) -> AnyClause:
    if fields.raw("manual") is not True:
        raise fields.error("rulebook.value", "manual", fields.raw("manual"), "true（须人工核实的条款）")
    return ManualClause(**common)


_KINDS: Final[dict[str, Callable[[Fields, dict[str, Any]], AnyClause]]] = {
    "measure": _measure,
    "count": _people,
    "officer": _officer,
    "works": _works,
    "equipment": _equipment,
    "permit": _permit,
    "manual": _manual,
}


def _resolve_lead_works(fields: Fields, grades: dict[str, tuple[AnyClause, ...]]) -> None:
    """Give each `works: lead` clause the kinds of works of the grade it names, in the same version."""
    for grade, clauses in grades.items():
        resolved: list[AnyClause] = []
        for clause in clauses:
            if isinstance(clause, LeadWorksClause):
                source = [c for c in grades.get(clause.of_grade, ()) if isinstance(c, WorksClause)]
                if clause.of_grade not in grades:
                    raise _no_such(fields, f"{grade}/{clause.id}/of_grade {clause.of_grade}", grades)
                resolved.append(replace(clause, kinds=tuple(k for c in source for k in c.kinds)))
            else:
                resolved.append(clause)
        grades[grade] = tuple(resolved)
