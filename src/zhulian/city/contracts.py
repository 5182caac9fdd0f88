"""Contracts that their holders might not sign, and lawful ones that look like it: labelled, like the shortfalls.

Limits of 承包工程范围 (建市〔2014〕159号, areas of 建市〔2016〕226号) repeat here: the city is built without asking the engine.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from zhulian.city.book import Book
from zhulian.city.days import between
from zhulian.city.names import estate_name, owner_name, trade_names
from zhulian.city.needs import WAN
from zhulian.city.numbers import city_of, project_code
from zhulian.city.plan import ContractLabel, Firm, Window
from zhulian.core.kernel.codes import divisions
from zhulian.core.kernel.dates import add_years

_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Tale:
    """A contract: who signs it, what it says, and what must be found. Lengths and areas in m and ㎡."""

    id: str
    code: str
    """The only code of general building of who signs; empty: an enterprise without any."""
    times: int
    area: int
    height: float
    span: float
    amount_wan: int
    standing: str
    figure: str = ""
    limit: int | None = None
    """Of the figure, in its stored unit (× 1000)."""
    value: int | None = None


_TALES: Final = (
    _Tale("height-beyond", "D101C", 2, 21_000, 62.0, 24.0, 3_900, "beyond", "height", 50_000, 62_000),
    _Tale("area-beyond", "D101C", 2, 96_000, 46.5, 24.0, 9_800, "beyond", "area", 80_000_000, 96_000_000),
    _Tale("height-beyond", "D101B", 2, 64_000, 128.0, 30.0, 15_000, "beyond", "height", 100_000, 128_000),
    _Tale("height-exactly", "D101B", 1, 58_000, 100.0, 36.0, 12_000, "within"),
    _Tale("height-of-first-grade", "D101A", 1, 88_000, 128.0, 30.0, 26_000, "within"),
    _Tale("no-qualification", "", 2, 5_200, 18.0, 9.0, 1_450, "unlicensed"),
)


def write_contracts(book: Book, firms: Sequence[Firm], window: Window, seed: int, tellings: int) -> list[ContractLabel]:
    """Contracts of every tale, each by another enterprise; the labels."""
    rng = random.Random(f"{seed}:contracts")  # noqa: S311 - a made-up city, no secret
    trades = trade_names(rng, 1)
    used: set[str] = set()
    labels: list[ContractLabel] = []
    for tale in _TALES:
        for _ in range(tale.times * tellings):
            firm = rng.choice([f for f in firms if _may_tell(tale)(f) and f.uscc not in used])
            used.add(firm.uscc)
            labels.append(_contract(book, firm, tale, len(labels), rng.choice(trades), window, rng))
    return labels


def _may_tell(tale: _Tale) -> Callable[[Firm], bool]:
    if not tale.code:
        return lambda firm: not firm.story and all(code > "D2" for code in firm.codes)
    return lambda firm: not firm.story and [c for c in firm.codes if c.startswith("D101")] == [tale.code]


def _contract(
    book: Book, firm: Firm, tale: _Tale, number: int, trade: str, window: Window, rng: random.Random
) -> ContractLabel:
    signed = between(rng, max(firm.qualified_on, add_years(window.until, -1)), window.until - 45 * _DAY)
    code = project_code(firm.region, signed, "01", 0)[:-2] + f"7{number % 10}{number // 10:02d}"
    key, no = f"project_code:{code}", f"{code}-HT-001"
    city = divisions()[city_of(firm.region)].name
    book.add(
        "project",
        signed,
        None,
        project=key,
        project_code=code,
        name=f"{city}{estate_name(trade, rng)}{number + 1}号楼",
        region=firm.region,
        kind="房屋建筑工程",
        use="居住建筑",
        nature="新建",
        owner=owner_name(city.removesuffix("市"), trade),
        total_area=tale.area * 1000,
        total_investment=tale.amount_wan * 13 // 10 * WAN,
        planned_start_on=signed + 30 * _DAY,
        planned_finish_on=signed + 600 * _DAY,
        started_on=signed + 30 * _DAY,
        finished_on=None,
        status="在建",
    )
    book.add("participation", signed, None, project=key, enterprise=firm.uscc, role="施工总承包")
    book.add(
        "contract",
        signed,
        None,
        contract_no=no,
        project=key,
        enterprise=firm.uscc,
        role="施工总承包",
        amount=tale.amount_wan * WAN,
        signed_on=signed,
        scale=f"建筑面积{tale.area}平方米，建筑高度{tale.height:.1f}米，地上{int(tale.height / 3.1)}层，单跨{tale.span:.1f}米",
    )
    return ContractLabel(no, firm.uscc, tale.code, tale.standing, tale.figure, tale.limit, tale.value, tale.id)
