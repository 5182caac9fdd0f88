"""Which verdicts a change can touch: what the rule of a code reads, taken from the plan that is run for it.

Nothing here is a list by hand. A rule is compiled to a plan; the tables that the plan names are what the verdict, its
reasons and its next critical day are made of. Everything that may bind is taken together (the nation's rule and every
province's reading in force), so a pair is never left out because its enterprise moved.

What is told of an enterprise as `person` stands for whatever is told of its people anywhere: their age, titles,
registrations and insurances elsewhere, works they led. Every plan that counts people reads the table `person`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlglot import exp

from zhulian.core import rules
from zhulian.core.kernel.canonical import sha256_of
from zhulian.core.rules.counting import limits_of
from zhulian.core.rules.plan import ONE, PLANS
from zhulian.core.tables import TABLES
from zhulian.server.assessments.moments import EARLIEST, VERIFICATION

Pair = tuple[int, str]
"""Enterprise and code."""

_COMPLETE: Final = ("main", "critical")
"""Plans that together name every table: the others are made of parts of the first."""
_CHOICE: Final = frozenset({"enterprise"})
"""What decides which rule binds: the division of the enterprise says whose reading."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something changed: in these tables (none named: in any), for this code (none: for all)."""

    enterprise: int
    tables: frozenset[str] = frozenset()
    code: str = ""

    def touches(self, code: str, read: frozenset[str]) -> bool:
        """Whether the verdict on a code, made of the tables `read`, may be another now."""
        return self.code in {"", code} and (not self.tables or not self.tables.isdisjoint(read))


def pairs_affected(
    library: rules.Library, changes: Iterable[Change], held: Iterable[Pair], *, as_of: dt.date
) -> set[Pair]:
    """Those of the pairs that some change touches."""
    changes_of: dict[int, list[Change]] = {}
    for change in changes:
        changes_of.setdefault(change.enterprise, []).append(change)
    return {
        (enterprise, code)
        for enterprise, code in held
        for found in (changes_of.get(enterprise),)
        if found and _any_touches(library, found, code, as_of)
    }


def _any_touches(library: rules.Library, changes: Iterable[Change], code: str, as_of: dt.date) -> bool:
    read = tables_read(library, code, as_of)
    return any(change.touches(code, read) for change in changes)


def tables_read(library: rules.Library, code: str, as_of: dt.date) -> frozenset[str]:
    """Canonical tables that the verdict on a code is made of on a day, whichever province its holder is in."""
    found = _CHOICE
    for province in ("", *library.provinces(code, VERIFICATION, as_of)):
        rule = library.rule(code, VERIFICATION, as_of, None, province)
        if isinstance(rule, rules.GradeRule):
            found |= _of_rule(rule)
    return found


@lru_cache(maxsize=1024)
def _of_rule(rule: rules.GradeRule) -> frozenset[str]:
    return frozenset().union(*(_of_plan(PLANS[which](rule, ONE).tree) for which in _COMPLETE))


def _of_plan(tree: exp.Query) -> frozenset[str]:
    """Stored tables that a plan names. A part may be called like a table; it hides it from the parts that follow."""
    found: set[str] = set()
    parts: set[str] = set()
    with_ = tree.args.get("with_")
    for part in with_.expressions if with_ else ():
        found |= _named(part.this) - parts
        parts.add(part.alias)
    outside = {name for each in _clauses(tree) for name in _named(each)}
    return frozenset((found | (outside - parts)) & TABLES.keys())


def _clauses(tree: exp.Query) -> Iterable[exp.Expr]:
    """What stands after the named parts."""
    for name, value in tree.args.items():
        if name != "with_":
            yield from (
                one for one in (value if isinstance(value, list) else [value]) if isinstance(one, exp.Expression)
            )


def _named(tree: exp.Expr) -> set[str]:
    return {table.name for table in tree.find_all(exp.Table)}


@lru_cache(maxsize=2)
def law_of(library: rules.Library) -> dict[str, str]:
    """Code → a digest of the law on it: every rule that was, is or will be in force, with its first day, by province.

    Where a rule asks for people, the limits up to which they count belong to it: they are data beside the rulebooks.
    Time alone brings no news here: a version that comes into force is in the digest before, and in the critical days.
    """
    provinces = ("", *sorted({overlay.province for overlay in library.overlays}))
    return {code: sha256_of([_course(library, code, province) for province in provinces]) for code in library.codes()}


def _course(library: rules.Library, code: str, province: str) -> list[list[str]]:
    """First day and hash of each rule of a code in a province, in order; with how it counts people, if it does.

    A day on which only something else changes, as the age limit for whoever counts people, is none of the rule's.
    """
    out: list[list[str]] = []
    counted: list[str] = []
    day: dt.date | None = EARLIEST
    while day is not None:
        rule = library.rule(code, VERIFICATION, day, None, province)
        found = rule if isinstance(rule, rules.GradeRule) else None
        digest = found.hash if found else ""
        if not out or out[-1][1] != digest:
            out.append([day.isoformat(), digest])
        counted = counted or [repr(limit) for limit in limits_of(found.clauses if found else ())]
        day = library.next_change(code, day, None, province)
    return [*out, counted] if counted else out
