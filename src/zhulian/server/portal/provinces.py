"""A province's own reading (省级核查口径) in words: whom it binds, which clauses it looks at, which it leaves out."""

from __future__ import annotations

from dataclasses import dataclass

from zhulian.core.kernel.codes import division_name
from zhulian.core.rules import Rulebook
from zhulian.core.rules.overlays import GRADES, Overlay, OverlayVersion, begins
from zhulian.rulebooks import library

GRADE_WORDS = dict(zip(GRADES, ("最低等级", "其他等级"), strict=True))


@dataclass(frozen=True, slots=True)
class Kept:
    """What it looks at in grades of one kind: the beginnings of clauses' ids, and the labels that they stand for."""

    grades: str
    names: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ReadVersion:
    """One version of a reading."""

    version: OverlayVersion
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One file of a province. `books` are the categories that it speaks of; empty: all."""

    overlay: Overlay
    books: tuple[Rulebook, ...]
    versions: tuple[ReadVersion, ...]


def place(province: str) -> str:
    """福建省 for 35."""
    return division_name(f"{province}0000")


def readings(province: str) -> tuple[Reading, ...]:
    """The readings of a province, what names categories first, as it goes before the rest."""
    mine = sorted((o for o in library().overlays if o.province == province), key=lambda o: not o.codes)
    return tuple(_reading(overlay) for overlay in mine)


def _reading(overlay: Overlay) -> Reading:
    spoken = [book for book in library().rulebooks if overlay.speaks_of(book.code)]
    labels = _labels(spoken, set(overlay.purposes))
    versions = tuple(ReadVersion(v, tuple(_kept(v, grade, labels) for grade in GRADES)) for v in overlay.versions)
    return Reading(overlay, tuple(spoken) if overlay.codes else (), versions)


def _kept(version: OverlayVersion, grade: str, labels: dict[str, str]) -> Kept:
    named = ((name, _called(name, labels)) for name in version.keep[grade])
    return Kept(GRADE_WORDS[grade], tuple(named))


def _called(name: str, labels: dict[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for id_, label in labels.items() if begins(id_, name)))


def _labels(books: list[Rulebook], purposes: set[str]) -> dict[str, str]:
    """Id of a clause that binds for one of the purposes → what it is called in the book that names it first."""
    found: dict[str, str] = {}
    for book in books:
        for version in book.versions:
            for clauses in version.grades.values():
                for clause in (c for c in clauses if purposes & set(c.purposes)):
                    found.setdefault(clause.id, clause.label)
    return found
