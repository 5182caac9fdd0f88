"""Stored integers as people read them: money in 万元, areas and lengths with their decimals, counts plain.

Integers stand at the fixed scale of `core.tables` (money in fen, lengths and areas × 1000). No floats on the way:
what is shown is what is stored.
"""

from __future__ import annotations

from typing import Final

from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict

_SCALES: Final = {"元": 100, "㎡": 1000, "m": 1000, "km": 1000}
_YUAN_PER_WAN: Final = 10_000
NOTHING: Final = "—"


def quantity(value: int | None, unit: str) -> str:
    """`300000000, "元"` → `300 万元`; None → `—`."""
    if value is None:
        return NOTHING
    if unit == "元" and abs(value) >= _YUAN_PER_WAN * 100:
        return _with_unit(_decimal(value, 100 * _YUAN_PER_WAN), "万元")
    return _with_unit(_decimal(value, _SCALES.get(unit, 1)), unit)


def between(low: int | None, high: int | None, unit: str) -> str:
    """What was found, as bounds: `12 人`, `12–15 人`, `至少 12 人`, `至多 15 人`, `—` when nothing is known."""
    if low is None and high is None:
        return NOTHING
    if low is None:
        return f"至多 {quantity(high, unit)}"
    if high is None:
        return f"至少 {quantity(low, unit)}"
    if low == high:
        return quantity(low, unit)
    return f"{quantity(low, unit)} 至 {quantity(high, unit)}"


def shortfall(reason: Reason) -> str:
    """`缺 6 人`, `差 1,200 万元`; empty unless the clause is short by a known figure."""
    if reason.verdict is not Verdict.SHORT or not reason.short_by:
        return ""
    verb = "缺" if reason.unit in {"人", "项", "台", "座", "个", "套"} else "差"
    return f"{verb} {quantity(reason.short_by, reason.unit)}"


def _with_unit(number: str, unit: str) -> str:
    return f"{number} {unit}" if unit else number


def _decimal(value: int, scale: int) -> str:
    """Exact decimal text with thousands separators; trailing zeros of the fraction dropped."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole, rest = divmod(value, scale)
    fraction = str(rest).zfill(len(str(scale)) - 1).rstrip("0") if rest else ""
    return f"{sign}{whole:,}{'.' if fraction else ''}{fraction}"
