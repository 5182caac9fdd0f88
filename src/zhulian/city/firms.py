"""The enterprises of a city: planned first, changed by stories, then written row by row."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from zhulian.city.book import Book, Row
from zhulian.city.days import between
from zhulian.city.names import enterprise_name, person_name, trade_names
from zhulian.city.needs import WAN, needs
from zhulian.city.numbers import certificate_no, city_of, credit_code, safety_permit_no
from zhulian.city.plan import MAIN, CitySize, Firm, Window, net_assets_needed
from zhulian.city.register.shape import CATEGORIES, grades_of
from zhulian.core.kernel.codes import divisions
from zhulian.core.kernel.dates import add_years

HOME: Final = "370200"
_HOME_DISTRICTS: Final = (
    "370202",
    "370203",
    "370211",
    "370212",
    "370213",
    "370214",
    "370215",
    "370281",
    "370283",
    "370285",
)
_NEIGHBOURS: Final = (
    "370102",
    "370112",
    "370303",
    "370602",
    "370611",
    "370705",
    "370783",
    "370811",
    "371002",
    "371302",
    "371402",
)
_OUTSIDE: Final = ("320505", "410105", "130102", "330106")
_DAY: Final = dt.timedelta(days=1)
_UNTOLD_SHARE: Final = 0.3
"""How often a code is taken although figures of its standard are not known: its holders are unknown, whatever they do."""
_LOWEST_SHARE: Final = 0.22
"""Of the enterprises that live on a specialty, how many hold its lowest grade: they need staff."""
_EQUIPMENT: Final = {
    "D101": ("塔式起重机", "施工升降机", "混凝土输送泵"),
    "D105": ("挖掘机", "推土机", "灌浆泵", "钻机"),
    "D106": ("张力机", "牵引机", "履带起重机"),
    "D110": ("摊铺机", "压路机", "平地机", "顶管机"),
}
_NO_STAFF_GRADES: Final = frozenset("TAB")
_SPECIAL_GRADE: Final = 54
"""Constructors of the first class at the special grade: the standard's 50 and some more."""


def plan_firms(size: CitySize, window: Window, seed: int) -> list[Firm]:
    """The enterprises as they should be, before any story, those with judged codes first."""
    rng = random.Random(f"{seed}:firms")  # noqa: S311 - a made-up city, no secret
    trades = trade_names(rng, 2 * size.enterprises)
    mains = [code for code, count in size.main for _ in range(count)]
    twice = size.second_building_municipal
    firms = []
    for number in range(size.enterprises):
        main = mains[number] if number < len(mains) else _specialty(rng)
        codes = [main, *_further(main, rng)]
        if main == "D101C" and twice:
            twice -= 1
            codes.insert(1, "D110C")
        firms.append(_plan(number, codes, trades, window, rng))
    return firms


def _specialty(rng: random.Random) -> str:
    """A code of any other category, popular ones more often; its lowest grade or, more often, a higher one."""
    others = [category for category in CATEGORIES if category not in MAIN]
    category = rng.choices(others, [CATEGORIES[c] for c in others])[0]
    grades = sorted(set(grades_of()[category]) - {"T"})
    higher = grades[:-1] or grades
    grade = grades[-1] if rng.random() < _LOWEST_SHARE else rng.choices(higher, range(1, len(higher) + 1))[0]
    found = category + grade
    return found if _told(found) or rng.random() < _UNTOLD_SHARE else _specialty(rng)


def _told(code: str) -> bool:
    """Whether the figures that every grade has are known: a holder can be built to them."""
    need = needs().get(code)
    return need is not None and None not in {need.net_assets, need.lead_years} and need.lead_title != ""


def _further(main: str, rng: random.Random) -> list[str]:
    """Further codes, of grades that ask for no staff; a first-grade builder holds municipal too."""
    own = ["D110B"] if main in {"D101A", "D101T"} else []
    count = rng.choice((0, 0, 0, 0, 0, 2, 3, 5)) if main[:-1] in MAIN else rng.choice((0, 1, 1, 2, 3))
    allowed = [c for c in _light(main[-1]) if c[:-1] != main[:-1] and (_told(c) or rng.random() < _UNTOLD_SHARE)]
    return own + rng.sample(allowed, min(count, len(allowed)))


@cache
def _light(grade: str) -> tuple[str, ...]:
    """Second grades above a third; for enterprises of higher grades first grades of two as well. No general contractor."""
    seconds = [c + "B" for c, grades in grades_of().items() if "C" in grades]
    firsts = [c + "A" for c, grades in grades_of().items() if "C" not in grades and "A" in grades]
    found = seconds if grade in {"C", "X"} else seconds + firsts
    return tuple(
        c for c in found if c > "D2" and net_assets_needed(c) <= (3_000 * WAN if grade in {"C", "X"} else 10_000 * WAN)
    )


def _plan(number: int, codes: list[str], trades: list[str], window: Window, rng: random.Random) -> Firm:
    region = rng.choices((rng.choice(_HOME_DISTRICTS), rng.choice(_NEIGHBOURS), rng.choice(_OUTSIDE)), (70, 27, 3))[0]
    founded = between(rng, dt.date(1996, 3, 1), add_years(window.start, -4))
    trade, place = trades[number], _place(region, rng)
    former = enterprise_name(place, trades[-number - 1], codes[0][:-1], rng) if rng.random() < 0.08 else ""
    firm = Firm(
        number=number,
        uscc=credit_code(region, founded, rng),
        name=enterprise_name(place, trade, codes[0][:-1], rng),
        former_name=former,
        region=region,
        founded=founded,
        size=rng.lognormvariate(0, 0.65),
        codes=codes,
    )
    _people(firm, rng)
    needed = max(200 * WAN, *(net_assets_needed(code) for code in codes))
    firm.net_assets = int(needed * (1.25 + firm.size * 0.6)) // WAN * WAN
    return firm


def _place(region: str, rng: random.Random) -> str:
    city = divisions()[city_of(region)].name.removesuffix("市")
    return "山东" if region.startswith("37") and rng.random() < 0.15 else city


def _people(firm: Firm, rng: random.Random) -> None:
    """How many of whom: at the lowest grade the standard's count and some more, above it what such firms have."""
    if firm.general and firm.main[-1] in _NO_STAFF_GRADES:
        scale = {"T": 6.0, "A": 2.4, "B": 0.7}[firm.main[-1]] * (0.7 + 0.45 * firm.size)
        firm.constructors = max(int(9 * scale), _SPECIAL_GRADE if firm.main[-1] == "T" else 0)
        firm.first_class = firm.main[-1] in {"T", "A"}
        firm.titles = [rng.choice(needs()[firm.main].titles_in) for _ in range(int(9 * scale))]
        firm.skilled, firm.site, firm.others = int(14 * scale), int(6 * scale), int(4 * scale)
        return
    asked = firm.staffed
    spare = rng.randint(1, 2)
    firm.first_class = any(need.first_class for need in asked)
    constructors = max((need.constructors for need in asked), default=0)
    firm.constructors = constructors + spare if constructors else rng.randint(0, 2)
    for need in asked:
        if need.titles:
            firm.titles += [need.titles_in[i % len(need.titles_in)] for i in range(need.titles + rng.randint(2, 3))]
    skilled = max((need.skilled for need in asked), default=0)
    firm.skilled = skilled + rng.randint(1, 1 + int(4 * firm.size)) if skilled else int(1.6 * firm.size)
    if firm.general:
        firm.site, firm.others = int(2 * firm.size) + 1, int(firm.size) + 1
    else:
        firm.site, firm.others = int(firm.size), int(0.8 * firm.size)


@dataclass(frozen=True, slots=True)
class Permit:
    """A safety permit something happened to: number, and its states as (from, last day, status)."""

    number: str
    steps: tuple[tuple[dt.date, dt.date, str], ...]


@dataclass(slots=True)
class Registry:
    """Writes what authorities and the market know of an enterprise, its people apart."""

    book: Book
    window: Window
    serial: int = 0
    permits: dict[str, Permit] = field(default_factory=dict)
    """By credit code, those that ran out or were suspended."""

    def write(self, firm: Firm, rng: random.Random) -> None:
        """Enterprise, qualifications, permit, finance and equipment."""
        self._enterprise(firm, rng)
        self._qualifications(firm, rng)
        self._permit(firm, rng)
        self._finance(firm, rng)
        for category in dict.fromkeys(code[:-1] for code in firm.general):
            for kind in _EQUIPMENT[category]:
                self.book.add(
                    "equipment",
                    firm.founded,
                    None,
                    enterprise=firm.uscc,
                    kind=kind,
                    count=rng.randint(1, 2 + int(firm.size * 2)),
                    owned=True,
                    spec=None,
                )

    def _next(self) -> int:
        self.serial += 1
        return self.serial

    def _enterprise(self, firm: Firm, rng: random.Random) -> None:
        renamed = between(rng, self.window.start, add_years(self.window.until, -1)) if firm.former_name else None
        common: Row = {
            "enterprise": firm.uscc,
            "uscc": firm.uscc,
            "legal_representative": person_name(rng, male=rng.random() < 0.85),
            "region": firm.region,
            "address": f"{divisions()[city_of(firm.region)].name}{divisions()[firm.region].name}示范路{rng.randint(1, 399)}号",
            "registered_capital": max(200, int(firm.size * 30) * 100) * WAN,
            "established_on": firm.founded,
            "kind": "有限责任公司",
            "status": "active",
        }
        if renamed:
            self.book.add("enterprise", firm.founded, renamed, name=firm.former_name, **common)
        self.book.add("enterprise", renamed or firm.founded, None, name=firm.name, **common)

    def _qualifications(self, firm: Firm, rng: random.Random) -> None:
        """One certificate per authority; renewed within the window by some, with a new last day."""
        for level in (1, 2, 3):
            codes = [code for code in firm.codes if _level(code) == level]
            if not codes:
                continue
            number = certificate_no(level, firm.region, self._next() * 37 + 2_000)
            first = between(
                rng, max(firm.founded + 90 * _DAY, add_years(self.window.start, -4)), self.window.start - 30 * _DAY
            )
            last = add_years(first, 5) - _DAY
            firm.qualified_on = max(firm.qualified_on, first)
            renewed = last - rng.randint(20, 80) * _DAY if last < self.window.until + 40 * _DAY else None
            for code in codes:
                common: Row = {
                    "certificate_no": number,
                    "code": code,
                    "enterprise": firm.uscc,
                    "authority": _authority(level, firm.region),
                    "status": "有效",
                    "limit_content": None,
                }
                how = "告知承诺" if rng.random() < 0.15 else "审批"
                self.book.add(
                    "qualification", first, renewed, issued_on=first, valid_until=last, granted_how=how, **common
                )
                if renewed:
                    self.book.add(
                        "qualification",
                        renewed,
                        None,
                        issued_on=renewed,
                        valid_until=add_years(renewed, 5) - _DAY,
                        granted_how="延续",
                        **common,
                    )

    def _permit(self, firm: Firm, rng: random.Random) -> None:
        """Three years at a time. An expired one ran out a few months ago and nobody extended it, or did so late."""
        if firm.permit == "none":
            return
        until = self.window.until
        if firm.permit == "expired":
            ends = between(rng, until - 150 * _DAY, until - 20 * _DAY)
        elif firm.permit == "late":
            ends = between(rng, until - 160 * _DAY, until - 110 * _DAY)
        else:
            # One that was suspended within the last year was issued before.
            years = 2 if firm.permit == "suspended" else 3
            ends = between(rng, until + 20 * _DAY, add_years(until, years) - 2 * _DAY)
        starts = [add_years(ends + _DAY, -3 * i) for i in (2, 1)]
        number = safety_permit_no(firm.region, starts[0].year, self._next())
        second = starts[1]
        steps = [(starts[0], second - _DAY, "有效"), (second, ends, "有效")]
        if firm.permit == "late":
            again = ends + rng.randint(25, 60) * _DAY
            steps.append((again, add_years(again, 3) - _DAY, "有效"))
        if firm.permit == "suspended":
            off = between(rng, until - 220 * _DAY, until - 120 * _DAY)
            steps += [(off, ends, "暂扣"), (off + rng.randint(30, 60) * _DAY, ends, "有效")]
        if firm.permit in {"expired", "late", "suspended"}:
            self.permits[firm.uscc] = Permit(number, tuple(steps))
        for (since, last, status), closing in zip(steps, [*(s for s, _, _ in steps[1:]), None], strict=True):
            issued = min(since, second) if firm.permit == "suspended" else since
            self.book.add(
                "safety_permit",
                since,
                closing,
                permit_no=number,
                enterprise=firm.uscc,
                issued_on=issued,
                valid_until=last,
                authority=_authority(2, firm.region),
                status=status,
            )

    def _finance(self, firm: Firm, rng: random.Random) -> None:
        """Audited years up to the one before the window's end; the last year carries the story."""
        last = self.window.until.year - 1
        for year in range(last - 3, last + 1):
            growth = 1 - 0.03 * (last - year)
            net = (
                None
                if firm.net_assets is None or (not firm.general and rng.random() < 0.05)
                else int(firm.net_assets * growth)
            )
            if firm.story == "net-assets" and net is not None and year < last:
                net = int(net_assets_needed(firm.main) * (1.3 - 0.05 * (last - year)))
            total = int((net or 900 * WAN) * rng.uniform(1.7, 3.2))
            self.book.add(
                "finance",
                dt.date(year, 12, 31),
                None,
                enterprise=firm.uscc,
                as_of=dt.date(year, 12, 31),
                net_assets=net,
                total_assets=None if net is None else total,
                liabilities=None if net is None else total - net,
                revenue=int(total * rng.uniform(0.6, 2.2)),
            )


def _level(code: str) -> int:
    """Who grants: the ministry, the province, or the city."""
    general = code < "D2"
    if code[-1] in {"T", "A"}:
        return 1 if general else 2
    return 2 if general and code[-1] == "B" else 3


def _authority(level: int, region: str) -> str:
    names = divisions()
    if level == 1:
        return "住房和城乡建设部"
    place = names[f"{region[:2]}0000"].name if level == 2 else names[city_of(region)].name
    return f"{place}住房和城乡建设{'厅' if level == 2 else '局'}"


EVERYONE: Final = (
    "registration",
    "title",
    "post_certificate",
    "safety_certificate",
    "skill",
    "officer",
    "qualification",
    "safety_permit",
    "finance",
)


def write_coverage(book: Book, firms: Sequence[Firm], window: Window) -> None:
    """Feeds that are complete: for everyone, or, for insurance, for the enterprises that the office answered for."""
    start = add_years(window.start, -5)
    for table in EVERYONE:
        book.add(
            "coverage",
            feed="市建筑市场监管平台",
            table_name=table,
            enterprise=None,
            division=None,
            period_from=start,
            period_until=None,
            complete=True,
        )
    for firm in firms:
        told = firm.insurance_told
        book.add(
            "coverage",
            feed="市社会保险经办机构",
            table_name="insurance",
            enterprise=firm.uscc,
            division=None,
            period_from=start,
            period_until=None,
            complete=told,
        )
