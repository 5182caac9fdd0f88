"""The fewest (or cheapest) persons to hire so that all staff clauses of a rule surely hold.

A person hired has one paper, or two (`double`): 注册建造师 who also holds a title. Papers that satisfy the same
demands are one kind; the cheapest of them stands for it. Whom the enterprise has already serves one staff group each,
so the search divides them (as `core.rules.division` does) while it counts what each division leaves to be hired:

    minimise over divisions  Σ over groups cover(what the group still lacks)

`cover` is an exact covering search over a handful of kinds; branch and bound goes over the classes of people whom
several groups want, with the bound "all the rest serve every group". It begins with the division of least persons.
Beyond `NODES` nodes the best plan found is given as such, not as proved (`exact` False).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Final, TypeAlias

from zhulian.core.advice.changes import PAPER_COLUMNS, Paper
from zhulian.core.advice.steps import DEFAULTS
from zhulian.core.rules.division import divide
from zhulian.core.rules.features import Features, coverings
from zhulian.core.rules.model import Filter, PeopleClause
from zhulian.core.tables.contract import SKILL_GRADES, TITLE_GRADES

NODES: Final = 20_000
ALTERNATIVES: Final = 400
"""Most combinations of values looked at for one table."""
ALONE: Final = ""
"""Not a group: clauses for which nobody competes."""
PERSON: Final = 10**9
"""Weight of a person where no prices are given; with prices, the tie-breaker below a fen."""

_EASIEST_FIRST: Final = (*TITLE_GRADES, *SKILL_GRADES, "二级注册建造师", "一级注册建造师")

Prices: TypeAlias = Mapping[str, int]
"""What a paper of a kind costs a year, in fen, as the user says it; see `price_kind`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person to hire: papers, the features they give, and his weight."""

    papers: tuple[Paper, ...]
    mask: int
    weight: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to hire, how many of each, and the weight of all."""

    hires: tuple[tuple[Candidate, int], ...]
    weight: int
    exact: bool


def price_kind(paper: Paper) -> str:
    """What prices are given by: the grade or kind of a paper, 一级注册建造师; the table where it has none."""
    values = dict(paper.values)
    named = values.get("kind") or values.get("grade")
    label = {"title": "职称", "skill": ""}.get(paper.table, "")
    return f"{named}{label}" if named else {"post_certificate": "岗位证书"}.get(paper.table, paper.table)


def weight_of(papers: Sequence[Paper], prices: Prices | None) -> int:
    """One person's weight: his papers' prices, else one person."""
    if not prices:
        return PERSON + len(papers)
    return sum(prices.get(price_kind(paper), 0) for paper in papers) * PERSON + PERSON // 1000 + len(papers)


def candidates(features: Features, prices: Prices | None, *, double: bool = False) -> tuple[Candidate, ...]:
    """Every kind of person worth hiring for the rule's staff clauses."""
    tables = sorted({clause.table for clause in features.people})
    single = [c for name in tables for c in _of_table(features, name, prices)]
    found = list(single)
    if double:
        for one, other in combinations(single, 2):
            papers = (*one.papers, *other.papers)
            found.append(Candidate(papers, one.mask | other.mask, weight_of(papers, prices)))
    return tuple(_best(found))


def _best(found: Sequence[Candidate]) -> list[Candidate]:
    """The lightest candidate of each mask."""
    best: dict[int, Candidate] = {}
    for each in found:
        if each.mask and (each.mask not in best or each.weight < best[each.mask].weight):
            best[each.mask] = each
    return list(best.values())


def _of_table(features: Features, name: str, prices: Prices | None) -> Iterator[Candidate]:
    wheres = [f.where for f in features.all[: features.counted] if f.table == name]
    for paper in papers_of(name, wheres):
        mask = mask_of(features, [paper])
        yield Candidate((paper,), mask, weight_of([paper], prices))


def papers_of(name: str, wheres: Sequence[Sequence[Filter]]) -> Iterator[Paper]:
    """Papers of a table with the values that the filters name, the easiest to get first."""
    values: dict[str, list[str]] = {}
    for column, allowed in (condition for where in wheres for condition in where):
        values.setdefault(column, []).extend(v for v in allowed if v not in values.get(column, ()))
    for column, value in DEFAULTS[name].items():
        values.setdefault(column, [value])
    columns = [column for column in PAPER_COLUMNS[name] if column in values]
    options = [sorted(dict.fromkeys(values[column]), key=_ease) for column in columns]
    for number, chosen in enumerate(product(*options)):
        if number == ALTERNATIVES:
            return
        yield Paper(name, tuple(zip(columns, chosen, strict=True)))


def _ease(value: str) -> int:
    return _EASIEST_FIRST.index(value) if value in _EASIEST_FIRST else -1


def mask_of(features: Features, papers: Sequence[Paper]) -> int:
    """The counted features that somebody with these papers has."""
    mask = 0
    for feature in features.all[: features.counted]:
        if any(paper.table == feature.table and passes(paper, feature.where) for paper in papers):
            mask |= 1 << feature.bit
    return mask


def passes(paper: Paper, where: Sequence[Filter]) -> bool:
    """Whether a paper passes filters."""
    values = {**DEFAULTS[paper.table], **dict(paper.values)}
    return all(values.get(column) in allowed for column, allowed in where)


Needs: TypeAlias = Mapping[str, Sequence[tuple[int, int]]]
_State: TypeAlias = tuple[tuple[int, ...], ...]


def needs_of(
    features: Features, row: Mapping[str, Any], more: Sequence[int] = ()
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Demands by group. Clauses that compete with no other group stand under "", as what they still lack.

    `row` is the plan's; `more` are the masks of persons who come besides.
    """
    groups: dict[str, tuple[tuple[int, int], ...]] = {
        group: tuple((d.bit, d.at_least) for d in demands) for group, demands in features.groups.items()
    }
    alone = [c for c in features.people if c.at_least is not None and c.group not in features.groups]
    if alone:
        demands = [demand for clause in alone for demand in _demands(features, clause)]
        had = {bit: row[f"s{bit}"] + sum(mask >> bit & 1 for mask in more) for bit, _ in demands}
        groups[ALONE] = tuple((bit, max(count - had[bit], 0)) for bit, count in demands)
    return groups


def _demands(features: Features, clause: PeopleClause) -> Iterator[tuple[int, int]]:
    yield features.bit(clause.table, clause.where), clause.at_least or 0
    for where in coverings(clause):
        yield features.bit(clause.table, where), 1


class Cover:
    """The lightest candidates for what one group lacks; exact, answers kept."""

    def __init__(self, bits: Sequence[int], kinds: Sequence[Candidate]) -> None:
        self._kinds = [(c, tuple(d for d, bit in enumerate(bits) if c.mask >> bit & 1)) for c in kinds]
        self._known: dict[tuple[int, ...], tuple[int, tuple[tuple[Candidate, int], ...]] | None] = {}

    def of(self, lacks: tuple[int, ...]) -> tuple[int, tuple[tuple[Candidate, int], ...]] | None:
        """Weight and hires; None where some demand can be met by nobody."""
        if lacks not in self._known:
            self._known[lacks] = self._search(lacks)
        return self._known[lacks]

    def _search(self, lacks: tuple[int, ...]) -> tuple[int, tuple[tuple[Candidate, int], ...]] | None:
        open_ = [d for d, lack in enumerate(lacks) if lack]
        if not open_:
            return 0, ()
        useful = self._undominated(open_)
        chosen = min(open_, key=lambda d: (sum(d in serves for _, serves in useful), -lacks[d]))
        options = [(c, serves) for c, serves in useful if chosen in serves]
        best = None
        for candidate, serves in options:
            # With one option all that is lacking is hired at once; else one person, so that kinds may be mixed.
            count = lacks[chosen] if len(options) == 1 else min(lacks[d] for d in serves)
            for number in (count,) if len(options) == 1 else sorted({1, count}, reverse=True):
                rest = self.of(tuple(max(k - number, 0) if d in serves else k for d, k in enumerate(lacks)))
                if rest is not None and (best is None or rest[0] + number * candidate.weight < best[0]):
                    best = rest[0] + number * candidate.weight, _merged(rest[1], candidate, number)
        return best

    def _undominated(self, open_: Sequence[int]) -> list[tuple[Candidate, tuple[int, ...]]]:
        """Candidates that no lighter one replaces in all that is still lacking."""
        wanted = set(open_)
        useful = [(c, tuple(d for d in serves if d in wanted)) for c, serves in self._kinds]
        useful = sorted((u for u in useful if u[1]), key=lambda u: (u[0].weight, -len(u[1])))
        kept: list[tuple[Candidate, tuple[int, ...]]] = []
        for candidate, serves in useful:
            if not any(set(serves) <= set(other) for _, other in kept):
                kept.append((candidate, serves))
        return kept


def _merged(
    hires: tuple[tuple[Candidate, int], ...], candidate: Candidate, number: int
) -> tuple[tuple[Candidate, int], ...]:
    counts = dict(hires)
    counts[candidate] = counts.get(candidate, 0) + number
    return tuple(counts.items())


class Hiring:
    """One search for the lightest hires over all divisions of the people who are there."""

    def __init__(self, needs: Needs, histogram: Mapping[int, int], kinds: Sequence[Candidate]) -> None:
        self._groups = tuple(needs)
        self._bits = tuple(tuple(bit for bit, _ in needs[group]) for group in self._groups)
        self._covers = [Cover(bits, kinds) for bits in self._bits]
        self._needs, self._histogram = needs, histogram
        self._nodes = NODES
        self._classes: list[tuple[int, int, tuple[int, ...]]] = []
        self._best: tuple[int, _State] | None = None
        self._seen: set[tuple[int, _State]] = set()

    def plan(self) -> Plan | None:
        """The lightest plan; None where nobody could meet some demand."""
        start: _State = tuple(tuple(count for _, count in self._needs[group]) for group in self._groups)
        start, self._classes = self._served(start)
        self._try(self._by_division(start))
        if self._classes:
            self._search(0, start)
        if self._best is None:
            return None
        counts: dict[Candidate, int] = {}
        for cover, lacks in zip(self._covers, self._best[1], strict=True):
            found = cover.of(lacks)
            for candidate, number in found[1] if found else ():
                counts[candidate] = counts.get(candidate, 0) + number
        mixed = ALONE in self._groups and len(self._groups) > 1  # one hired may serve a group and stand alone as well
        return Plan(tuple(counts.items()), self._best[0], self._nodes > 0 and not mixed)

    def _served(self, state: _State) -> tuple[_State, list[tuple[int, int, tuple[int, ...]]]]:
        """Who fits one group only serves there; the rest is contested."""
        unions = [sum({1 << bit for bit in bits}) if g else 0 for g, bits in zip(self._groups, self._bits, strict=True)]
        wanted = sum({1 << bit for bits in self._bits for bit in bits})
        merged: dict[int, int] = {}
        for mask, persons in self._histogram.items():
            merged[mask & wanted] = merged.get(mask & wanted, 0) + persons
        contested = []
        for mask, persons in sorted(merged.items()):
            touched = tuple(g for g, union in enumerate(unions) if mask & union)
            if len(touched) == 1:
                state = self._after(state, touched[0], mask, persons)
            elif touched:
                contested.append((mask, persons, touched))
        contested.sort(key=lambda c: (len(c[2]), c[1], c[0]), reverse=True)
        return state, contested

    def _after(self, state: _State, group: int, mask: int, persons: int) -> _State:
        lacks = tuple(
            max(lack - persons, 0) if mask >> bit & 1 else lack
            for lack, bit in zip(state[group], self._bits[group], strict=True)
        )
        return (*state[:group], lacks, *state[group + 1 :])

    def _by_division(self, state: _State) -> _State:
        """What is left by the division that lacks the fewest persons: a good plan to begin with."""
        contested: dict[int, int] = {}
        for mask, persons, _ in self._classes:
            contested[mask] = contested.get(mask, 0) + persons
        lacking = {
            group: [(bit, lack) for (bit, _), lack in zip(self._needs[group], lacks, strict=True)]
            for group, lacks in zip(self._groups, state, strict=True)
            if group != ALONE
        }
        if contested:
            for (mask, group), persons in divide(contested, lacking).serving.items():
                state = self._after(state, self._groups.index(group), mask, persons)
        return state

    def _weight(self, state: _State) -> int | None:
        found = [cover.of(lacks) for cover, lacks in zip(self._covers, state, strict=True)]
        return None if any(f is None for f in found) else sum(f[0] for f in found if f)

    def _try(self, state: _State) -> None:
        weight = self._weight(state)
        if weight is not None and (self._best is None or weight < self._best[0]):
            self._best = weight, state

    def _search(self, position: int, state: _State) -> None:
        self._nodes -= 1
        if self._nodes <= 0 or (position, state) in self._seen:
            return
        self._seen.add((position, state))
        if position == len(self._classes):
            self._try(state)
            return
        bound = self._weight(self._all_serve(position, state))
        if bound is None or (self._best is not None and bound >= self._best[0]):
            return
        mask, persons, touched = self._classes[position]
        for shares in _shares(persons, len(touched)):
            after = state
            for g, share in zip(touched, shares, strict=True):
                after = self._after(after, g, mask, share)
            self._search(position + 1, after)

    def _all_serve(self, position: int, state: _State) -> _State:
        for mask, persons, touched in self._classes[position:]:
            for g in touched:
                state = self._after(state, g, mask, persons)
        return state


def _shares(persons: int, groups: int) -> Iterator[tuple[int, ...]]:
    if groups == 1:
        yield (persons,)
        return
    for first in range(persons, -1, -1):
        for rest in _shares(persons - first, groups - 1):
            yield (first, *rest)
