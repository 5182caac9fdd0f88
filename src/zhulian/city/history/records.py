"""Credit records: effective decisions on enterprises and persons, some repaired, some not effective yet, and praise."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Final

from zhulian.city.book import Row
from zhulian.city.history.chronicle import DAY, Chronicle, Happened, drawn, office
from zhulian.city.history.posts import Posts
from zhulian.city.plan import Site
from zhulian.core.kernel.dates import add_years

_MARKET: Final = (
    "illegal-contracting",
    "bid-rigging",
    "false-material",
    "dishonesty",
    "unpaid-wages",
    "confirmed-complaint",
)
"""Rules that a record which is none of their business must not fire."""


@dataclass(frozen=True, slots=True)
class _Tale:
    """One kind of record. `decided`: days before the last one, at least and at most; `repaired`: days after effect."""

    story: str
    kind: str
    item: str
    event: str
    rule: str = ""
    act: str | None = None
    decided: tuple[int, int] = (40, 330)
    effective: int = 8
    """Days from the decision to its effect."""
    repaired: int = 0
    times: int = 1
    polarity: str = "不良"
    own: bool = False
    """Whether it is about one of the enterprise's sites."""


_PENALTY: Final = "market.penalty.effective"
_ILLEGAL: Final = "market.contract.illegal"
_DISHONEST: Final = "market.dishonesty.listed"
_WAGES: Final = "market.wages.unpaid"
_OLD: Final = (400, 980)

_TALES: Final = (
    _Tale("subcontracted-whole", "违法发承包", "将承包的全部工程转给他人施工", _ILLEGAL, "illegal-contracting", "转包", own=True),
    _Tale("subcontracted-illegally", "违法发承包", "将主体结构分包", _ILLEGAL, "illegal-contracting", "违法分包", own=True),
    _Tale("name-lent", "违法发承包", "允许他人以本企业名义承揽工程", _ILLEGAL, "illegal-contracting", "出借资质", _OLD, own=True, times=2),
    _Tale("let-illegally", "违法发承包", "作为建设单位将工程发包给个人", _ILLEGAL, "", "违法发包"),
    _Tale("not-effective-yet", "违法发承包", "将承包的全部工程转给他人施工", _ILLEGAL, "", "转包", (5, 9), 60, own=True),
    _Tale("material-false", "虚假材料", "以虚假业绩材料取得资质", "market.material.false", "false-material"),
    _Tale("dishonest", "严重失信", "列入建筑市场主体严重失信名单", _DISHONEST, "dishonesty"),
    _Tale("dishonest-and-repaired", "严重失信", "列入建筑市场主体严重失信名单", _DISHONEST, "dishonesty", None, (260, 330), 10, 190),
    _Tale("wages-unpaid", "拖欠工资", "拖欠农民工工资", _WAGES, "unpaid-wages", times=2, own=True),
    _Tale("wages-paid-later", "拖欠工资", "拖欠农民工工资", _WAGES, "unpaid-wages", None, (200, 330), 5, 95, own=True),
    _Tale("complaint-confirmed", "投诉查实", "夜间违规施工投诉查实", "market.complaint.confirmed", "confirmed-complaint", own=True),
    _Tale("penalty", "行政处罚", "未按规定设置安全防护设施", _PENALTY, times=4, own=True),
    _Tale("penalty-repaired", "行政处罚", "未按批准的施工方案作业", _PENALTY, "", None, (230, 330), 8, 180, times=2, own=True),
    _Tale("penalty-of-old", "行政处罚", "未对从业人员进行安全教育培训", _PENALTY, "", None, _OLD, 8, 200, times=6, own=True),
    _Tale("praised", "表彰奖励", "市级安全文明标准化工地", "credit.recorded", "", None, (40, 900), 0, times=8, polarity="良好"),
)  # fmt: skip


@dataclass(slots=True)
class Records:
    """Writes them, numbered in the order of writing."""

    chronicle: Chronicle
    posts: Posts
    serial: int = 0

    def write(self, rng: random.Random) -> None:
        """Every tale; bid rigging, which takes two; a penalty on a person."""
        for tale in _TALES:
            for _ in range(tale.times * self.chronicle.tellings):
                self._tell(tale, rng)
        for _ in range(self.chronicle.tellings):
            self._rigged(rng)
            self._person(rng)

    def _tell(self, tale: _Tale, rng: random.Random) -> None:
        chronicle = self.chronicle
        decided = chronicle.back(rng.randint(*tale.decided))
        effective = decided + tale.effective * DAY
        site = chronicle.pick("record", rng, decided - 40 * DAY, decided) if tale.own else None
        firm = site.firm if site else chronicle.choose("record", rng)
        repaired = effective + tale.repaired * DAY if tale.repaired else None
        values: Row = {"kind": tale.kind, "item": tale.item, "act": tale.act, "polarity": tale.polarity}
        number = self._record(firm.uscc, firm.region, site, decided, effective, repaired, values)
        happened = Happened(tale.story, tale.event, effective, firm.uscc, site.project if site else "", number)
        fires, holds = ((tale.rule,), ()) if tale.rule else ((), _MARKET)
        chronicle.label(happened, fires, holds, ended_by="credit.repaired", ended_on=repaired)

    def _rigged(self, rng: random.Random) -> None:
        """Two bidders of one tender, decided on alike."""
        chronicle = self.chronicle
        decided = chronicle.back(rng.randint(60, 300))
        told = {firm.uscc for firm in chronicle.firms if firm.story}
        site = chronicle.pick(
            "record", rng, decided - 60 * DAY, decided, where=lambda s: len(s.bidders) > 1 and s.bidders[1] not in told
        )
        values: Row = {"kind": "串通投标", "item": "投标人相互串通投标", "act": None, "polarity": "不良"}
        for bidder in site.bidders[:2]:
            effective = decided + 8 * DAY
            number = self._record(bidder, site.firm.region, site, decided, effective, None, values)
            happened = Happened("bid-rigged", "market.bid.rigged", effective, bidder, site.project, number)
            chronicle.label(happened, ("bid-rigging",))

    def _person(self, rng: random.Random) -> None:
        """A leader is fined: a record of a person, about no enterprise."""
        decided = self.chronicle.back(rng.randint(60, 300))
        site = drawn(self.chronicle.sites, lambda s: s.runs(decided - 40 * DAY, decided) and self.posts.led(s), rng)
        values: Row = {"kind": "行政处罚", "item": "未履行项目负责人安全职责", "act": None, "polarity": "不良"}
        values["person"] = self.posts.leader(site).person
        self._record(None, site.firm.region, site, decided, decided + 8 * DAY, None, values)

    def _record(
        self,
        enterprise: str | None,
        region: str,
        site: Site | None,
        decided: dt.date,
        effective: dt.date,
        repaired: dt.date | None,
        values: Row,
    ) -> str:
        self.serial += 1
        number = f"XY{region}{decided:%Y%m%d}{self.serial:05d}"
        word = "罚" if values["kind"] == "行政处罚" else "信"
        row: Row = {
            "record_no": number,
            "enterprise": enterprise,
            "person": None,
            "project": site.project if site else None,
            "decided_on": decided,
            "effective_on": effective,
            "authority": office(region),
            "document_no": f"示范建{word}字〔{decided.year}〕{self.serial:04d}号",
            "public_from": effective,
            "public_until": add_years(effective, 1),
            "repaired_on": None,
            **values,
        }
        self.chronicle.lived("credit_record", decided, repaired, row, {"repaired_on": repaired})
        return number
