"""Quantities as a standard prints them ("4000万元", "12人", "100万kW"), exactly, at the fixed scale of the tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from zhulian.core.kernel.text import clean
from zhulian.core.tables import Indicator

_TEXT: Final = re.compile(r"^(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit>[^0-9.\s].*)$")

_UNITS: Final[dict[str, tuple[str, int]]] = {
    # unit → (dimension, how many of the dimension's base unit)
    "元": ("money", 1),
    "万元": ("money", 10**4),
    "亿元": ("money", 10**8),
    "m2": ("area", 1),  # NFKC turns ㎡ and m² into m2
    "平方米": ("area", 1),
    "万m2": ("area", 10**4),
    "万平方米": ("area", 10**4),
    "m": ("length", 1),
    "米": ("length", 1),
    "km": ("length", 1000),
    "公里": ("length", 1000),
    "千米": ("length", 1000),
    "kW": ("power", 1),
    "千瓦": ("power", 1),
    "万kW": ("power", 10**4),
    "万千瓦": ("power", 10**4),
    "吨/日": ("flow", 1),
    "万吨/日": ("flow", 10**4),
    "吨/年": ("output", 1),
    "万吨/年": ("output", 10**4),
    "吨级": ("berth", 1),
    "万吨级": ("berth", 10**4),
    "吨": ("mass", 1),
    "m3": ("volume", 1),  # and m³
    "万m3": ("volume", 10**4),
    "m3/h": ("gas", 1),
    "条公里": ("条公里", 1),
    "层": ("层", 1),
    "人": ("人", 1),
    "项": ("项", 1),
    "年": ("年", 1),
    "周岁": ("年", 1),
    "台": ("台", 1),
    "座": ("座", 1),
    "类": ("类", 1),
    "处": ("处", 1),
    "组": ("组", 1),
    "套": ("套", 1),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """What an integer stands for: `unit` × 1/`scale`."""

    unit: str
    scale: int = 1


YUAN: Final = Scale("元", 100)
PERSONS: Final = Scale("人")
YEARS: Final = Scale("年")
MACHINES: Final = Scale("台")
WORKS: Final = Scale("项")


def scale_of(indicator: Indicator) -> Scale:
    """The scale at which an indicator's values are stored."""
    return Scale(indicator.unit, indicator.scale)


def known_units() -> tuple[str, ...]:
    """Units a rulebook may write."""
    return tuple(_UNITS)


def parse_quantity(text: str, scale: Scale) -> int:
    """The stored integer of a printed quantity.

    Raises:
        ValueError: no number with a known unit, a unit of another dimension, or a fraction of the stored unit.
    """
    match = _TEXT.match(clean(text).replace(" ", "").replace(",", ""))
    found = match and _UNITS.get(match["unit"])
    if match is None or found is None:
        raise ValueError("not a number with a known unit")
    target = _UNITS[clean(scale.unit)]
    if found[0] != target[0]:
        raise ValueError(f"a quantity in {scale.unit} is expected")
    value = Fraction(match["number"]) * found[1] * scale.scale / target[1]
    if value.denominator != 1:
        raise ValueError(f"more decimal places than 1/{scale.scale} {scale.unit}")
    return int(value)
