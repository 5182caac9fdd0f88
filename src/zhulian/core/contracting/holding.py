"""Which grades were held on the day a contract was signed, as far as the register tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from zhulian.core.contracting.model import Held
from zhulian.core.kernel.dates import BEGINNING

ENDED: Final = ("降级", "撤回", "撤销", "吊销", "注销", "过期")
"""States in which a qualification is held no more."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A row of the register of qualifications; `fact_from` inclusive, `fact_until` exclusive."""

    code: str
    fact_from: dt.date
    fact_until: dt.date
    issued_on: dt.date | None
    valid_until: dt.date | None
    status: str | None


def held_on(papers: Iterable[Paper], day: dt.date) -> tuple[Held, ...]:
    """What was held on a day, surest first of each code.

    A row that says neither when it was issued nor since when it holds proves nothing about an earlier day, and a
    certificate past its printed day may have been extended: both may be held, neither surely. So may one that the
    register first shows after the day without a day of issue.
    """
    best: dict[str, Held] = {}
    for paper in papers:
        held = _held(paper, day)
        if held is not None and (held.code not in best or (held.sure and not best[held.code].sure)):
            best[held.code] = held
    return tuple(best[code] for code in sorted(best))


def _held(paper: Paper, day: dt.date) -> Held | None:
    issued_later = paper.issued_on is not None and paper.issued_on > day
    if paper.fact_until <= day or paper.status in ENDED or issued_later:
        return None
    doubt = _doubt(paper, day)
    return Held(paper.code, sure=not doubt, doubt=doubt)


def _doubt(paper: Paper, day: dt.date) -> str:
    """Why a row does not prove that the qualification was held on the day; empty where it does."""
    code = paper.code
    if paper.issued_on is None and (paper.fact_from > day or paper.fact_from == BEGINNING):
        return f"签订日是否已持有 {code} 未知：资质数据没有发证日期"
    if paper.fact_from > day:
        return f"签订日是否已持有 {code} 未知：当日没有登记记录"
    if paper.valid_until is not None and paper.valid_until < day:
        return f"{code} 的证书在签订日已过有效期，是否延续未知"
    if paper.status is not None and paper.status != "有效":
        return f"{code} 的状态为「{paper.status}」，签订日能否承揽未知"
    return ""
