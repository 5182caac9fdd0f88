"""Accidents: two to four a year in a town, reported, and concluded months later.

Grades of 国务院令第493号第三条: under three deaths is ordinary; bars of 住房和城乡建设部令第22号第二十三条 count a year.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Final

from zhulian.city.book import Row
from zhulian.city.history.chronicle import DAY, Chronicle, Happened
from zhulian.city.needs import WAN
from zhulian.city.numbers import city_of
from zhulian.city.plan import Site

_REPORTED: Final = ("accident-review", "accident-suspension")
_CONCLUDED: Final = "accident-concluded"
_BAR: Final = "accident-bar"


@dataclass(frozen=True, slots=True)
class _Tale:
    """`occurred`, `concluded`: days before the last one; `concluded` 0: still investigated; `told`: days until reported.

    `again`: it happens on the site of the tale before it, which must be running until `needed`. `twice`: another office reports it under its own number.
    """

    story: str
    occurred: int
    concluded: int
    deaths: int = 1
    told: int = 0
    responsible: bool = True
    bars: bool = False
    needed: int = 0
    again: bool = False
    twice: bool = False


_TALES: Final = (
    _Tale("accident-ordinary", 1000, 880),
    _Tale("accident-ordinary", 830, 700),
    _Tale("accident-not-responsible", 640, 500, deaths=0, responsible=False),
    _Tale("accident-ordinary", 560, 430),
    _Tale("accident-ordinary", 340, 235, needed=170),
    _Tale("accident-second-in-a-year", 205, 85, bars=True, again=True, twice=True),
    _Tale("accident-larger-concealed", 280, 120, deaths=3, told=38, bars=True),
    _Tale("accident-investigated", 40, 0),
)


@dataclass(slots=True)
class Accidents:
    """Writes them and says what must follow."""

    chronicle: Chronicle

    def write(self, rng: random.Random) -> None:
        """Every tale as often as the city tells it."""
        for telling in range(self.chronicle.tellings):
            site: Site | None = None
            for tale in _TALES:
                site = self._tell(tale, site if tale.again else None, telling, rng)

    def _tell(self, tale: _Tale, site: Site | None, telling: int, rng: random.Random) -> Site:
        chronicle = self.chronicle
        # Tellings of one tale are days apart: two accidents of a city are not one because they are of one day.
        occurred = chronicle.back(tale.occurred - telling)
        concluded = chronicle.back(tale.concluded - telling) if tale.concluded > telling else None
        if site is None:
            last = chronicle.back(tale.needed) if tale.needed else occurred
            site = chronicle.pick("accident", rng, occurred - 30 * DAY, last)
        number = f"SG{city_of(site.firm.region)}{occurred:%Y%m%d}{telling + 1:02d}"
        row = _row(tale, site, occurred, rng)
        self._accident(number, row, tale, occurred, occurred + (tale.told or 1) * DAY, concluded)
        if tale.twice:
            other = f"应急{city_of(site.firm.region)[:4]}-{occurred:%Y-%m%d}-{telling + 1}"
            self._accident(other, row, tale, occurred, occurred + 12 * DAY, concluded)
        self._label(tale, site, number, occurred, concluded)
        return site

    def _accident(
        self, number: str, row: Row, tale: _Tale, occurred: dt.date, reported: dt.date, concluded: dt.date | None
    ) -> None:
        told: Row = {"accident_no": number, "reported_on": reported, "concluded_on": None, "responsible": None}
        ended: Row = {"concluded_on": concluded, "responsible": tale.responsible}
        self.chronicle.lived("accident", occurred, concluded, row | told, ended)

    def _label(self, tale: _Tale, site: Site, number: str, occurred: dt.date, concluded: dt.date | None) -> None:
        chronicle = self.chronicle
        about = (site.firm.uscc, site.project, number)
        reported = Happened(tale.story, "site.accident.reported", occurred, *about)
        chronicle.label(reported, _REPORTED)
        if concluded is None:
            return
        happened = Happened(tale.story, "site.accident.concluded", concluded, *about)
        does = {_CONCLUDED: tale.responsible, _BAR: tale.bars}
        chronicle.label(
            happened, [r for r, fires in does.items() if fires], [r for r, fires in does.items() if not fires]
        )


def _row(tale: _Tale, site: Site, occurred: dt.date, rng: random.Random) -> Row:
    return {
        "project": site.project,
        "enterprise": site.firm.uscc,
        "occurred_on": occurred,
        "deaths": tale.deaths,
        "serious_injuries": rng.randint(0 if tale.deaths else 1, 2),
        "direct_loss": rng.randint(90, 260) * max(1, tale.deaths) * WAN,
        "concealed": tale.told > 0,
    }
