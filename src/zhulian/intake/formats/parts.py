"""Parsers that several adapters share: the platform's units, milliseconds, names that come without a code."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Final

from zhulian.core.kernel import codes
from zhulian.core.kernel.dates import from_epoch_ms
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import Key, is_masked, name_key
from zhulian.core.kernel.text import clean, squash
from zhulian.intake.validate import province_of

_AMOUNT: Final = re.compile(r"(?P<number>-?[0-9]{1,15}(?:\.[0-9]+)?)(?:\((?P<unit>[^()]+)\))?")
_CAPITALS: Final = str.maketrans("壹贰叁", "一二三")
_NAME_LIMIT: Final = 200


def _scaled(text: str, unit: str, scale: int, places: int, *, zero_is_told: bool) -> int | None:
    match = _AMOUNT.fullmatch(clean(text).replace(" ", ""))
    if not text.strip():
        return None
    if match is None or (match["unit"] or unit) != unit:
        raise ZhulianError("value.number", value=text[:40], unit=unit)
    exact = Decimal(match["number"]) * scale
    if exact != exact.to_integral_value():
        raise ZhulianError("value.precision", value=text[:40], unit=unit, places=places)
    return None if exact == 0 and not zero_is_told else int(exact)


def wan_yuan(text: str) -> int | None:
    """万元 → fen, exactly; `3424.34（万元）` too. 0 means "not told" in these sources."""
    return _scaled(text, "万元", 1_000_000, 6, zero_is_told=False)


def square_metres(text: str) -> int | None:
    """平方米 → ×1000, exactly; `21038（平方米）` too. 0 means "not told"."""
    return _scaled(text, "平方米", 1000, 3, zero_is_told=False)


def milliseconds(text: str) -> object:
    """The day in China of a platform timestamp."""
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise ZhulianError("value.date", value=text[:40])
    return from_epoch_ms(int(text))


def named(name: str, region: str = "") -> Key | None:
    """Provisional key of an enterprise known by its name, within the province if that is told."""
    if not name.strip():
        return None
    unit_name(name)
    return name_key(name, province_of(codes.parse_division(region)) if region.strip() else "")


def unit_name(name: str) -> str:
    """The name of a unit as it stands.

    Raises:
        ZhulianError: `value.unit_name` when telephone numbers stand in it: people's data, and no name.
    """
    if re.search(r"[0-9]{5,}", clean(name)) or len(name) > _NAME_LIMIT:
        raise ZhulianError("value.unit_name", field="单位名称", value=name[:80])
    return name


def unless_masked(text: str) -> str:
    """A number, unless its source has masked it."""
    return "" if is_masked(text) else text


@cache
def _codes_by_name() -> dict[str, str]:
    return {squash(q.name): q.code for q in codes.qualification_codes().values()}


def code_or_name(code: str, name: str) -> str:
    """The qualification code, or where the source left it empty the code of exactly that name. No guess is made."""
    if code.strip():
        return code
    found = _codes_by_name().get(squash(name).translate(_CAPITALS))
    if found is None:
        raise ZhulianError("code.qualification", value=name)
    return found
