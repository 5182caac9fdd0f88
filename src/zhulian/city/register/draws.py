"""Draws for whole columns: the finaliser of splitmix64 (Steele, Lea, Flood 2014) over a running number.

The same number, topic and seed give the same draw on every machine, in every batch and with any number of threads.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import polars as pl

_MASK: Final = 2**64 - 1
_STEP: Final = 0x9E3779B97F4A7C15
_FIRST: Final = 0xBF58476D1CE4E5B9
_SECOND: Final = 0x94D049BB133111EB


def _u64(value: int) -> pl.Expr:
    return pl.lit(value & _MASK, dtype=pl.UInt64)


@dataclass(frozen=True, slots=True)
class Draws:
    """Independent streams by topic."""

    seed: int

    def noise(self, number: pl.Expr, topic: str) -> pl.Expr:
        """64 even bits for each number."""
        salt = int.from_bytes(hashlib.sha256(f"{self.seed}:{topic}".encode()).digest()[:8], "big")
        z = number.cast(pl.UInt64) * _u64(_STEP) + _u64(salt)
        z = (z ^ (z // _u64(1 << 30))) * _u64(_FIRST)
        z = (z ^ (z // _u64(1 << 27))) * _u64(_SECOND)
        return z ^ (z // _u64(1 << 31))

    def below(self, number: pl.Expr, topic: str, limit: int | pl.Expr) -> pl.Expr:
        """A number from 0 to `limit` - 1. `limit` is small beside 2^64, so that the lean of a remainder is none."""
        bound = _u64(limit) if isinstance(limit, int) else limit.cast(pl.UInt64)
        return (self.noise(number, topic) % bound).cast(pl.Int64)

    def chance(self, number: pl.Expr, topic: str, in_thousand: int) -> pl.Expr:
        """True for so many in a thousand."""
        return self.below(number, topic, 1000) < in_thousand

    def shuffle(self, number: pl.Expr, topic: str, prime: int) -> pl.Expr:
        """A permutation of 0 … `prime` - 1: numbers that belong to one holder each, without a list of those given."""
        salt = int.from_bytes(hashlib.sha256(f"{self.seed}:{topic}:shuffle".encode()).digest()[:8], "big")
        factor, shift = 1 + salt % (min(prime, 1 << 30) - 1), (salt >> 32) % prime
        return ((number.cast(pl.UInt64) * _u64(factor) + _u64(shift)) % _u64(prime)).cast(pl.Int64)


def pick(words: list[str] | tuple[str, ...], index: pl.Expr) -> pl.Expr:
    """The word at each index."""
    return pl.lit(pl.Series(words, dtype=pl.String)).gather(index)


def pick_number(numbers: list[int] | tuple[int, ...], index: pl.Expr) -> pl.Expr:
    """The number at each index."""
    return pl.lit(pl.Series(numbers, dtype=pl.Int64)).gather(index)
