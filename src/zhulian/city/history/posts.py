"""Construction permits, the people appointed to a site's key posts, and the locks on its leaders."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from zhulian.city.book import Row
from zhulian.city.history.chronicle import DAY, Chronicle
from zhulian.city.people import Spell
from zhulian.city.plan import Site
from zhulian.city.staff import CREW

LEADER: Final = "项目负责人"
_LONG_ENOUGH: Final = 30 * DAY
"""Nobody is appointed who leaves within these days."""


@dataclass(frozen=True, slots=True)
class Term:
    """One person leading one site from a day until a day (exclusive)."""

    site: Site
    person: str
    since: dt.date
    until: dt.date


@dataclass(slots=True)
class Posts:
    """Fills the posts of every site; leaders of stories first, the others so that nobody leads two sites at once."""

    chronicle: Chronicle
    constructors: Mapping[str, Sequence[Spell]]
    crews: Mapping[str, Mapping[str, Sequence[Spell]]]
    _terms: defaultdict[str, list[Term]] = field(default_factory=lambda: defaultdict(list))
    """By project."""
    _led: defaultdict[str, list[Term]] = field(default_factory=lambda: defaultdict(list))
    """By person."""
    keep_off: set[str] = field(default_factory=set)
    """Persons who are given nothing to lead."""

    def lead(self, site: Site, person: str, since: dt.date, until: dt.date) -> None:
        """Appoint a leader, whatever else he leads."""
        term = Term(site, person, since, until)
        self._terms[site.project].append(term)
        self._led[person].append(term)

    def leads(self, person: str) -> Sequence[Term]:
        """What somebody leads, so far."""
        return self._led[person]

    def led(self, site: Site) -> bool:
        """Whether a story has taken a site's leader."""
        return bool(self._terms[site.project])

    def leader(self, site: Site) -> Term:
        """Who led a site first."""
        return min(self._terms[site.project], key=lambda term: term.since)

    def free(self, person: str, since: dt.date, until: dt.date) -> bool:
        """Whether somebody leads nothing in these days, so far."""
        return all(term.until <= since or until <= term.since for term in self._led[person])

    def write(self, rng: random.Random) -> None:
        """Permits, appointments and locks of every site that was being built within the window."""
        numbers: Counter[tuple[str, dt.date]] = Counter()
        for site in sorted(self.chronicle.sites, key=lambda s: (s.start, s.code)):
            if site.start > self.chronicle.window.until:
                continue
            self._permit(site, numbers, rng)
            if site.finish > self.chronicle.window.start:
                self._fill(site, rng)
                self._leaders(site)
                self._others(site, rng)

    def _permit(self, site: Site, numbers: Counter[tuple[str, dt.date]], rng: random.Random) -> None:
        issued = site.start - rng.randint(1, 9) * DAY
        region = site.firm.region
        numbers[region, issued] += 1
        self.chronicle.book.add(
            "permit",
            issued,
            None,
            permit_no=f"{region}{issued:%Y%m%d}{numbers[region, issued]:02d}01",
            project=site.project,
            enterprise=site.firm.uscc,
            issued_on=issued,
            amount=site.amount,
            area=site.area,
        )

    def _fill(self, site: Site, rng: random.Random) -> None:
        """Leaders for the days that no story has taken."""
        taken = sorted(self._terms[site.project], key=lambda term: term.since)
        cursor = site.start
        for term in taken:
            self._between(site, cursor, term.since, rng)
            cursor = term.until
        self._between(site, cursor, site.finish, rng)

    def _between(self, site: Site, since: dt.date, until: dt.date, rng: random.Random) -> None:
        """One leader after another; who leaves the enterprise is replaced some days later. Nobody free: a vacancy."""
        while since < until:
            able = [term for term in self._able(site, since, until, rng) if self.free(term.person, since, term.until)]
            if able:
                term = rng.choice(able)
                self.lead(site, term.person, since, term.until)
                since = term.until
            else:
                coming = [s.since for s in self.constructors[site.firm.uscc] if since < s.since < until]
                since = min(coming, default=until)

    def _able(self, site: Site, since: dt.date, until: dt.date, rng: random.Random) -> Iterator[Term]:
        lag = rng.randint(5, 20) * DAY
        for spell in self.constructors[site.firm.uscc]:
            stays = spell.until is None or spell.until > since + _LONG_ENOUGH
            if spell.since <= since and stays and spell.person not in self.keep_off:
                yield Term(site, spell.person, since, until if spell.until is None else min(until, spell.until + lag))

    def _leaders(self, site: Site) -> None:
        last = self.chronicle.window.until
        for index, term in enumerate(sorted(self._terms[site.project], key=lambda term: term.since)):
            if term.since > last:
                continue
            ended = term.until if term.until <= last else None
            who: Row = {"person": term.person, "project": site.project, "post": LEADER}
            first: Row = {"enterprise": site.firm.uscc, "committed": index == 0}
            self.chronicle.book.add("appointment", term.since, ended, **who, **first)
            done = "工程竣工" if term.until >= site.finish else "变更项目负责人"
            begun: Row = {"locked_on": term.since, "unlocked_on": None, "reason": "担任在建项目负责人"}
            self.chronicle.lived(
                "person_lock", term.since, ended, who | begun, {"unlocked_on": ended, "reason": f"{done}，解除锁定"}
            )

    def _others(self, site: Site, rng: random.Random) -> None:
        """The firm's own people in the other key posts, as far as it has them; one may serve several sites."""
        last = self.chronicle.window.until
        for post in CREW:
            there = [s for s in self.crews[site.firm.uscc][post] if _there(s, site.start)]
            if not there:
                continue
            spell = rng.choice(there)
            until = min(site.finish, spell.until or site.finish)
            self.chronicle.book.add(
                "appointment",
                site.start,
                until if until <= last else None,
                project=site.project,
                post=post,
                person=spell.person,
                enterprise=site.firm.uscc,
                committed=post == "技术负责人",
            )


def _there(spell: Spell, day: dt.date) -> bool:
    return spell.since <= day and (spell.until is None or spell.until > day)
