"""All rulebooks of an installation: which rule binds on a day, as the law was known at a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TypeVar

from zhulian.core.kernel.canonical import Json, sha256_of
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.rules.counting import next_limit
from zhulian.core.rules.loader import load
from zhulian.core.rules.model import PURPOSES, AnyClause, GradeRule, Missing, Rulebook, Version
from zhulian.core.rules.overlays import Overlay, OverlayVersion, check_names, claim


@dataclass(frozen=True, slots=True)
class Provincial:
    """The province's own reading by which somebody was judged, and what it leaves out of the nation's standard."""

    overlay: Overlay
    version: OverlayVersion
    national: Version
    left_out: tuple[AnyClause, ...]


class Library:
    """Rulebooks by code, and provinces' overlays. Immutable after loading; rules are made once and kept."""

    def __init__(self, rulebooks: Mapping[str, Rulebook], overlays: Sequence[Overlay] = ()) -> None:
        self._rulebooks = dict(rulebooks)
        self._rules: dict[tuple[str, ...], GradeRule] = {}
        self.overlays = tuple(overlays)
        """Provinces' own verifications, in the order of their files."""

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> Library:
        """A library of YAML files by name.

        Raises:
            ZhulianError: `rulebook.*`, for a bad file, a code that two files claim, two overlays of a province for one
                purpose and category, or an overlay's name for what no rulebook has.
        """
        rulebooks: dict[str, Rulebook] = {}
        overlays: list[Overlay] = []
        for file in sorted(files):
            found = load(file, files[file])
            if isinstance(found, Overlay):
                claim(found, overlays)
                overlays.append(found)
                continue
            for book in found:
                if book.code in rulebooks:
                    raise ZhulianError("rulebook.duplicate", file=file, where="全文/code", value=book.code)
                rulebooks[book.code] = book
        ids = {book.code: _clause_ids(book) for book in rulebooks.values() if _of_a_category(book)}
        for overlay in overlays:
            check_names(overlay, ids)
        return cls(rulebooks, overlays)

    @cached_property
    def rulebooks(self) -> tuple[Rulebook, ...]:
        """All rulebooks, by code."""
        return tuple(self._rulebooks[code] for code in sorted(self._rulebooks))

    def codes(self) -> tuple[str, ...]:
        """Every code that some version has a grade for: `D101A`, …, and `safety-permit` for a book without grades."""
        found = {_code(book, grade) for book in self.rulebooks for version in book.versions for grade in version.grades}
        return tuple(sorted(found))

    def rule(
        self, code: str, purpose: str, as_of: dt.date, known_at: dt.datetime | None = None, province: str = ""
    ) -> GradeRule | Missing:
        """The rule of a code on a day, or why there is none.

        `province` is the first two digits of the division where the enterprise is registered: its province's
        overlay, if one is in force, decides which clauses are looked at.
        """
        if purpose not in PURPOSES:
            raise ValueError(f"unknown purpose {purpose!r}")
        found = self._book(code)
        if found is None:
            return Missing(code, f"规则库中没有 {code} 的标准")
        book, grade = found
        version = _in_force(book.versions, as_of, known_at)
        if version is None:
            return Missing(code, f"{book.subject}在 {as_of} 没有已知的现行标准版本")
        if grade not in version.grades:
            return Missing(code, f"{book.subject}（{version.source.document}）没有该等级的标准数值")
        overlay = self._overlay(book.code, province, purpose, as_of, known_at) if _of_a_category(book) else None
        # Two overlays may call a version by the same id; both live as long as this library.
        key = (book.code, grade, version.id, purpose, *((province, str(id(overlay))) if overlay else ()))
        if key not in self._rules:
            self._rules[key] = _rule(book, version, grade, purpose, overlay)
        rule = self._rules[key]
        if not rule.clauses:
            return Missing(code, f"{book.subject}（{rule.source.document}）没有用于{purpose}的条款")
        return rule

    def provinces(self, code: str, purpose: str, as_of: dt.date, known_at: dt.datetime | None = None) -> frozenset[str]:
        """Provinces whose overlay is in force for the code and purpose: bulk work judges their holders apart."""
        book = self._book(code)
        if book is None or not _of_a_category(book[0]):
            return frozenset()
        found = {o.province for o in self.overlays if purpose in o.purposes}
        return frozenset(p for p in found if self._overlay(book[0].code, p, purpose, as_of, known_at) is not None)

    def provincial(self, code: str, purpose: str, rule_version: str, rule_hash: str = "") -> Provincial | None:
        """The province's reading behind a rule that judged; None for the nation's own, and for one not in these books.

        `rule_hash` tells provinces apart that call a version alike; without it the first in the order of files is told.
        """
        found = self._book(code)
        if found is None:
            return None
        book, grade = found
        overlays = [o for o in self.overlays if purpose in o.purposes and o.speaks_of(book.code)]
        for national in (v for v in book.versions if grade in v.grades):
            for overlay in overlays:
                for version in (v for v in overlay.versions if f"{national.id}+{v.id}" == rule_version):
                    rule = _rule(book, national, grade, purpose, version)
                    if rule_hash in {"", rule.hash}:
                        asked = (c for c in national.grades[grade] if purpose in c.purposes)
                        return Provincial(overlay, version, national, tuple(c for c in asked if c not in rule.clauses))
        return None

    def next_change(
        self, code: str, as_of: dt.date, known_at: dt.datetime | None = None, province: str = ""
    ) -> dt.date | None:
        """The first later day on which another version, the province's overlay or another limit of age begins, as known."""
        found = self._book(code)
        if found is None:
            return None
        versions: list[Version | OverlayVersion] = [*found[0].versions]
        mine = (o for o in self.overlays if o.province == province and o.speaks_of(found[0].code))
        versions += [version for overlay in mine for version in overlay.versions]
        later = [v.valid_from for v in versions if v.valid_from > as_of and _known(v, known_at)]
        if (limit := next_limit(as_of, known_at)) is not None:
            later.append(limit)
        return min(later, default=None)

    def _overlay(
        self, code: str, province: str, purpose: str, as_of: dt.date, known_at: dt.datetime | None
    ) -> OverlayVersion | None:
        mine = [o for o in self.overlays if o.province == province and purpose in o.purposes and o.speaks_of(code)]
        # What names the category goes before what speaks of all.
        for overlay in sorted(mine, key=lambda o: not o.codes):
            if (version := _in_force(overlay.versions, as_of, known_at)) is not None:
                return version
        return None

    def _book(self, code: str) -> tuple[Rulebook, str] | None:
        if code in self._rulebooks:
            return self._rulebooks[code], "X"
        book = self._rulebooks.get(code[:-1])
        return (book, code[-1]) if book else None


def _code(book: Rulebook, grade: str) -> str:
    """`D101` and `B` make `D101B`; a book that is no qualification category (`safety-permit`) is its own code."""
    return book.code + grade if book.code[-1].isdigit() else book.code


def _of_a_category(book: Rulebook) -> bool:
    """Whether a book is about a category of qualification (`D101`, `D101T`), and not about a permit."""
    return book.code.startswith("D") and book.code[1:2].isdigit()


def _clause_ids(book: Rulebook) -> frozenset[str]:
    return frozenset(
        clause.id for version in book.versions for clauses in version.grades.values() for clause in clauses
    )


def _is_lowest(book: Rulebook, version: Version, grade: str) -> bool:
    """The lowest grade of its category; special grade (`D101T`, a book of its own) never is."""
    return grade == max(version.grades) and not book.code.endswith("T")


_Dated = TypeVar("_Dated", Version, OverlayVersion)


def _known(version: Version | OverlayVersion, known_at: dt.datetime | None) -> bool:
    return known_at is None or version.published_at <= known_at.astimezone(SHANGHAI).date()


def _in_force(versions: Sequence[_Dated], as_of: dt.date, known_at: dt.datetime | None) -> _Dated | None:
    candidates = [v for v in versions if v.valid_from <= as_of and _known(v, known_at)]
    return candidates[-1] if candidates else None


def _rule(book: Rulebook, version: Version, grade: str, purpose: str, overlay: OverlayVersion | None) -> GradeRule:
    clauses = tuple(clause for clause in version.grades[grade] if purpose in clause.purposes)
    if overlay is not None:
        clauses = overlay.kept(clauses, lowest=_is_lowest(book, version, grade))
    rule = GradeRule(
        code=_code(book, grade),
        subject=book.subject,
        grade=grade,
        version=f"{version.id}+{overlay.id}" if overlay else version.id,
        purpose=purpose,
        valid_from=max(version.valid_from, overlay.valid_from) if overlay else version.valid_from,
        published_at=max(version.published_at, overlay.published_at) if overlay else version.published_at,
        source=overlay.source if overlay else version.source,
        clauses=clauses,
    )
    return replace(rule, hash=rule_hash(rule))


def rule_hash(rule: GradeRule) -> str:
    """SHA-256 over the canonical JSON of everything that could change an answer or its wording."""
    return sha256_of(
        {
            "code": rule.code,
            "version": rule.version,
            "purpose": rule.purpose,
            "from": rule.valid_from.isoformat(),
            "published_at": rule.published_at.isoformat(),
            "source": _plain(asdict(rule.source)),
            "clauses": [_clause_json(clause) for clause in rule.clauses],
        }
    )


def _clause_json(clause: AnyClause) -> Json:
    return {"is": type(clause).__name__, "has": _plain(asdict(clause))}


def _plain(value: object) -> Json:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (str, int)):
        return value
    raise TypeError(f"{value!r} has no canonical form")
