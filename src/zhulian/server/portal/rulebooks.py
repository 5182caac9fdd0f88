"""The rules in words: shipped rulebooks as values for the pages, from the library that the engine runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.rules import Rulebook, Version
from zhulian.core.rules.counting import AgeLimit, limits_of
from zhulian.core.rules.model import AnyClause, ManualClause
from zhulian.core.rules.overlays import Overlay
from zhulian.rulebooks import files, library
from zhulian.server.assessments.reasons import SURE_EVIDENCE
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
    limits: tuple[AgeLimit, ...]
    """Up to which age people count, if the grade asks for people; the first one has no beginning."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A rulebook in the list. `unknown` of the `figures` clauses of its latest version cannot be judged by data alone."""

    book: Rulebook
    unknown: int
    figures: int
    weak: int


@dataclass(frozen=True, slots=True)
class Group:
    """Rulebooks of one kind."""

    title: str
    books: tuple[Listed, ...]


GENERAL, SPECIALTY, OTHER, OWN = "施工总承包", "专业承包", "劳务与许可", "省级与自有"


def listed(query: str) -> tuple[Group, ...]:
    """All rulebooks in groups, or those whose name or code contains the query."""
    found = [book for book in library().rulebooks if query in f"{book.code}{book.subject}"]
    groups = {
        title: tuple(_listed(b) for b in found if _group(b) == title) for title in (GENERAL, SPECIALTY, OTHER, OWN)
    }
    return tuple(Group(title, books) for title, books in groups.items() if books)


def overlays(query: str) -> tuple[Overlay, ...]:
    """Provinces' verifications whose name contains the query."""
    return tuple(overlay for overlay in library().overlays if query in overlay.subject)


def _group(book: Rulebook) -> str:
    if book.file not in files():
        return OWN
    return {"D1": GENERAL, "D2": SPECIALTY}.get(book.code[:2], OTHER)


def _listed(book: Rulebook) -> Listed:
    clauses = [clause for grade in book.versions[-1].grades.values() for clause in grade]
    return Listed(
        book=book,
        unknown=sum(_unknown(clause) for clause in clauses),
        figures=len(clauses),
        weak=sum(clause.citation.evidence not in SURE_EVIDENCE for clause in clauses),
    )


def _unknown(clause: AnyClause) -> bool:
    """Whether a figure that the clause needs is in no source, or no table holds what it asks."""
    return isinstance(clause, ManualClause) or any(
        getattr(clause, name, 0) is None for name in ("at_least", "years", "choose")
    )


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
        limits=limits_of(version.grades[chosen]),
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
    return clause_words(clause, "" if first or was == clause else "修订" if was else "新增")


def clause_words(clause: AnyClause, changed: str = "") -> ClauseWords:
    """A clause in words."""
    return ClauseWords(
        label=clause.label,
        requirement=words.requirement(clause),
        details=tuple(words.details(clause)),
        citation=str(clause.citation),
        evidence=clause.citation.evidence,
        changed=changed,
    )
