"""Many contracts: their holders' papers, and whether the register of qualifications is complete for the day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zhulian.core.contracting.holding import Paper, held_on
from zhulian.core.contracting.judging import judge
from zhulian.core.contracting.loader import ScopeLibrary
from zhulian.core.contracting.model import Contract, Finding
from zhulian.core.kernel.codes import COUNTRY
from zhulian.core.kernel.dates import FOREVER

CONSTRUCTION: Final = "D"
"""Root of the codes of construction enterprises."""


@dataclass(frozen=True, slots=True)
class Cover:
    """A statement that qualifications are completely told: of an enterprise, of a division, or of everybody."""

    enterprise: int | None
    division: str | None
    period_from: dt.date
    period_until: dt.date | None

    def covers(self, enterprise: int, region: str | None, day: dt.date) -> bool:
        """Whether it speaks of an enterprise registered in a region on a day."""
        if not self.period_from <= day < (self.period_until or FOREVER):
            return False
        if self.enterprise is not None:
            return self.enterprise == enterprise
        if self.division in (None, COUNTRY):
            return True
        return region is not None and self.division in (region, f"{region[:4]}00", f"{region[:2]}0000")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is known of the holders of contracts."""

    papers: Mapping[int, Sequence[Paper]]
    regions: Mapping[int, str | None]
    covers: Sequence[Cover]

    def complete(self, enterprise: int, day: dt.date) -> bool:
        """Whether absence from the papers means that nothing else was held."""
        region = self.regions.get(enterprise)
        return any(cover.covers(enterprise, region, day) for cover in self.covers)


def grouped(rows: Iterable[tuple[int, Paper]]) -> dict[int, list[Paper]]:
    """Papers by enterprise; those of other trades (design, supervision) are left out."""
    out: defaultdict[int, list[Paper]] = defaultdict(list)
    for enterprise, paper in rows:
        if paper.code.startswith(CONSTRUCTION):
            out[enterprise].append(paper)
    return dict(out)


def judge_all(
    contracts: Iterable[Contract], holdings: Holdings, library: ScopeLibrary, *, known_at: dt.datetime | None = None
) -> Iterator[Finding]:
    """The finding of every contract, in the order they come."""
    for contract in contracts:
        day = contract.signed_on
        held = held_on(holdings.papers.get(contract.enterprise, ()), day) if day else ()
        complete = day is not None and holdings.complete(contract.enterprise, day)
        yield judge(contract, held, library, complete=complete, known_at=known_at)
