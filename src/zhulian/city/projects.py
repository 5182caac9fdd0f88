"""Projects: tendered, contracted, built, and some of them finished works with indicators."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from zhulian.city.book import Book, Row
from zhulian.city.days import between
from zhulian.city.names import estate_name, owner_name, trade_names
from zhulian.city.needs import WAN
from zhulian.city.numbers import city_of, project_code
from zhulian.city.people import Spell
from zhulian.city.plan import CitySize, Firm, Site, Window
from zhulian.core.kernel.codes import divisions
from zhulian.core.kernel.dates import add_years
from zhulian.core.tables import INDICATORS

_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of project, by the category of who builds it: code, words, and indicators with their usual range."""

    code: str
    kind: str
    uses: tuple[str, ...]
    thing: str
    indicators: tuple[tuple[str, float, float], ...]


_KINDS: Final = {
    "D101": _Kind("01", "房屋建筑工程", ("居住建筑", "办公建筑", "商业建筑", "科教文卫建筑", "工业建筑"), "{estate}{n}号楼", (("storeys", 3, 26), ("area_m2", 2_500, 42_000), ("span_m", 6, 30))),
    "D105": _Kind("99", "其他", ("其他",), "{estate}片区河道治理工程{n}标段", (("amount", 800, 6_000),)),
    "D106": _Kind("99", "其他", ("其他",), "{estate}110千伏输变电工程{n}标段", (("line_110kv_km", 4, 60), ("substation_110kv", 1, 2))),
    "D110": _Kind("02", "市政工程", ("道路", "排水", "给水", "桥隧"), "{estate}路道路及管网工程{n}标段", (("road_area_m2", 8_000, 90_000), ("drain_km", 0.6, 7))),
}  # fmt: skip


_MOST: Final[dict[str, dict[str, float]]] = {
    "D101C": {"storeys": 15, "area_m2": 39_000, "span_m": 26},
    "D101B": {"storeys": 26},
}
"""What an enterprise of the grade may build (承包工程范围), with a margin."""
_STOREY_MM: Final = 3_150


@dataclass(frozen=True, slots=True)
class Order:
    """A project to be built for a story. `signed` and `finish` fix its days; `name` stands for the one drawn."""

    winner: Firm
    purpose: str
    signed: dt.date
    finish: dt.date
    name: str = ""
    stopped_on: dt.date | None = None
    """Since when work stands still."""


def _scale(values: dict[str, int]) -> str | None:
    """建设规模 of a building as contracts say it; None for other works."""
    if "storeys" not in values:
        return None
    area, span = values["area_m2"] // 1000, values["span_m"] / 1000
    height = values["storeys"] * _STOREY_MM / 1000
    return f"建筑面积{area}平方米，建筑高度{height:.1f}米，地上{values['storeys']}层，单跨{span:.1f}米"


def write_projects(
    book: Book,
    size: CitySize,
    firms: Sequence[Firm],
    constructors: dict[str, list[Spell]],
    window: Window,
    seed: int,
    orders: Sequence[Order] = (),
) -> list[Site]:
    """`size.projects` projects, and those ordered; larger firms build more of them."""
    rng = random.Random(f"{seed}:projects")  # noqa: S311 - a made-up city, no secret
    builders = [firm for firm in firms if firm.main[:-1] in _KINDS]
    weights = [firm.size * {"T": 8, "A": 5, "B": 2, "C": 1}[firm.main[-1]] for firm in builders]
    trades = trade_names(rng, size.projects)
    building = _Building(book, window, constructors)
    peers = {category: [f for f in builders if f.main[:-1] == category] for category in {f.main[:-1] for f in builders}}
    for number in range(size.projects):
        winner = rng.choices(builders, weights)[0]
        rivals = [f for f in peers[winner.main[:-1]] if f is not winner]
        bidders = [winner, *rng.sample(rivals, min(len(rivals), rng.randint(2, 4)))]
        building.build(bidders, trades[number % len(trades)], rng)
    rng = random.Random(f"{seed}:orders")  # noqa: S311 - a made-up city, no secret
    for order in orders:
        rivals = [f for f in peers[order.winner.main[:-1]] if f is not order.winner]
        bidders = [order.winner, *rng.sample(rivals, min(len(rivals), 2))]
        building.build(bidders, rng.choice(trades), rng, order)
    return building.sites


@dataclass(slots=True)
class _Building:
    """Writes one project after another."""

    book: Book
    window: Window
    constructors: dict[str, list[Spell]]
    sites: list[Site] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def build(self, bidders: Sequence[Firm], trade: str, rng: random.Random, order: Order | None = None) -> None:
        """One project of the first of its bidders: tendered, contracted, built, finished."""
        winner, window = bidders[0], self.window
        kind = _KINDS[winner.main[:-1]]
        drawn = between(rng, max(add_years(window.start, -2), winner.qualified_on), window.until - 30 * _DAY)
        signed = order.signed if order else drawn
        code = next(
            c for n in range(1, 100) if (c := project_code(winner.region, signed, kind.code, n)) not in self.seen
        )
        self.seen.add(code)
        key = f"project_code:{code}"
        start = signed + rng.randint(10, 90) * _DAY
        planned = start + rng.randint(180, 720) * _DAY
        finished = planned + rng.randint(-20, 60) * _DAY
        if order:
            start, planned, finished = signed + 20 * _DAY, order.finish, order.finish
        amount = int(rng.lognormvariate(7.4, 0.8) * {"T": 6, "A": 3, "B": 1.4, "C": 0.6}[winner.main[-1]] + 80) * WAN
        values = _values(kind, winner, rng)
        tender = f"{code}-ZB-001"
        area = values.get("area_m2")
        site = Site(
            project=key,
            code=code,
            firm=winner,
            signed=signed,
            start=start,
            finish=finished,
            amount=amount,
            area=area,
            tender=tender,
            bidders=tuple(firm.uscc for firm in bidders),
            purpose=order.purpose if order else "",
        )
        self.sites.append(site)
        city = divisions()[city_of(winner.region)].name
        common: Row = {
            "project": key,
            "project_code": code,
            "name": city + kind.thing.format(estate=estate_name(trade, rng), n=rng.randint(1, 9)),
            "region": winner.region,
            "kind": kind.kind,
            "use": rng.choice(kind.uses),
            "nature": rng.choice(("新建", "新建", "新建", "改建", "扩建")),
            "owner": owner_name(city.removesuffix("市"), trade),
            "total_area": area,
            "total_investment": int(amount * rng.uniform(1.05, 1.6)),
            "planned_start_on": start,
            "planned_finish_on": planned,
        }
        if order and order.name:
            common["name"] = city + order.name
        for since, until, values_then in _lived(site, window, order.stopped_on if order else None):
            self.book.add("project", since, until, **common, **values_then)
        self._market(site, scale=_scale(values), rng=rng)
        if finished <= window.until:
            _work(self.book, winner, key, code, finished, values | {"amount": amount}, self.constructors, rng)

    def _market(self, site: Site, *, scale: str | None, rng: random.Random) -> None:
        """Tender, bids, contract."""
        opened = site.signed - rng.randint(15, 40) * _DAY
        self.book.add(
            "tender",
            opened,
            None,
            tender_no=site.tender,
            project=site.project,
            opened_on=opened,
            method=rng.choice(("公开招标", "公开招标", "邀请招标")),
            agency=None,
        )
        for rank, bidder in enumerate(site.bidders, start=1):
            price = site.amount if rank == 1 else int(site.amount * rng.uniform(0.96, 1.06))
            won = rank == 1
            self.book.add(
                "bid", opened, None, tender_no=site.tender, enterprise=bidder, price=price, won=won, rank=rank
            )
        self.book.add(
            "contract",
            site.signed,
            None,
            contract_no=f"{site.code}-HT-001",
            project=site.project,
            enterprise=site.firm.uscc,
            role="施工总承包",
            amount=site.amount,
            signed_on=site.signed,
            scale=scale,
        )
        part: Row = {"project": site.project, "enterprise": site.firm.uscc, "role": "施工总承包"}
        self.book.add("participation", site.signed, None, **part)


def _values(kind: _Kind, winner: Firm, rng: random.Random) -> dict[str, int]:
    """Indicators of what is built, within what the winner may build."""
    most = _MOST.get(winner.main, {})
    return {
        name: int(
            rng.uniform(low, min(high, most.get(name, high))) * (WAN if name == "amount" else INDICATORS[name].scale)
        )
        for name, low, high in kind.indicators
    }


def _lived(site: Site, window: Window, stopped: dt.date | None) -> Iterator[tuple[dt.date, dt.date | None, Row]]:
    """The states of a project one after another, as far as they have come: from, until, and what is told then."""
    steps: list[tuple[dt.date, Row]] = [(site.signed, {"started_on": None, "finished_on": None, "status": "未开工"})]
    steps.append((site.start, {"started_on": site.start, "finished_on": None, "status": "在建"}))
    if stopped:
        steps.append((stopped, {"started_on": site.start, "finished_on": None, "status": "停工"}))
    steps.append((site.finish, {"started_on": site.start, "finished_on": site.finish, "status": "竣工"}))
    come = [step for step in steps if step[0] <= window.until]
    for (since, values), until in zip(come, [*(since for since, _ in come[1:]), None], strict=True):
        yield since, until, values


def _work(
    book: Book,
    winner: Firm,
    project: str,
    code: str,
    finished: dt.date,
    values: dict[str, int],
    constructors: dict[str, list[Spell]],
    rng: random.Random,
) -> None:
    leads = [s for s in constructors[winner.uscc] if s.since <= finished and (s.until is None or s.until > finished)]
    lead = rng.choice(leads).person if leads else None
    accepted, grade = rng.random() < 0.96, rng.choice("AABBCD")
    for indicator, value in values.items():
        book.add(
            "work",
            finished,
            None,
            work=f"{code}-YJ",
            project=project,
            enterprise=winner.uscc,
            completed_on=finished,
            accepted=accepted,
            lead_person=lead,
            data_grade=grade,
            indicator=indicator,
            value=value,
        )
