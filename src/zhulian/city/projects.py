"""Projects: tendered, contracted, built, and some of them finished works with indicators."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zhulian.city.book import Book
from zhulian.city.days import between
from zhulian.city.names import estate_name, owner_name, trade_names
from zhulian.city.needs import WAN
from zhulian.city.numbers import city_of, project_code
from zhulian.city.people import Spell
from zhulian.city.plan import CitySize, Firm, Window
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


def _scale(values: dict[str, int]) -> str | None:
    """建设规模 of a building as contracts say it; None for other works."""
    if "storeys" not in values:
        return None
    area, span = values["area_m2"] // 1000, values["span_m"] / 1000
    height = values["storeys"] * _STOREY_MM / 1000
    return f"建筑面积{area}平方米，建筑高度{height:.1f}米，地上{values['storeys']}层，单跨{span:.1f}米"


def write_projects(
    book: Book, size: CitySize, firms: Sequence[Firm], constructors: dict[str, list[Spell]], window: Window, seed: int
) -> None:
    """`size.projects` projects; larger firms build more of them."""
    rng = random.Random(f"{seed}:projects")  # noqa: S311 - a made-up city, no secret
    builders = [firm for firm in firms if firm.main[:-1] in _KINDS]
    weights = [firm.size * {"T": 8, "A": 5, "B": 2, "C": 1}[firm.main[-1]] for firm in builders]
    trades = trade_names(rng, size.projects)
    peers = {category: [f for f in builders if f.main[:-1] == category] for category in {f.main[:-1] for f in builders}}
    seen: set[str] = set()
    for number in range(size.projects):
        winner = rng.choices(builders, weights)[0]
        rivals = [f for f in peers[winner.main[:-1]] if f is not winner]
        _project(
            book,
            winner,
            rng.sample(rivals, min(len(rivals), rng.randint(2, 4))),
            constructors,
            window,
            trades[number % len(trades)],
            seen,
            rng,
        )


def _project(
    book: Book,
    winner: Firm,
    rivals: Sequence[Firm],
    constructors: dict[str, list[Spell]],
    window: Window,
    trade: str,
    seen: set[str],
    rng: random.Random,
) -> None:
    kind = _KINDS[winner.main[:-1]]
    signed = between(rng, max(add_years(window.start, -2), winner.qualified_on), window.until - 30 * _DAY)
    code = next(c for n in range(1, 100) if (c := project_code(winner.region, signed, kind.code, n)) not in seen)
    seen.add(code)
    key = f"project_code:{code}"
    city = divisions()[city_of(winner.region)].name
    start = signed + rng.randint(10, 90) * _DAY
    finish = start + rng.randint(180, 720) * _DAY
    finished = finish + rng.randint(-20, 60) * _DAY
    done = finished <= window.until
    amount = int(rng.lognormvariate(7.4, 0.8) * {"T": 6, "A": 3, "B": 1.4, "C": 0.6}[winner.main[-1]] + 80) * WAN
    most = _MOST.get(winner.main, {})
    values = {
        name: int(
            rng.uniform(low, min(high, most.get(name, high))) * (WAN if name == "amount" else INDICATORS[name].scale)
        )
        for name, low, high in kind.indicators
    }
    book.add(
        "project",
        signed,
        None,
        project=key,
        project_code=code,
        name=city + kind.thing.format(estate=estate_name(trade, rng), n=rng.randint(1, 9)),
        region=winner.region,
        kind=kind.kind,
        use=rng.choice(kind.uses),
        nature=rng.choice(("新建", "新建", "新建", "改建", "扩建")),
        owner=owner_name(city.removesuffix("市"), trade),
        total_area=values.get("area_m2"),
        total_investment=int(amount * rng.uniform(1.05, 1.6)),
        planned_start_on=start,
        planned_finish_on=finish,
        started_on=start if start <= window.until else None,
        finished_on=finished if done else None,
        status="竣工" if done else ("在建" if start <= window.until else "未开工"),
    )
    tender = f"{code}-ZB-001"
    opened = signed - rng.randint(15, 40) * _DAY
    book.add(
        "tender",
        opened,
        None,
        tender_no=tender,
        project=key,
        opened_on=opened,
        method=rng.choice(("公开招标", "公开招标", "邀请招标")),
        agency=None,
    )
    for rank, bidder in enumerate((winner, *rivals), start=1):
        price = amount if rank == 1 else int(amount * rng.uniform(0.96, 1.06))
        book.add("bid", opened, None, tender_no=tender, enterprise=bidder.uscc, price=price, won=rank == 1, rank=rank)
    book.add(
        "contract",
        signed,
        None,
        contract_no=f"{code}-HT-001",
        project=key,
        enterprise=winner.uscc,
        role="施工总承包",
        amount=amount,
        signed_on=signed,
        scale=_scale(values),
    )
    book.add("participation", signed, None, project=key, enterprise=winner.uscc, role="施工总承包")
    if done:
        _work(book, winner, key, code, finished, values | {"amount": amount}, constructors, rng)


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
