"""Facts of several members under one key: laid over each other, and taken apart again. Pure.

Laid over each other, the member that comes first wins; the next ones fill its gaps, cells that it leaves empty and
days that it says nothing about. Taken apart, a member gets what was told of it, plus what has arrived since the
merge: cell by cell, what differs from what the merge showed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise

from zhulian.server.common.bitemporal import Fact
from zhulian.server.registry.folding import Cells, Values

Facts = Sequence[Fact[Values]]


def identical(a: Facts, b: Facts) -> bool:
    """Whether two sequences say the same of the same days from the same deliveries."""
    return sorted(map(_whole, a), key=_start) == sorted(map(_whole, b), key=_start)


def _whole(fact: Fact[Values]) -> tuple[dt.date, dt.date, Cells, int | None]:
    return fact.start, fact.until, fact.values.cells, fact.values.source


def _start(whole: tuple[dt.date, dt.date, Cells, int | None]) -> dt.date:
    return whole[0]


def overlay(members: Iterable[Facts]) -> list[Fact[Values]]:
    """What members say together, the first one first."""
    out: list[Fact[Values]] = []
    for facts in members:
        out = _over(out, facts) if out else list(facts)
    return sorted(out, key=lambda f: f.start)


def _over(upper: Facts, lower: Facts) -> list[Fact[Values]]:
    out: list[Fact[Values]] = []
    for fact in upper:
        out += _filled(fact, lower)
    for fact in lower:
        out += _uncovered(fact, upper)
    return sorted(out, key=lambda f: f.start)


def _filled(fact: Fact[Values], lower: Facts) -> list[Fact[Values]]:
    """A fact with its empty cells filled; cut only where filling changes it."""
    parts: list[Fact[Values]] = []
    day = fact.start
    for other in sorted(lower, key=lambda f: f.start):
        start, end = max(other.start, day), min(other.until, fact.until)
        cells = _fill(fact.values.cells, other.values.cells)
        if start >= end or cells == fact.values.cells:
            continue
        if day < start:
            parts.append(Fact(day, start, fact.values))
        parts.append(Fact(start, end, Values(cells, fact.values.source)))
        day = end
    if day < fact.until:
        parts.append(Fact(day, fact.until, fact.values))
    return parts


def _fill(upper: Cells, lower: Cells) -> Cells:
    return tuple(below if above is None else above for above, below in zip(upper, lower, strict=True))


def _uncovered(fact: Fact[Values], upper: Facts) -> list[Fact[Values]]:
    parts: list[Fact[Values]] = []
    day = fact.start
    for other in sorted(upper, key=lambda f: f.start):
        if other.until <= day or other.start >= fact.until:
            continue
        if day < other.start:
            parts.append(Fact(day, other.start, fact.values))
        day = max(day, other.until)
    if day < fact.until:
        parts.append(Fact(day, fact.until, fact.values))
    return parts


def with_later(own: Facts, shown: Facts, present: Facts) -> list[Fact[Values]]:
    """A member's facts with what has arrived since: `shown` is what the merge showed, `present` what stands there now."""
    days = sorted({day for facts in (own, shown, present) for f in facts for day in (f.start, f.until)})
    parts: list[Fact[Values]] = []
    for start, end in pairwise(days):
        values = _later(_on(own, start), _on(shown, start), _on(present, start))
        if values is None:
            continue
        if parts and parts[-1].until == start and _same(parts[-1].values, values):
            parts[-1] = Fact(parts[-1].start, end, values)
        else:
            parts.append(Fact(start, end, values))
    return parts


def _on(facts: Facts, day: dt.date) -> Values | None:
    return next((f.values for f in facts if f.start <= day < f.until), None)


def _same(a: Values, b: Values) -> bool:
    return a.cells == b.cells and a.source == b.source


def _later(own: Values | None, shown: Values | None, present: Values | None) -> Values | None:
    if present is None or shown is None or own is None:
        return own if present == shown else present
    if present.cells == shown.cells:
        return own
    cells = zip(own.cells, shown.cells, present.cells, strict=True)
    return Values(tuple(o if p == s else p for o, s, p in cells), present.source)
