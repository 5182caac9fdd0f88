"""Names of enterprises, persons and places for whole columns, from the same syllables as the town's."""

from __future__ import annotations

from functools import cache
from typing import Final

import polars as pl

from zhulian.city.names import (
    FAMOUS,
    GIVEN_FEMALE,
    GIVEN_MALE,
    INDUSTRY,
    SURNAMES,
    TRADE_FIRST,
    TRADE_SECOND,
)
from zhulian.city.numbers import PROVINCE_CHARACTERS, city_of
from zhulian.city.register.draws import Draws, pick
from zhulian.core.kernel.codes import divisions

_INDUSTRIES: Final = tuple(word for words in INDUSTRY.values() for word in words)
_TRADES: Final = tuple(
    name for a in TRADE_FIRST for b in TRADE_SECOND if not any(word in (name := a + b) for word in FAMOUS)
)
_TRADES_PRIME: Final = 331_777


def enterprise_name(d: Draws, number: pl.Expr, region: pl.Expr) -> pl.Expr:
    """Place, a trade name of two words, industry, form."""
    return pl.concat_str(
        place_name(region),
        pick(_TRADES, d.shuffle(number, "trade", _TRADES_PRIME) % len(_TRADES)),
        pick(_TRADES, d.below(number, "trade-too", len(_TRADES))),
        pick(_INDUSTRIES, d.below(number, "industry", len(_INDUSTRIES))),
        pl.lit("有限公司"),
    )


def is_male(d: Draws, number: pl.Expr) -> pl.Expr:
    """Sex of a person by running number."""
    return d.chance(number, "male", 800)


def person_name(d: Draws, number: pl.Expr) -> pl.Expr:
    """Surname and a given name of one or two characters."""
    male = is_male(d, number)

    def given(topic: str) -> pl.Expr:
        index = d.below(number, topic, 1 << 20)
        return (
            pl.when(male)
            .then(pick(list(GIVEN_MALE), index % len(GIVEN_MALE)))
            .otherwise(pick(list(GIVEN_FEMALE), index % len(GIVEN_FEMALE)))
        )

    second = pl.when(d.chance(number, "given-short", 300)).then(pl.lit("")).otherwise(given("given-too"))
    return pl.concat_str(pick(list(SURNAMES), d.below(number, "surname", len(SURNAMES))), given("given"), second)


def place_name(region: pl.Expr) -> pl.Expr:
    """Short name of a county's city, of its province where the city has none of its own."""
    return region.replace_strict(_places(), return_dtype=pl.String)


def province_name(region: pl.Expr) -> pl.Expr:
    """Full name of a county's province."""
    names = {int(c[:2]): d.name for c, d in divisions().items() if c.endswith("0000")}
    return (region // 10_000).replace_strict(names, return_dtype=pl.String)


def province_character(region: pl.Expr) -> pl.Expr:
    """One-character short name of a county's province, 鲁."""
    characters = {int(k): v for k, v in PROVINCE_CHARACTERS.items()}
    return (region // 10_000).replace_strict(characters, return_dtype=pl.String)


@cache
def _places() -> dict[int, str]:
    names, found = divisions(), {}
    for code in names:
        if code.endswith("0000"):
            continue
        city = names[city_of(code)].name
        if city in {"市辖区", "县"} or city.endswith("行政区划"):
            city = names[f"{code[:2]}0000"].name
        found[int(code)] = city.removesuffix("市")
    return found
