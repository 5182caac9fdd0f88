"""Dividing people into staff groups, exactly.

A person serves one group; within it every demand he fits counts him. Given how many persons have which features,
what is the least number of further persons with whom all demands of all groups hold, and who serves where? With
several demands per group this is a covering problem, so greedy assignment fails (tests hold examples). The search
below goes over the histogram, not over persons, and is exact: iterative deepening from a lower bound (Hall's
deficiency for every choice of one demand per group), branch and bound with that same bound, and failed states kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeAlias

Needs: TypeAlias = Mapping[str, Sequence[tuple[int, int]]]
"""Group → (feature bit, persons needed)."""


@dataclass(frozen=True, slots=True)
class Division:
    """The certificate: with `missing` more people, as `short` says per group, `serving` satisfies every demand.

    `serving` maps (mask, group) to a number of persons, where mask keeps only the `relevant` bits, those that some
    group demands; who is in no entry is not needed anywhere.
    """

    missing: int
    short: Mapping[str, int]
    serving: Mapping[tuple[int, str], int]
    relevant: int


def divide(histogram: Mapping[int, int], needs: Needs) -> Division:
    """The best division of persons, given as mask → how many, over the groups."""
    return _Search(histogram, needs).best()


_State: TypeAlias = tuple[tuple[int, ...], ...]


class _Search:
    """One search; `state` is what each group's demands still lack, never below zero."""

    def __init__(self, histogram: Mapping[int, int], needs: Needs) -> None:
        self.groups = tuple(needs)
        self.bits = tuple(tuple(1 << bit for bit, _ in needs[group]) for group in self.groups)
        self.unions = tuple(_union(bits) for bits in self.bits)
        self.state: _State = tuple(tuple(count for _, count in needs[group]) for group in self.groups)
        self.serving: dict[tuple[int, str], int] = {}
        self.contested: list[tuple[int, int, tuple[int, ...]]] = []
        self._take_uncontested(histogram)
        self.choices = self._choices()
        self._counts: dict[tuple[int, int], int] = {}
        self._failed: set[tuple[int, _State]] = set()
        self._chosen: dict[int, tuple[int, ...]] = {}

    def best(self) -> Division:
        missing = self._bound(0, self.state)
        while (end := self._search(0, self.state, missing)) is None:
            missing += 1
            self._failed.clear()
        for position, shares in self._chosen.items():
            mask, _, touched = self.contested[position]
            for g, share in zip(touched, shares, strict=True):
                if share:
                    self.serving[mask, self.groups[g]] = share
        short = {group: max(lacking, default=0) for group, lacking in zip(self.groups, end, strict=True)}
        return Division(sum(short.values()), short, self.serving, _union(self.unions))

    def _take_uncontested(self, histogram: Mapping[int, int]) -> None:
        """Who fits one group only serves there; persons alike in all that is demanded are one class."""
        relevant = _union(self.unions)
        merged: dict[int, int] = {}
        for mask, persons in histogram.items():
            merged[mask & relevant] = merged.get(mask & relevant, 0) + persons
        for mask, persons in sorted(merged.items()):
            touched = tuple(g for g, union in enumerate(self.unions) if mask & union)
            if len(touched) == 1:
                self.state = self._after(self.state, mask, touched, (persons,))
                self.serving[mask, self.groups[touched[0]]] = persons
            elif touched and persons:
                self.contested.append((mask, persons, touched))
        self.contested.sort(key=lambda each: (len(each[2]), each[1], each[0]), reverse=True)

    def _choices(self) -> list[tuple[tuple[tuple[int, int], ...], int]]:
        """For each subset of groups and each choice of one demand in each: (group, demand) pairs, union of bits."""
        found = []
        for size in range(1, len(self.groups) + 1):
            for subset in combinations(range(len(self.groups)), size):
                for picks in product(*[range(len(self.bits[g])) for g in subset]):
                    pairs = tuple(zip(subset, picks, strict=True))
                    found.append((pairs, _union([self.bits[g][d] for g, d in pairs])))
        return found

    def _bound(self, position: int, state: _State) -> int:
        """No division of the classes from `position` on needs fewer further persons."""
        worst = 0
        for pairs, union in self.choices:
            lacking = sum([state[g][d] for g, d in pairs])
            if lacking > worst:
                worst = max(worst, lacking - self._count(position, union))
        return worst

    def _count(self, position: int, union: int) -> int:
        key = (position, union)
        if key not in self._counts:
            self._counts[key] = sum(n for mask, n, _ in self.contested[position:] if mask & union)
        return self._counts[key]

    def _search(self, position: int, state: _State, budget: int) -> _State | None:
        if (position, state) in self._failed or self._bound(position, state) > budget:
            return None
        if position == len(self.contested):
            return state
        mask, persons, touched = self.contested[position]
        branches: dict[_State, tuple[int, ...]] = {}
        for shares in _shares(persons, len(touched)):
            branches.setdefault(self._after(state, mask, touched, shares), shares)
        for after, shares in sorted(
            branches.items(), key=lambda branch: (self._bound(position + 1, branch[0]), branch)
        ):
            if (end := self._search(position + 1, after, budget)) is not None:
                self._chosen[position] = shares
                return end
        self._failed.add((position, state))
        return None

    def _after(self, state: _State, mask: int, touched: tuple[int, ...], shares: tuple[int, ...]) -> _State:
        changed = list(state)
        for g, share in zip(touched, shares, strict=True):
            if share:
                changed[g] = tuple(
                    max(lack - share, 0) if mask & bit else lack
                    for lack, bit in zip(state[g], self.bits[g], strict=True)
                )
        return tuple(changed)


def _union(bits: Sequence[int]) -> int:
    union = 0
    for bit in bits:
        union |= bit
    return union


def _shares(persons: int, groups: int) -> Iterator[tuple[int, ...]]:
    """All ways to hand `persons` alike to `groups`; leaving somebody idle never helps."""
    if groups == 1:
        yield (persons,)
        return
    for first in range(persons, -1, -1):
        for rest in _shares(persons - first, groups - 1):
            yield (first, *rest)
