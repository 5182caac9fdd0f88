"""All rulebooks of an installation: which rule binds on a day, as the law was known at a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cached_property

from zhulian.core.kernel.canonical import Json, sha256_of
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.rules.loader import load
from zhulian.core.rules.model import PURPOSES, AnyClause, GradeRule, Missing, Rulebook, Version


class Library:
    """Rulebooks by code. Immutable after loading; rules are made once and kept."""

    def __init__(self, rulebooks: Mapping[str, Rulebook]) -> None:
        self._rulebooks = dict(rulebooks)
        self._rules: dict[tuple[str, str, str, str], GradeRule] = {}

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> Library:
        """A library of YAML files by name.

        Raises:
            ZhulianError: `rulebook.*`, for a bad file or a code that two files claim.
        """
        rulebooks: dict[str, Rulebook] = {}
        for file in sorted(files):
            book = load(file, files[file])
            if book.code in rulebooks:
                raise ZhulianError("rulebook.duplicate", file=file, where="全文/code", value=book.code)
            rulebooks[book.code] = book
        return cls(rulebooks)

    @cached_property
    def rulebooks(self) -> tuple[Rulebook, ...]:
        """All rulebooks, by code."""
        return tuple(self._rulebooks[code] for code in sorted(self._rulebooks))

    def codes(self) -> tuple[str, ...]:
        """Every code that some version has a grade for: `D101A`, …, and `safety-permit` for a book without grades."""
        found = {_code(book, grade) for book in self.rulebooks for version in book.versions for grade in version.grades}
        return tuple(sorted(found))

    def rule(self, code: str, purpose: str, as_of: dt.date, known_at: dt.datetime | None = None) -> GradeRule | Missing:
        """The rule of a code on a day, or why there is none."""
        if purpose not in PURPOSES:
            raise ValueError(f"unknown purpose {purpose!r}")
        found = self._book(code)
        if found is None:
            return Missing(code, f"规则库中没有 {code} 的标准")
        book, grade = found
        version = _in_force(book, as_of, known_at)
        if version is None:
            return Missing(code, f"{book.subject}在 {as_of} 没有已知的现行标准版本")
        if grade not in version.grades:
            return Missing(code, f"{book.subject}（{version.source.document}）没有该等级的标准数值")
        key = (book.code, grade, version.id, purpose)
        if key not in self._rules:
            self._rules[key] = _rule(book, version, grade, purpose)
        rule = self._rules[key]
        if not rule.clauses:
            return Missing(code, f"{book.subject}（{version.source.document}）没有用于{purpose}的条款")
        return rule

    def next_change(self, code: str, as_of: dt.date, known_at: dt.datetime | None = None) -> dt.date | None:
        """The first later day on which another version comes into force, as far as was known."""
        found = self._book(code)
        if found is None:
            return None
        later = [v.valid_from for v in found[0].versions if v.valid_from > as_of and _known(v, known_at)]
        return min(later, default=None)

    def _book(self, code: str) -> tuple[Rulebook, str] | None:
        if code in self._rulebooks:
            return self._rulebooks[code], "X"
        book = self._rulebooks.get(code[:-1])
        return (book, code[-1]) if book else None


def _code(book: Rulebook, grade: str) -> str:
    """`D101` and `B` make `D101B`; a book that is no qualification category (`safety-permit`) is its own code."""
    return book.code + grade if book.code[-1].isdigit() else book.code


def _known(version: Version, known_at: dt.datetime | None) -> bool:
    return known_at is None or version.published_at <= known_at.astimezone(SHANGHAI).date()


def _in_force(book: Rulebook, as_of: dt.date, known_at: dt.datetime | None) -> Version | None:
    candidates = [v for v in book.versions if v.valid_from <= as_of and _known(v, known_at)]
    return candidates[-1] if candidates else None


def _rule(book: Rulebook, version: Version, grade: str, purpose: str) -> GradeRule:
    clauses = tuple(clause for clause in version.grades[grade] if purpose in clause.purposes)
    rule = GradeRule(
        code=_code(book, grade),
        subject=book.subject,
        grade=grade,
        version=version.id,
        purpose=purpose,
        valid_from=version.valid_from,
        published_at=version.published_at,
        source=version.source,
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
