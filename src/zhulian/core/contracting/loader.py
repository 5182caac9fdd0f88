"""YAML bytes → limits of scope, and which category a contract belongs to. Bytes in, values out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zhulian.core.bands.document import Source, evidence_of, flag, head, in_force, ordered, read, unique
from zhulian.core.contracting.figures import FIGURES, parse
from zhulian.core.contracting.model import (
    GRADES,
    GradeScope,
    Limit,
    MappingRow,
    MappingVersion,
    ScopeBook,
    ScopeVersion,
)
from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.reasons import Citation
from zhulian.core.rules.fields import Fields
from zhulian.core.rules.sources import EVIDENCE

MAPPING_FILE: Final = "categories.yaml"


@dataclass(frozen=True, slots=True)
class ScopeLibrary:
    """The limits of every category, and the mapping of contracts to categories."""

    books: tuple[ScopeBook, ...]
    mapping: tuple[MappingVersion, ...]

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> ScopeLibrary:
        """Name → content; the file called `categories.yaml` is the mapping.

        Raises:
            ZhulianError: `rulebook.*`, also where two books rule the same category.
        """
        mapping: tuple[MappingVersion, ...] = ()
        books = []
        owners: dict[str, str] = {}
        for name, data in sorted(files.items()):
            if name.rsplit("/", 1)[-1] == MAPPING_FILE:
                mapping = load_mapping(name, data)
                continue
            book = load_scope(name, data)
            for category in sorted({c for v in book.versions for c, _ in v.scopes}):
                if owners.setdefault(category, name) != name:
                    raise ZhulianError("rulebook.duplicate", file=name, where="categories", value=category)
            books.append(book)
        return cls(tuple(books), mapping)

    def scope(
        self, category: str, grade: str, on: dt.date, known_at: dt.datetime | None = None
    ) -> tuple[ScopeVersion, GradeScope] | None:
        """What a grade may undertake on a day; None where no file says so."""
        for book in self.books:
            version = in_force(book.versions, on, known_at)
            if version is not None and (category, grade) in version.scopes:
                return version, version.scopes[category, grade]
        return None

    def mapped(self, on: dt.date, known_at: dt.datetime | None = None) -> MappingVersion | None:
        """The mapping in force on a day."""
        return in_force(self.mapping, on, known_at)


def load_scope(file: str, data: bytes) -> ScopeBook:
    """One file of limits.

    Raises:
        ZhulianError: `rulebook.*`.
    """
    with read(file, data) as fields:
        subject = fields.text("subject")
        versions: dict[str, ScopeVersion] = {}
        for each in fields.children("versions"):
            with each:
                version = _version(each, versions)
            if version.id in versions:
                raise ZhulianError("rulebook.duplicate", file=file, where=each.where, value=version.id)
            versions[version.id] = version
        if not versions:
            raise fields.error("rulebook.value", "versions", [], "至少一个版本")
    return ScopeBook(file, subject, ordered(file, tuple(versions.values())))


def _version(fields: Fields, earlier: Mapping[str, ScopeVersion]) -> ScopeVersion:
    version, valid_from, published_at, source = head(fields)
    scopes: dict[tuple[str, str], GradeScope] = {}
    if fields.has("amends"):
        amended = fields.text("amends")
        if amended not in earlier:
            raise ZhulianError(
                "rulebook.reference", file=fields.file, where=fields.where, value=amended, options="、".join(earlier)
            )
        scopes.update(earlier[amended].scopes)
    with fields.child("categories") as categories:
        for category in categories.names():
            _known(categories, category)
            with categories.child(category) as grades:
                for grade in grades.names():
                    _grade(grades, category, grade)
                    with grades.child(grade) as scope:
                        scopes[category, grade] = _scope(scope, source)
    return ScopeVersion(version, valid_from, published_at, source, scopes)


def _known(fields: Fields, category: str) -> None:
    if not any(code[:-1] == category for code in qualification_codes()):
        raise fields.error("rulebook.value", category, category, "资质类别代码，如 D101")


def _grade(fields: Fields, category: str, grade: str) -> None:
    if grade not in GRADES or f"{category}{grade}" not in qualification_codes():
        raise fields.error("rulebook.value", grade, grade, f"{category} 的等级代码，如 A、B、C")


def _scope(fields: Fields, source: Source) -> GradeScope:
    everything = flag(fields, "everything")
    citation = source.citation(fields.text("citation", ""), evidence_of(fields, source.evidence))
    manual = fields.texts("manual", ())
    limits = tuple(_limit(each, citation) for each in fields.children("limits", ()))
    unique(fields, [limit.figure for limit in limits])
    if everything == bool(limits or manual):
        raise fields.error("rulebook.value", "everything", everything, "everything，或 limits、manual，二者择一")
    return GradeScope(everything, limits, manual, citation)


def _limit(fields: Fields, citation: Citation) -> Limit:
    with fields:
        figure = fields.option("figure", tuple(FIGURES))
        evidence = fields.option("evidence", EVIDENCE, citation.evidence)
        bound = "at_least" if fields.has("at_least") else "at_most"
        value = _quantity(fields, bound, figure)
        return Limit(
            figure,
            at_most=value if bound == "at_most" else None,
            at_least=value if bound == "at_least" else None,
            if_told=flag(fields, "if_told"),
            citation=Citation(citation.document, fields.text("citation", citation.clause), evidence),
        )


def _quantity(fields: Fields, name: str, figure: str) -> int | None:
    value = fields.raw(name)
    if value is None:
        return None
    expected = f"带单位的文字，如 {FIGURES[figure].unit}；可用单位：{'、'.join(FIGURES[figure].units)}；未查到写 null"
    if not isinstance(value, str):
        raise fields.error("rulebook.quantity", name, value, expected)
    try:
        return parse(FIGURES[figure], value)
    except ValueError:
        raise fields.error("rulebook.quantity", name, value, expected) from None


def load_mapping(file: str, data: bytes) -> tuple[MappingVersion, ...]:
    """The mapping of contracts to categories.

    Raises:
        ZhulianError: `rulebook.*`.
    """
    with read(file, data) as fields:
        fields.text("subject")
        versions = []
        for each in fields.children("versions"):
            with each:
                version, valid_from, published_at, source = head(each)
                rows = tuple(_row(row) for row in each.children("rows"))
            versions.append(MappingVersion(version, valid_from, published_at, source, rows))
        unique(fields, [v.id for v in versions])
    return ordered(file, versions)


def _row(fields: Fields) -> MappingRow:
    with fields:
        category = fields.text("category")
        _known(fields, category)
        return MappingRow(
            category,
            fields.texts("roles"),
            fields.texts("kinds"),
            fields.texts("uses", ()),
            not flag(fields, "doubtful"),
        )
