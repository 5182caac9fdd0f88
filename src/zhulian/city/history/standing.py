"""What the stories of enterprises bring: permits that run out or are suspended, staff that falls short and recovers."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zhulian.city.firms import Permit
from zhulian.city.history.chronicle import DAY, Chronicle, Happened
from zhulian.city.people import Spell
from zhulian.city.plan import Firm, Window
from zhulian.city.projects import Order

_SHORT: Final = ("fell-short", "fell-short-mark")
_BUILDING: Final = frozenset({"permit-expired", "permit-late", "permit-suspended"})
_SHORT_OF_STAFF: Final = frozenset({"constructors-left", "constructors-replaced"})
_WON: Final = "won-while-short"


def sites_order(firms: Sequence[Firm], window: Window, rng: random.Random) -> Iterator[Order]:
    """A site for those whose permit matters, and a tender won by those who have just lost their constructors."""
    for firm in firms:
        if firm.story in _BUILDING:
            yield Order(firm, firm.story, window.until - rng.randint(300, 350) * DAY, _later(window, rng))
        elif firm.story == "constructors-left":
            yield Order(firm, _WON, window.until - rng.randint(10, 14) * DAY, _later(window, rng))


def _later(window: Window, rng: random.Random) -> dt.date:
    return window.until + rng.randint(60, 400) * DAY


@dataclass(slots=True)
class Standing:
    """Labels of what the permits, the registrations and the tenders tell."""

    chronicle: Chronicle
    permits: Mapping[str, Permit]
    lost: Mapping[str, Sequence[Spell]]

    def label(self) -> None:
        """Every story whose happening is a permit, a verdict or a tender."""
        for firm in self.chronicle.firms:
            if firm.story in _BUILDING:
                self._permit(firm, self.permits[firm.uscc])
            elif firm.story in _SHORT_OF_STAFF:
                self._short(firm, self.lost[firm.uscc])
        for site in self.chronicle.sites:
            if site.purpose == _WON:
                happened = Happened(_WON, "market.tender.won", site.signed, site.firm.uscc, site.project, site.tender)
                self.chronicle.label(happened, (_WON,))

    def _permit(self, firm: Firm, permit: Permit) -> None:
        chronicle = self.chronicle
        after = permit.steps[2:]
        if firm.story == "permit-suspended":
            (off, _, _), (on, _, _) = after
            happened = Happened(firm.story, "permit.suspended", off, firm.uscc, "", permit.number)
            chronicle.label(
                happened, ("permit-suspended",), ("permit-expired",), ended_by="permit.restored", ended_on=on
            )
            return
        expired = permit.steps[1][1] + DAY
        happened = Happened(firm.story, "permit.expired", expired, firm.uscc, "", permit.number)
        chronicle.label(happened, ("permit-expired",), ("permit-suspended",))

    def _short(self, firm: Firm, lost: Sequence[Spell]) -> None:
        """Short from the first who leaves on, met again when the last has come."""
        left = min(spell.until for spell in lost if spell.until is not None)
        came = max((spell.since for spell in lost if spell.until is None), default=None)
        happened = Happened(firm.story, "qualification.fell_short", left, firm.uscc, "", firm.main)
        self.chronicle.label(happened, _SHORT, ended_by="qualification.recovered", ended_on=came)
