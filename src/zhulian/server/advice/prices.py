"""What papers cost, as the user says it: no price is known to us, and none is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from zhulian.core.tables.contract import CONSTRUCTOR_KINDS, SKILL_GRADES, TITLE_GRADES
from zhulian.server.advice.forms import scaled

YUAN: Final = 100
KINDS: Final = (
    *CONSTRUCTOR_KINDS,
    *(f"{grade}职称" for grade in TITLE_GRADES[1:]),
    "岗位证书",
    *SKILL_GRADES[1:3],
)
"""Kinds of papers that may be priced (`core.advice.hiring.price_kind`)."""


def prices_from(fields: Mapping[str, str]) -> tuple[list[tuple[str, str, str]], dict[str, int]]:
    """(field, kind, what was filled in) of every kind, and the prices in fen of those filled in.

    Raises:
        ZhulianError: `advice.change` for what is no amount.
    """
    asked, prices = [], {}
    for number, kind in enumerate(KINDS):
        text = fields.get(f"price{number}", "").strip()[:20]
        asked.append((f"price{number}", kind, text))
        if text:
            prices[kind] = scaled(text, kind, YUAN)
    return asked, prices
