"""Leaders who leave or move, and one leader on two sites: with the lawful exceptions that look like it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from zhulian.city.history.chronicle import DAY, Chronicle, Happened
from zhulian.city.history.posts import Posts
from zhulian.city.people import Spell
from zhulian.city.plan import Firm, Site, Window
from zhulian.city.projects import Order

OVERLAPPING: Final = "overlapping-leader"
_PAIRS: Final = (
    ("leader-on-two-sites", 2),
    ("leader-on-adjacent-sections", 1),
    ("leader-of-a-paused-site", 1),
)
"""Story of two sites with one leader, and how often a town tells it."""
_LEAVERS: Final = (("leader-left", "person.left", 2), ("leader-moved", "person.moved", 2))
_NEEDED: Final = 4
"""Constructors who stay, of an enterprise that gets two more sites."""
_RULE_OF: Final = {"person.left": "leader-left", "person.moved": "leader-moved"}


def pairs_order(
    firms: Sequence[Firm],
    constructors: Mapping[str, Sequence[Spell]],
    window: Window,
    tellings: int,
    rng: random.Random,
) -> list[Order]:
    """Two sites each for the enterprises whose leader will have both."""
    able = [
        firm
        for firm in firms
        if firm.general and not firm.story and len(_stable(constructors[firm.uscc], window)) >= _NEEDED
    ]
    times = [(story, index) for story, count in _PAIRS for index in range(count * tellings)]
    out = []
    for (story, index), firm in zip(times, rng.sample(able, len(times)), strict=True):
        signed = window.until - (330 + 5 * (index % 9)) * DAY
        for section in (1, 2):
            name = f"示范{index + 1}路道路及管网工程{section}标段" if "adjacent" in story else ""
            stopped = window.until - 200 * DAY if "paused" in story and section == 1 else None
            out.append(Order(firm, story, signed, window.until + rng.randint(60, 400) * DAY, name, stopped))
    return out


def _stable(spells: Sequence[Spell], window: Window) -> list[Spell]:
    return [spell for spell in spells if spell.until is None and spell.since < window.start + DAY]


@dataclass(slots=True)
class Leaders:
    """Tells the stories of leaders."""

    chronicle: Chronicle
    posts: Posts
    constructors: Mapping[str, Sequence[Spell]]
    moved: AbstractSet[str]
    """Persons whose registration went to another enterprise."""

    def tell(self, rng: random.Random) -> None:
        """Both kinds; the posts of the other sites are filled afterwards."""
        ordered: dict[tuple[str, str], list[Site]] = {}
        for site in self.chronicle.sites:
            if site.purpose in dict(_PAIRS):
                ordered.setdefault((site.purpose, site.firm.uscc), []).append(site)
        for number, ((story, _), (one, other)) in enumerate(ordered.items()):
            self._pair(story, one, other, number, rng)
        for story, event, times in _LEAVERS:
            self._leavers(story, event, times * self.chronicle.tellings, rng)
        self._idle(rng)

    def _pair(self, story: str, one: Site, other: Site, number: int, rng: random.Random) -> None:
        """One leader has the first site from its start and the second half a year before the end as well."""
        spell = rng.choice(_stable(self.constructors[one.firm.uscc], self.chronicle.window))
        since = other.start if "adjacent" in story else self.chronicle.back(rng.randint(110, 170))
        # Every other pair is found and put right: the second site gets a leader of its own.
        until = self.chronicle.back(rng.randint(30, 70)) if "two" in story and number % 2 == 0 else other.finish
        self.posts.lead(one, spell.person, one.start, one.finish)
        self.posts.lead(other, spell.person, since, until)
        happened = Happened(story, "site.leader.overlapping", since, one.firm.uscc, other.project, spell.person)
        if "two" in story:
            self.chronicle.label(happened, (OVERLAPPING,), ended_by="appointment", ended_on=until)
        else:
            self.chronicle.label(happened, holds=(OVERLAPPING,))

    def _leavers(self, story: str, event: str, times: int, rng: random.Random) -> None:
        """A leader's registration ends while his site is running; the change of the post follows weeks later."""
        first, last = self.chronicle.back(340), self.chronicle.back(40)
        found = [
            (site, spell)
            for site in self.chronicle.sites
            if not (site.purpose or site.firm.story)
            for spell in self.constructors[site.firm.uscc]
            if spell.until is not None
            and first <= spell.until <= last
            and spell.since <= site.start
            and site.runs(spell.until - 30 * DAY, spell.until + 30 * DAY)
            and (spell.person in self.moved) == (event == "person.moved")
        ]
        rng.shuffle(found)
        sites: set[str] = set()
        for site, spell in found:
            if len(sites) == times:
                return
            left = spell.until or site.finish
            until = left + rng.randint(12, 28) * DAY
            if self.posts.led(site) or self.posts.leads(spell.person):
                continue
            sites.add(site.project)
            self.posts.lead(site, spell.person, site.start, until)
            self.chronicle.label(
                Happened(story, event, left, site.firm.uscc, site.project, spell.person),
                (_RULE_OF[event],),
                ended_by="appointment",
                ended_on=until,
            )

    def _idle(self, rng: random.Random) -> None:
        """A constructor who leads nothing leaves: no site, no check."""
        first, last = self.chronicle.back(340), self.chronicle.back(40)
        idle = [
            (firm, spell)
            for firm in self.chronicle.firms
            if not firm.story
            for spell in self.constructors[firm.uscc]
            if spell.until is not None
            and first <= spell.until <= last
            and spell.person not in self.moved
            and not self.posts.leads(spell.person)
        ]
        for firm, spell in rng.sample(idle, min(self.chronicle.tellings, len(idle))):
            self.posts.keep_off.add(spell.person)
            on: dt.date = spell.until or last
            self.chronicle.label(
                Happened("constructor-left-no-site", "person.left", on, firm.uscc, "", spell.person),
                holds=("leader-left",),
            )
