"""How big a city is, and what each of its enterprises is meant to be."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final, Literal

from zhulian.city.needs import Need, needs

Flaw = Literal[
    "over_age", "insured_elsewhere", "two_firms", "expired", "left", "age_untold", "two_rows", "late", "replaced"
]
"""Why a registered constructor does not count, or may not."""


MAIN: Final = ("D101", "D105", "D106", "D110")
"""Categories of the general contractors whose stories the city tells."""


def net_assets_needed(code: str) -> int:
    """Net assets, in fen, that the standard asks for; 0 where the figure is not known."""
    need = needs().get(code)
    return (need.net_assets or 0) if need else 0


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
    main=tuple((code, count * 17) for code, count in TOWN.main),
    second_building_municipal=100,
    projects=10_000,
    tellings=17,
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


@dataclass(frozen=True, slots=True)
class ContractLabel:
    """What must be found of a contract: `standing` as `core.contracting` names it; limit and value in stored units."""

    contract_no: str
    enterprise: str
    code: str
    standing: str
    figure: str
    limit: int | None
    value: int | None
    story: str


@dataclass(frozen=True, slots=True)
class LinkageLabel:
    """What linkage must make of a happening: which rule fires on its event, or must not, and what ends it.

    `key` is the number that the happening goes by (accident_no, hazard_no, record_no, permit_no…); `ended_on` is null
    where nothing in the city ended it.
    """

    story: str
    event: str
    on: dt.date
    enterprise: str
    project: str
    key: str
    rule: str
    fires: bool
    ended_by: str
    ended_on: dt.date | None


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
    first_class: bool = False
    """Whether its constructors are of the first class."""
    flawed: list[Flaw] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    skilled: int = 0
    titled_and_skilled: int = 0
    site: int = 0
    others: int = 0
    lead_years: int = 0
    lead_by: Literal["title", "registration"] = "title"
    net_assets: int | None = 0
    permit: Literal["valid", "expired", "late", "suspended", "none"] = "valid"
    """Whether its safety permit holds on the last day; `late`: ran out and was extended weeks later."""
    insurance_told: bool = True
    qualified_on: dt.date = dt.date.min
    """Since when it holds all of its codes: set when they are written."""
    story: str = ""
    turnover: float = 0.18

    @property
    def main(self) -> str:
        """The code that the enterprise lives on."""
        return self.codes[0]

    @property
    def general(self) -> list[str]:
        """The codes of the general contractors that build the city's projects."""
        return [code for code in self.codes if code[:-1] in MAIN]

    @property
    def staffed(self) -> list[Need]:
        """What its codes ask of its staff, those of the lowest grades."""
        return [need for code in self.codes if (need := needs().get(code)) is not None and need.staffed]

    @property
    def need(self) -> Need | None:
        """What the code that it lives on asks; None: the city knows no figure of it."""
        return needs().get(self.main)


@dataclass(frozen=True, slots=True)
class Site:
    """A project as its history needs it. `finish` may lie after the window; `purpose`: the story it was built for."""

    project: str
    code: str
    firm: Firm
    signed: dt.date
    start: dt.date
    finish: dt.date
    amount: int
    area: int | None
    tender: str
    bidders: tuple[str, ...]
    purpose: str = ""

    def runs(self, first: dt.date, last: dt.date) -> bool:
        """Whether it is being built from one day to another."""
        return self.start <= first and last < self.finish
