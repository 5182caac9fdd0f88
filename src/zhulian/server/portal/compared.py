"""Two texts of a rule side by side: two versions of a rulebook, or a version and a province's reading of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from zhulian.core.kernel.codes import division_name
from zhulian.core.rules import GradeRule, Version
from zhulian.core.rules.model import AnyClause, Source
from zhulian.core.rules.overlays import Overlay, OverlayVersion
from zhulian.rulebooks import library
from zhulian.server.portal.rulebooks import ClauseWords, Shown, clause_words

ADDED, GONE, CHANGED, NOT_ASKED = "新增", "删去", "修订", "不核查"


@dataclass(frozen=True, slots=True)
class Option:
    """What a version may be laid beside: `key` is the page's `with`."""

    key: str
    label: str
    valid_from: dt.date


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two texts."""

    label: str
    source: Source
    valid_from: dt.date
    published_at: dt.date


@dataclass(frozen=True, slots=True)
class Pair:
    """A clause in both texts: `told` has each text's label with the clause in words, None where the text has none.

    `difference` is empty where they agree.
    """

    label: str
    told: tuple[tuple[str, ClauseWords | None], ...]
    difference: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Two texts of one grade, the earlier or national one first, and the union of their clauses.

    `purpose`: the only one whose clauses are compared; empty for all.
    """

    key: str
    sides: tuple[Side, Side]
    pairs: tuple[Pair, ...]
    purpose: str = ""

    @property
    def differing(self) -> int:
        """How many clauses differ."""
        return sum(bool(pair.difference) for pair in self.pairs)


def options(shown: Shown) -> tuple[Option, ...]:
    """Other versions that have the grade, and the provinces' readings in force beside the one that is shown."""
    versions = [
        Option(v.id, v.source.document, v.valid_from)
        for v in shown.book.versions
        if v is not shown.version and shown.grade.letter in v.grades
    ]
    local = [
        Option(_key(overlay, version), division_name(f"{overlay.province}0000"), version.valid_from)
        for overlay, version, _ in _readings(shown)
    ]
    return (*versions, *local)


def compared(shown: Shown, key: str) -> Compared | None:
    """What is shown beside what `key` names; None if there is no such text of this grade."""
    letter = shown.grade.letter
    other = next((v for v in shown.book.versions if v.id == key and v is not shown.version), None)
    if other is not None and letter in other.grades:
        first, second = sorted((shown.version, other), key=lambda v: v.valid_from)
        sides = _side(first), _side(second)
        if sides[0].label == sides[1].label:  # one document may make two versions, by its days
            sides = _dated(first), _dated(second)
        return Compared(key, sides, _pairs(sides, first.grades[letter], second.grades[letter], GONE))
    for overlay, version, rule in _readings(shown):
        if _key(overlay, version) == key:
            national = tuple(c for c in shown.version.grades[letter] if rule.purpose in c.purposes)
            sides = _side(shown.version), _side(version, overlay.subject)
            return Compared(key, sides, _pairs(sides, national, rule.clauses, NOT_ASKED), rule.purpose)
    return None


def _key(overlay: Overlay, version: OverlayVersion) -> str:
    """Two provinces may call a version by the same id, and one province may have a file for each category."""
    return f"{overlay.province}:{version.id}"


def _readings(shown: Shown) -> list[tuple[Overlay, OverlayVersion, GradeRule]]:
    """The provinces' readings that bind on some day of the version shown, with the rule that the engine runs then."""
    found = []
    for overlay in library().overlays:
        for version in overlay.versions:
            day = max(shown.version.valid_from, version.valid_from)
            rule = library().rule(
                f"{shown.book.code}{shown.grade.letter}", overlay.purposes[0], day, None, overlay.province
            )
            if isinstance(rule, GradeRule) and rule.version == f"{shown.version.id}+{version.id}":
                found.append((overlay, version, rule))
    return found


def _side(version: Version | OverlayVersion, label: str = "") -> Side:
    return Side(label or version.source.document, version.source, version.valid_from, version.published_at)


def _dated(version: Version) -> Side:
    return _side(version, f"{version.source.document} {version.valid_from}")


def _pairs(
    sides: tuple[Side, Side], earlier: tuple[AnyClause, ...], later: tuple[AnyClause, ...], gone: str
) -> tuple[Pair, ...]:
    """In the order of the earlier text; what only the later one has comes after."""
    first, second = ({clause.id: clause for clause in clauses} for clauses in (earlier, later))
    labels = {clause.id: clause.label for clause in (*earlier, *later)}
    return tuple(_pair(label, sides, (first.get(one), second.get(one)), gone) for one, label in labels.items())


def _pair(label: str, sides: tuple[Side, Side], texts: tuple[AnyClause | None, AnyClause | None], gone: str) -> Pair:
    earlier, later = texts
    difference = "" if earlier == later else ADDED if earlier is None else gone if later is None else CHANGED
    said = (None if clause is None else clause_words(clause) for clause in texts)
    told = zip((side.label for side in sides), said, strict=True)
    return Pair(label, tuple(told), difference)
