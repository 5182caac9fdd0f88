"""Dividing people into staff groups, exactly.

A person serves one group; within it every demand he fits counts him. Given how many persons have which features,
what is the least number of further persons with whom all demands of all groups hold, and who serves where? With
several demands per group this is a covering problem, so greedy assignment fails (tests hold examples).

The search goes over the histogram, not over persons, and is exact: iterative deepening from a lower bound, branch
and bound, failed states kept. The bound is the dual of the linear relaxation. For weights w ≥ 0 of the demands with
a sum of at most 1 in each group, no division lacks fewer than

    Σ w·lacking − Σ over classes of persons × (the largest weight the class can give to one group).

Weight 1 on one demand in each of some groups is Hall's condition; that decides nearly all real cases. Where it does
not, a subgradient ascent looks for better weights. Any weights give a valid bound, so the ascent decides only how
long the search takes, never its answer; all arithmetic is in integers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

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
"""What each demand of each group still lacks."""
_Weights: TypeAlias = tuple[tuple[int, ...], ...]
"""Weight of each demand of each group, in parts of `ONE`."""
_Bound: TypeAlias = tuple[tuple[tuple[int, int, int], ...], tuple[int, ...]]
"""Weights that are not zero as (group, demand, weight), and by position what the classes from there on can give."""

ONE: Final = 2**20
PATIENCE: Final = 60
"""Nodes searched with Hall's condition alone before better weights are looked for."""
STEPS: Final = 200
KEPT: Final = 12


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
        self.bounds = [self._bound_of(weights) for weights in self._corners()] if self.contested else []
        self.patience = PATIENCE
        self._failed: set[tuple[int, _State]] = set()
        self._chosen: dict[int, tuple[int, ...]] = {}

    def best(self) -> Division:
        end, missing = None if self.contested else self.state, max(self._bound(0, self.state), 0)
        while end is None:
            end = self._search(0, self.state, missing)
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

    def _corners(self) -> Iterator[_Weights]:
        """Weight one on one demand in each of some groups: Hall's condition for that choice."""
        for picks in product(*[range(-1, len(bits)) for bits in self.bits]):
            if max(picks, default=-1) >= 0:  # no weight at all says nothing, and would hide how much room there is
                yield tuple(
                    tuple(ONE if d == pick else 0 for d in range(len(bits)))
                    for pick, bits in zip(picks, self.bits, strict=True)
                )

    def _bound_of(self, weights: _Weights) -> _Bound:
        """The bound of these weights: what the classes from each position on can give at most."""
        rest = [0]
        for mask, persons, _ in reversed(self.contested):
            rest.append(rest[-1] + persons * max(self._gifts(weights, mask)))
        flat = tuple((g, d, w) for g, group in enumerate(weights) for d, w in enumerate(group) if w)
        return flat, tuple(reversed(rest))

    def _gifts(self, weights: _Weights, mask: int) -> list[int]:
        """What one person with this mask is worth to each group."""
        return [
            sum(w for w, bit in zip(group, bits, strict=True) if mask & bit)
            for group, bits in zip(weights, self.bits, strict=True)
        ]

    def _bound(self, position: int, state: _State) -> int:
        """No division of the classes from `position` on lacks fewer."""
        return -(-self._slack(position, state) // ONE)

    def _slack(self, position: int, state: _State) -> int:
        """The largest of the bounds, times `ONE`; negative where there is room."""
        bounds = [sum([state[g][d] * w for g, d, w in flat]) - rest[position] for flat, rest in self.bounds]
        return max(bounds, default=0)

    def _search(self, position: int, state: _State, budget: int) -> _State | None:
        if self._slack(position, state) > budget * ONE or (position, state) in self._failed:
            return None
        if position == len(self.contested):
            return state
        self.patience -= 1
        if self.patience == 0:
            self._sharpen()
        mask, persons, touched = self.contested[position]
        branches: dict[_State, tuple[int, ...]] = {}
        for shares in _shares(persons, len(touched)):
            branches.setdefault(self._after(state, mask, touched, shares), shares)
        for after, shares in sorted(branches.items(), key=lambda b: (self._slack(position + 1, b[0]), b)):
            if (end := self._search(position + 1, after, budget)) is not None:
                self._chosen[position] = shares
                return end
        self._failed.add((position, state))
        return None

    def _sharpen(self) -> None:
        """Subgradient ascent from the best corner: more weights, nearer to the linear relaxation's optimum."""
        best = max(self._corners(), key=self._value)
        weights = best
        for step in range(1, STEPS + 1):
            direction = self._direction(weights)
            size = sum(abs(x) for group in direction for x in group) or 1
            reach = 4 * ONE // (step + 3)
            weights = tuple(
                _projected([w + x * reach // size for w, x in zip(ws, xs, strict=True)])
                for ws, xs in zip(weights, direction, strict=True)
            )
            if self._value(weights) > self._value(best):
                best = weights
                self.bounds.append(self._bound_of(weights))
        self.bounds = [*self.bounds[-KEPT:], *self.bounds[:-KEPT]]

    def _value(self, weights: _Weights) -> int:
        flat, rest = self._bound_of(weights)
        return sum(self.state[g][d] * w for g, d, w in flat) - rest[0]

    def _direction(self, weights: _Weights) -> tuple[tuple[int, ...], ...]:
        """What each demand lacks when every class serves the group to which it is worth most."""
        lacking = [list(group) for group in self.state]
        for mask, persons, _ in self.contested:
            gifts = self._gifts(weights, mask)
            g = gifts.index(max(gifts))
            for d, bit in enumerate(self.bits[g]):
                lacking[g][d] -= persons if mask & bit else 0
        return tuple(tuple(group) for group in lacking)

    def _after(self, state: _State, mask: int, touched: tuple[int, ...], shares: tuple[int, ...]) -> _State:
        changed = list(state)
        for g, share in zip(touched, shares, strict=True):
            if share:
                changed[g] = tuple(
                    max(lack - share, 0) if mask & bit else lack
                    for lack, bit in zip(state[g], self.bits[g], strict=True)
                )
        return tuple(changed)


def _projected(weights: list[int]) -> tuple[int, ...]:
    """Weights of one group made admissible: none negative, a sum of at most one."""
    positive = [max(w, 0) for w in weights]
    whole = sum(positive)
    return tuple(positive) if whole <= ONE else tuple(w * ONE // whole for w in positive)


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
