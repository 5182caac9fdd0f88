"""Hazards: ordinary ones on every site, mostly closed in time; few major ones, each of them a story."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Final

from zhulian.city.book import Row
from zhulian.city.days import between
from zhulian.city.history.chronicle import DAY, Chronicle, Happened, office
from zhulian.city.plan import Site

_ORDINARY: Final = ("高处作业防护", "临时用电", "脚手架", "施工机具", "消防管理", "文明施工", "模板支架", "起重吊装")
_MAJOR: Final = ("深基坑支护", "高大模板支撑体系", "起重机械安装拆卸", "附着式升降脚手架", "有限空间作业")
_TERMS: Final = (3, 7, 7, 10, 15)
"""Days given to put an ordinary hazard right."""
_A_MONTH: Final = 0.1
"""Chance of an ordinary hazard found on a site in a month."""
_IN_TIME: Final = 0.9
_LATE: Final = 0.98
"""Cumulated shares: closed in time, closed late; the others are left open for months."""


@dataclass(frozen=True, slots=True)
class _Tale:
    """`found`: days before the last one; `term`: days given; `closed`: days after finding, 0 for never."""

    story: str
    level: str
    found: tuple[int, int]
    term: int
    closed: int
    times: int = 1


_TALES: Final = (
    _Tale("major-hazard-closed", "重大", (120, 330), 10, 8, times=2),
    _Tale("major-hazard-closed", "重大", (420, 900), 10, 9, times=2),
    _Tale("major-hazard-late", "重大", (90, 300), 7, 26, times=2),
    _Tale("major-hazard-open", "重大", (25, 45), 7, 0),
    _Tale("ordinary-hazard-late", "一般", (60, 300), 7, 19),
)


@dataclass(slots=True)
class Hazards:
    """Writes them, numbered by project."""

    chronicle: Chronicle
    serial: int = 0

    def write(self, rng: random.Random) -> None:
        """The ordinary ones of every site, and the stories."""
        for site in self.chronicle.sites:
            self._ordinary(site, rng)
        for tale in _TALES:
            for _ in range(tale.times * self.chronicle.tellings):
                self._tell(tale, rng)

    def _ordinary(self, site: Site, rng: random.Random) -> None:
        window = self.chronicle.window
        first, last = max(site.start, window.start), min(site.finish - DAY, window.until)
        for _ in range(max(0, (last - first).days) // 30):
            if rng.random() >= _A_MONTH:
                continue
            found = between(rng, first, last)
            due = found + rng.choice(_TERMS) * DAY
            fate = rng.random()
            closed = between(rng, found + DAY, due)
            if fate >= _IN_TIME:
                closed = due + rng.randint(1, 20 if fate < _LATE else 90) * DAY
            self._hazard(site, "一般", rng.choice(_ORDINARY), found, due, closed, rng)

    def _tell(self, tale: _Tale, rng: random.Random) -> None:
        chronicle = self.chronicle
        found = chronicle.back(rng.randint(*tale.found))
        due = found + tale.term * DAY
        closed = found + tale.closed * DAY if tale.closed else None
        site = chronicle.pick("hazard", rng, found, min(due + 60 * DAY, chronicle.window.until))
        major = tale.level == "重大"
        number = self._hazard(site, tale.level, rng.choice(_MAJOR if major else _ORDINARY), found, due, closed, rng)
        late = closed is None or closed > due
        about = (site.firm.uscc, site.project, number)
        # What was closed in time is never overdue: the rule must not fire, whatever day is asked.
        for event, on, rule, fires in (
            ("site.hazard.found", found, "major-hazard", major),
            ("site.hazard.overdue", due + DAY, "major-hazard-overdue", major and late),
        ):
            happened = Happened(tale.story, event, on, *about)
            chronicle.label(
                happened,
                [rule] if fires else [],
                [] if fires else [rule],
                ended_by="site.hazard.closed",
                ended_on=closed,
            )

    def _hazard(
        self,
        site: Site,
        level: str,
        kind: str,
        found: dt.date,
        due: dt.date,
        closed: dt.date | None,
        rng: random.Random,
    ) -> str:
        self.serial += 1
        number = f"{site.code}-YH-{self.serial:05d}"
        authority = office(site.firm.region)
        found_by = authority if level == "重大" else rng.choice((authority, "监理单位", "监理单位", "企业自查"))
        row: Row = {
            "hazard_no": number,
            "project": site.project,
            "enterprise": site.firm.uscc,
            "level": level,
            "kind": kind,
            "found_on": found,
            "found_by": found_by,
            "due_on": due,
            "closed_on": None,
        }
        self.chronicle.lived("hazard", found, closed, row, {"closed_on": closed})
        return number
