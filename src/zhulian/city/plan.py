"""How big a city is, and what each of its enterprises is meant to be.

The figures of the standard repeat here on purpose: the town is built to meet them, or to miss them by a known
amount, without asking the engine that it tests (建市〔2014〕159号 with 建市〔2016〕226号 and 建办市〔2018〕53号).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final, Literal

WAN: Final = 10_000 * 100
"""One 万元 in fen."""

Flaw = Literal["over_age", "insured_elsewhere", "two_firms", "expired", "left", "age_untold", "two_rows", "late"]
"""Why a registered constructor does not count, or may not."""


@dataclass(frozen=True, slots=True)
class Need:
    """What the lowest grade of a category asks of the staff, and which words its people carry."""

    constructors: int
    titles: int
    skilled: int
    specialty: str
    titles_in: tuple[str, ...]
    lead_title: str
    trades: tuple[str, ...]


NEEDS: Final = {
    "D101": Need(
        5,
        6,
        30,
        "建筑工程",
        ("结构", "给排水", "电气", "暖通"),
        "结构",
        ("钢筋工", "木工", "砌筑工", "混凝土工", "架子工"),
    ),
    "D105": Need(
        8, 10, 20, "水利水电工程", ("水利水电",), "水利水电", ("混凝土工", "钻探灌浆工", "测量工", "电工", "焊工")
    ),
    "D106": Need(5, 10, 30, "机电工程", ("电力",), "电力", ("电工", "焊工", "起重工", "线路架设工", "电缆工")),
    "D110": Need(5, 8, 30, "市政公用工程", ("市政",), "市政", ("管道工", "筑路工", "混凝土工", "测量工", "焊工")),
}

NET_ASSETS_WAN: Final = {
    "T": {"D101": 36_000, "D105": 36_000, "D106": 36_000, "D110": 36_000},
    "A": {"D101": 10_000, "D105": 10_000, "D106": 10_000, "D110": 10_000},
    "B": {"D101": 4_000, "D105": 4_000, "D106": 4_000, "D110": 4_000},
    "C": {"D101": 800, "D105": 800, "D106": 800, "D110": 1_000},
}
LEAD_YEARS: Final = {"T": 15, "A": 10, "B": 8, "C": 5}


def judged(code: str) -> bool:
    """Whether the town is built to a rulebook for this code."""
    return code[:4] in NEEDS


def net_assets_needed(code: str) -> int:
    """Net assets, in fen, that the standard asks for a judged code."""
    return NET_ASSETS_WAN[code[4:]][code[:4]] * WAN


@dataclass(frozen=True, slots=True)
class CitySize:
    """Counts of one size of city. `main` says how many enterprises have which code as their main one."""

    name: str
    enterprises: int
    main: tuple[tuple[str, int], ...]
    second_building_municipal: int
    """How many third-grade building enterprises hold third-grade municipal as well."""
    projects: int
    tellings: int = 1
    """How many times as often as in a town every story is told."""
    disk: int = 4 << 20
    """What its files take, in bytes."""
    history_years: int = 3


TOWN: Final = CitySize(
    name="town",
    enterprises=300,
    main=(
        ("D101T", 1),
        ("D101A", 7),
        ("D106A", 1),
        ("D101B", 22),
        ("D106B", 6),
        ("D105B", 2),
        ("D110B", 6),
        ("D101C", 28),
        ("D110C", 16),
        ("D105C", 11),
        ("D106C", 10),
    ),
    second_building_municipal=6,
    projects=420,
)

CITY: Final = CitySize(
    name="city",
    enterprises=6_000,
    main=tuple((code, count * 20) for code, count in TOWN.main),
    second_building_municipal=120,
    projects=12_500,
    tellings=20,
    disk=80 << 20,
)
"""Of its projects about 2,500 are running on the last day."""

SIZES: Final = {size.name: size for size in (TOWN, CITY)}


@dataclass(frozen=True, slots=True)
class Window:
    """The days that the city lives through: facts are complete from `start` to `until`."""

    start: dt.date
    until: dt.date


@dataclass(frozen=True, slots=True)
class Label:
    """What the engine must find: made when the enterprise is planned, never computed by the engine.

    `clause` is empty where the label speaks of the whole (enterprise, code). `short_by` is null where the label
    does not fix it.
    """

    enterprise: str
    code: str
    as_of: dt.date
    clause: str
    verdict: str
    short_by: int | None
    story: str


@dataclass(slots=True)
class Firm:
    """One enterprise as it is meant to be; a story changes it before its rows are written."""

    number: int
    uscc: str
    name: str
    former_name: str
    region: str
    founded: dt.date
    size: float
    codes: list[str]
    constructors: int = 0
    flawed: list[Flaw] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    skilled: int = 0
    titled_and_skilled: int = 0
    site: int = 0
    others: int = 0
    lead_years: int = 0
    lead_by: Literal["title", "registration"] = "title"
    net_assets: int | None = 0
    permit: Literal["valid", "expired", "none"] = "valid"
    insurance_told: bool = True
    story: str = ""
    turnover: float = 0.18

    @property
    def main(self) -> str:
        """The code that the enterprise lives on."""
        return self.codes[0]

    @property
    def general(self) -> list[str]:
        """The codes that the town is built to a rulebook for."""
        return [code for code in self.codes if judged(code)]
