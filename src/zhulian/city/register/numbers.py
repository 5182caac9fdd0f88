"""Credit codes (GB 32100), resident IDs (GB 11643) and day arithmetic for whole columns.

A check digit is a weighted sum of places, and every place is arithmetic on a number, so nothing is taken apart
character by character. `tests/city` holds each form against the parsers of the kernel.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from zhulian.city.register.draws import pick

USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_USCC_WEIGHTS: Final = tuple(pow(3, i, 31) for i in range(17))
_ID_WEIGHTS: Final = tuple(pow(2, 17 - i, 11) for i in range(17))
OLD_BODIES: Final = 99_999_989
"""Largest prime below 10^8: organisation codes of eight digits."""
NEW_BODIES: Final = 887_503_663
"""Largest prime below 31^6: organisation codes that begin with MA."""


def _sum(terms: list[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal(terms)


def _digits(value: pl.Expr, places: int) -> list[pl.Expr]:
    return [value // 10 ** (places - 1 - i) % 10 for i in range(places)]


def _letters(alphabet: str, index: pl.Expr) -> pl.Expr:
    return pick(list(alphabet), index)


def padded(value: pl.Expr, places: int) -> pl.Expr:
    """A number with leading zeros."""
    return value.cast(pl.String).str.zfill(places)


def credit_code(region: pl.Expr, body: pl.Expr, *, is_new: pl.Expr) -> pl.Expr:
    """18 places: 91, division, organisation code with its check digit, check digit.

    `body` is below `NEW_BODIES` where `is_new` (six places of 31 characters behind MA), below `OLD_BODIES` elsewhere.
    """
    return pl.when(is_new).then(_code(region, _new_body(body))).otherwise(_code(region, _digits(body, 8)))


def _new_body(body: pl.Expr) -> list[pl.Expr]:
    """Places in the credit code's alphabet: MA, then six of its 31 characters."""
    return [
        pl.lit(USCC_ALPHABET.index("M")),
        pl.lit(USCC_ALPHABET.index("A")),
        *[body // 31 ** (5 - i) % 31 for i in range(6)],
    ]


def _code(region: pl.Expr, places: list[pl.Expr]) -> pl.Expr:
    in_org = [
        pl.lit(pl.Series([_ORG_ALPHABET.index(c) for c in USCC_ALPHABET], dtype=pl.Int64)).gather(p) for p in places
    ]
    rest = 11 - _sum([p * w for p, w in zip(in_org, _ORG_WEIGHTS, strict=True)]) % 11
    # 10 is written X, which stands at place 29 of the credit code's alphabet; 11 is written 0.
    check = pl.when(rest == 10).then(29).when(rest == 11).then(0).otherwise(rest)
    front = [pl.lit(9), pl.lit(1), *_digits(region, 6), *places, check]
    last = (31 - _sum([p * w for p, w in zip(front, _USCC_WEIGHTS, strict=True)]) % 31) % 31
    written = [_letters(USCC_ALPHABET, p) for p in (*places, check, last)]
    return pl.concat_str([pl.lit("91"), padded(region, 6), *written])


def resident_id(place: pl.Expr, born: pl.Expr, sequence: pl.Expr) -> pl.Expr:
    """18 places; `sequence` below 1000 is odd for men."""
    day = born.dt.year().cast(pl.Int64) * 10_000 + born.dt.month().cast(pl.Int64) * 100 + born.dt.day().cast(pl.Int64)
    places = [*_digits(place, 6), *_digits(day, 8), *_digits(sequence, 3)]
    rest = _sum([p * w for p, w in zip(places, _ID_WEIGHTS, strict=True)]) % 11
    check = _letters("10X98765432", rest)
    return pl.concat_str([place.cast(pl.String), day.cast(pl.String), padded(sequence, 3), check])


def as_date(days: pl.Expr) -> pl.Expr:
    """Days since the epoch as a date."""
    return days.cast(pl.Int32).cast(pl.Date)


def month_start(day: pl.Expr) -> pl.Expr:
    """The first day of a date's month."""
    return day.dt.truncate("1mo")
