"""The rules in words: shipped rulebooks as values for the pages, from the library that the engine runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.rules import Rulebook, Version
from zhulian.core.rules.model import AnyClause
from zhulian.rulebooks import library
from zhulian.server.portal import words


@dataclass(frozen=True, slots=True)
class ClauseWords:
    """A clause for reading."""

    label: str
    requirement: str
    details: tuple[str, ...]
    citation: str
    evidence: str
    changed: str
    """How it differs from the version before: 新增, 修订, or nothing."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade with its clauses, and the labels of the clauses of the version before that are gone."""

    letter: str
    name: str
    clauses: tuple[ClauseWords, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a rulebook shows."""

    book: Rulebook
    version: Version
    in_force: bool
    grade: Grade
    grades: tuple[tuple[str, str], ...]


def listed() -> tuple[Rulebook, ...]:
    """All rulebooks by code."""
    return library().rulebooks


def shown(code: str, version_id: str, letter: str, *, today: dt.date) -> Shown | None:
    """A rulebook in the version and grade asked for, else the version in force and its highest grade."""
    book = next((b for b in library().rulebooks if b.code == code), None)
    if book is None:
        return None
    current = _in_force(book, today)
    version = next((v for v in book.versions if v.id == version_id), current or book.versions[-1])
    letters = sorted(version.grades, key="TABCX".find)
    if not letters:
        return None
    chosen = letter if letter in version.grades else letters[0]
    return Shown(
        book=book,
        version=version,
        in_force=version is current,
        grade=_grade(book, version, chosen),
        grades=tuple((one, grade_name(book.code, one)) for one in letters),
    )


def grade_name(code: str, letter: str) -> str:
    """一级 for D101 and A; 不分等级 where there are none."""
    known = qualification_codes().get(code + letter)
    return known.level if known is not None and known.level else "不分等级"


def _in_force(book: Rulebook, today: dt.date) -> Version | None:
    begun = [v for v in book.versions if v.valid_from <= today]
    return begun[-1] if begun else None


def _grade(book: Rulebook, version: Version, letter: str) -> Grade:
    index = book.versions.index(version)
    before = book.versions[index - 1].grades.get(letter, ()) if index else ()
    was = {clause.id: clause for clause in before}
    clauses = version.grades[letter]
    here = {clause.id for clause in clauses}
    return Grade(
        letter=letter,
        name=grade_name(book.code, letter),
        clauses=tuple(_words(clause, was.get(clause.id), first=index == 0) for clause in clauses),
        removed=tuple(clause.label for clause in before if clause.id not in here),
    )


def _words(clause: AnyClause, was: AnyClause | None, *, first: bool) -> ClauseWords:
    changed = "" if first or was == clause else "修订" if was else "新增"
    return ClauseWords(
        label=clause.label,
        requirement=words.requirement(clause),
        details=tuple(words.details(clause)),
        citation=str(clause.citation),
        evidence=clause.citation.evidence,
        changed=changed,
    )
