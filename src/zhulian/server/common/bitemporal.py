"""Facts with two times: what was true (`fact_from`, `fact_until`) and what was known (`recorded_at`, `superseded_at`).

Pure: no Django, no clock. For one logical key the fact periods of rows that nothing superseded never overlap. A
newcomer overrides what was known for its period: older rows are superseded and the parts of them that it leaves
standing are written again, so that `known_at` before still sees the old rows and nothing is ever rewritten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V", bound=Hashable)
R = TypeVar("R", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Fact(Generic[V]):
    """Values that hold in `[start, until)`."""

    start: dt.date
    until: dt.date
    values: V


@dataclass(frozen=True, slots=True)
class Stored(Generic[R, V]):
    """A fact with the row that stores it."""

    row: R
    fact: Fact[V]


@dataclass(frozen=True, slots=True)
class Change(Generic[R, V]):
    """What recording newcomers does to one key: rows to supersede, facts to insert, newcomers that said nothing new.

    What an older row keeps outside a newcomer's period is among the inserts, with the old values.
    """

    supersede: tuple[R, ...]
    insert: tuple[Fact[V], ...]
    unchanged: int


def change(current: Sequence[Stored[R, V]], newcomers: Sequence[Fact[V]]) -> Change[R, V]:
    """Record newcomers over the current rows of one key, in order: a later newcomer overrides an earlier one.

    Raises:
        ValueError: for an empty period, which is a defect of the caller.
    """
    pieces: list[_Piece[R, V]] = [_Piece(s.fact, s.row) for s in current]
    unchanged = 0
    for new in newcomers:
        if new.start >= new.until:
            message = f"empty fact period {new.start} to {new.until}"
            raise ValueError(message)
        if _says_nothing_new(new, [piece.fact for piece in pieces]):
            unchanged += 1
            continue
        pieces = [part for piece in pieces for part in _without(piece, new)]
        pieces.append(_Piece(new, None))
    kept = {piece.row for piece in pieces}
    return Change(
        supersede=tuple(s.row for s in current if s.row not in kept),
        insert=tuple(piece.fact for piece in pieces if piece.row is None),
        unchanged=unchanged,
    )


def _says_nothing_new(new: Fact[V], known: Sequence[Fact[V]]) -> bool:
    """Whether facts with the same values already cover the newcomer's whole period."""
    day = new.start
    for fact in sorted(known, key=lambda f: f.start):
        if fact.values == new.values and fact.start <= day < fact.until:
            day = fact.until
    return day >= new.until


def _without(piece: _Piece[R, V], new: Fact[V]) -> Iterator[_Piece[R, V]]:
    """What is left of a piece outside the newcomer's period: itself, nothing, one part or two."""
    fact = piece.fact
    if fact.until <= new.start or new.until <= fact.start:
        yield piece
        return
    if fact.start < new.start:
        yield _Piece(Fact(fact.start, new.start, fact.values), None)
    if new.until < fact.until:
        yield _Piece(Fact(new.until, fact.until, fact.values), None)


@dataclass(frozen=True, slots=True)
class _Piece(Generic[R, V]):
    """A fact in the making: a whole stored row, or (`row` None) one to insert."""

    fact: Fact[V]
    row: R | None
