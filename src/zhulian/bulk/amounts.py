"""Stored integers in words: fen as 万元, thousandths as metres."""

from __future__ import annotations

from typing import Final

_SCALES: Final = {"元": 100, "㎡": 1000, "m": 1000, "km": 1000}
"""Units whose stored integers are finer than the unit; every other unit is counted whole."""
_WAN: Final = 10_000


def scaled(value: int | None, unit: str) -> int | float | None:
    """The figure in its unit, for a cell."""
    if value is None:
        return None
    scale = _SCALES.get(unit, 1)
    return value if scale == 1 else value / scale


def shown(value: int | None, unit: str) -> str:
    """The figure in words: 3,500万元, 12人; — where there is none."""
    if value is None:
        return "—"
    scale = _SCALES.get(unit, 1)
    if unit == "元" and abs(value) >= _WAN * scale:
        scale, unit = scale * _WAN, "万元"
    whole, rest = divmod(abs(value), scale)
    decimals = f"{rest * 1_000_000 // scale:06d}".rstrip("0") if rest else ""
    return f"{'-' if value < 0 else ''}{whole:,}{'.' + decimals if decimals else ''}{unit}"
