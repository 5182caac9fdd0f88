"""How big a register is, and the tables that its enterprises and people are drawn from.

Shares are made up to look like the country: a pyramid of grades,
a long tail of sizes, contractors where people are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from statistics import NormalDist
from typing import Final

from zhulian.core.kernel.codes import divisions, qualification_codes


@dataclass(frozen=True, slots=True)
class RegisterSize:
    """One size. `further_codes` is the mean number of codes beyond the first; `disk` what the files take, in bytes."""

    name: str
    enterprises: int
    persons: int
    further_codes: float
    provinces: tuple[str, ...]
    """First two digits of where its enterprises are; empty: everywhere."""
    disk: int

    def scaled(self, share: float) -> RegisterSize:
        """The same register with a share of its enterprises and people, for a try or a test."""
        return replace(
            self,
            enterprises=max(20, round(self.enterprises * share)),
            persons=max(100, round(self.persons * share)),
            disk=round(self.disk * share),
        )


NATION: Final = RegisterSize("nation", 1_000_000, 5_000_000, 2.0, (), 480 << 20)
PROVINCE: Final = RegisterSize("province", 40_000, 1_500_000, 8.6, ("37",), 90 << 20)
REGISTERS: Final = {size.name: size for size in (PROVINCE, NATION)}

_CONTRACTORS: Final = {
    # Contractors of a province in a hundred of the nation, roughly by population and building activity.
    "11": 2, "12": 1, "13": 4, "14": 3, "15": 2, "21": 3, "22": 2, "23": 2, "31": 2, "32": 9, "33": 7, "34": 5,
    "35": 5, "36": 4, "37": 8, "41": 7, "42": 5, "43": 4, "44": 7, "45": 3, "46": 1, "50": 3, "51": 6, "52": 3,
    "53": 3, "54": 1, "61": 4, "62": 2, "63": 1, "64": 1, "65": 2,
}  # fmt: skip
_NOT_A_PLACE: Final = frozenset({"市辖区", "县"})
_GROUPS: Final = "直辖县级行政区划"

CATEGORIES: Final = {
    # Category → main categories in a thousand enterprises.
    "D101": 205, "D102": 14, "D103": 4, "D104": 5, "D105": 45, "D106": 30, "D107": 8, "D108": 5, "D109": 7, "D110": 120,
    "D111": 12, "D112": 25, "D201": 28, "D202": 14, "D203": 12, "D204": 42, "D205": 50, "D206": 42, "D207": 8,
    "D208": 5, "D209": 40, "D210": 30, "D211": 85, "D212": 34, "D213": 24, "D214": 12, "D215": 30, "D216": 8, "D217": 10,
    "D21801": 5, "D21802": 5, "D219": 2, "D220": 2, "D221": 2, "D222": 1, "D223": 1, "D224": 1, "D225": 2, "D226": 2,
    "D227": 1, "D228": 1, "D229": 3, "D230": 3, "D231": 5, "D232": 6, "D233": 1, "D234": 1, "D235": 30, "D23601": 6,
    "D23602": 2, "D23603": 3, "D23604": 2,
}  # fmt: skip

SPECIALTY: Final = {
    # Category → specialty of its constructors (建造师专业); others 建筑工程 or 机电工程.
    "D102": "公路工程", "D103": "铁路工程", "D104": "港口与航道工程", "D105": "水利水电工程", "D106": "机电工程",
    "D107": "矿业工程", "D108": "机电工程", "D109": "机电工程", "D110": "市政公用工程", "D111": "通信与广电工程",
    "D112": "机电工程", "D202": "机电工程", "D204": "机电工程", "D205": "机电工程", "D207": "公路工程",
    "D208": "公路工程", "D212": "机电工程", "D215": "机电工程", "D216": "公路工程", "D217": "公路工程",
    "D21801": "公路工程", "D21802": "机电工程", "D219": "铁路工程", "D220": "铁路工程", "D221": "铁路工程",
    "D222": "民航机场工程", "D223": "民航机场工程", "D224": "民航机场工程", "D225": "港口与航道工程",
    "D226": "港口与航道工程", "D227": "港口与航道工程", "D228": "港口与航道工程", "D229": "水利水电工程",
    "D230": "水利水电工程", "D231": "水利水电工程", "D232": "机电工程", "D235": "市政公用工程",
}  # fmt: skip
TITLES: Final = {
    # Category → specialties of its titled staff; others those of a builder.
    "D102": ("公路", "桥梁", "隧道", "交通安全设施"), "D103": ("铁道", "桥梁", "隧道", "信号"),
    "D104": ("港口", "航道", "船机", "测量"), "D105": ("水利水电", "水利", "水工", "农田水利工程"),
    "D106": ("电力", "电力工程", "热能动力工程", "输配电及用电工程"), "D107": ("采矿", "矿建", "机电", "地质"),
    "D109": ("化工", "焊接", "机械", "电气"), "D110": ("道路", "桥梁", "给排水", "市政"),
    "D111": ("通信", "电子", "计算机", "广电"), "D112": ("机械", "电气", "焊接", "暖通"),
}  # fmt: skip
BUILDERS: Final = ("结构", "给排水", "电气", "暖通")
ELECTRICAL: Final = ("机械", "电气", "自动化", "电子")

NET_ASSETS_WAN: Final = {
    # (general contractor?, grade) → 万元 that the standard asks for or that such firms have.
    (True, "T"): 36_000,
    (True, "A"): 10_000,
    (True, "B"): 4_000,
    (True, "C"): 800,
    (False, "A"): 1_500,
    (False, "B"): 600,
    (False, "C"): 200,
    (False, "X"): 300,
}
QUANTILES: Final = 4096


@cache
def size_weights() -> tuple[int, ...]:
    """Weight of an enterprise by its quantile: log-normal, the upper tenth with about half of the people."""
    normal = NormalDist()
    return tuple(
        round(100 * 2.718281828 ** (1.7 * normal.inv_cdf((2 * i + 1) / (2 * QUANTILES)))) for i in range(QUANTILES)
    )


@cache
def counties() -> dict[str, tuple[int, ...]]:
    """Counties by province; a city without counties stands for itself."""
    names = divisions()
    parents = {code[:4] for code in names if not code.endswith("00")}
    found: dict[str, list[int]] = {}
    for code, division in names.items():
        if code.endswith("0000") or division.name in _NOT_A_PLACE or division.name.endswith(_GROUPS):
            continue
        if not code.endswith("00") or code[:4] not in parents:
            found.setdefault(code[:2], []).append(int(code))
    return {province: tuple(codes) for province, codes in found.items()}


@cache
def regions(provinces: tuple[str, ...]) -> tuple[int, ...]:
    """A table to draw an enterprise's county from: 200 places for each hundredth of the nation."""
    chosen = [p for p in _CONTRACTORS if not provinces or p in provinces]
    return tuple(counties()[p][i % len(counties()[p])] for p in chosen for i in range(200 * _CONTRACTORS[p]))


@cache
def category_table() -> tuple[str, ...]:
    """A thousand or so places, each category as often as it is somebody's main one."""
    return tuple(category for category, share in CATEGORIES.items() for _ in range(share))


@cache
def grades_of() -> dict[str, str]:
    """Grade letters of every category of contractors."""
    found: dict[str, str] = {}
    for code in qualification_codes().values():
        if code.root == "D":
            found[code.category] = found.get(code.category, "") + code.grade
    return found
