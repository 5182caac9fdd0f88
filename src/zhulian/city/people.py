"""Persons, and the seats of an enterprise that they fill one after another."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from zhulian.city.book import Book
from zhulian.city.days import between, month
from zhulian.city.names import person_name
from zhulian.city.numbers import birthplaces, resident_id
from zhulian.city.plan import Window
from zhulian.core.kernel.dates import add_years


@dataclass(frozen=True, slots=True)
class Spell:
    """One person in one seat, from a day until a day (exclusive); `until` None: still there."""

    person: str
    since: dt.date
    until: dt.date | None


@dataclass(slots=True)
class People:
    """Makes persons: every number once."""

    book: Book
    window: Window
    count: int = 0
    _used: Counter[tuple[str, dt.date]] = field(default_factory=Counter)

    def person(
        self, rng: random.Random, ages: tuple[int, int] = (26, 57), *, birth_told: bool = True, male: float = 0.8
    ) -> str:
        """A new person aged between `ages` at the end of the window, in his resident ID as well; the key."""
        self.count += 1
        until = self.window.until
        born = between(rng, add_years(until, -ages[1] - 1) + dt.timedelta(days=1), add_years(until, -ages[0]))
        place = rng.choice(birthplaces())
        is_male = rng.random() < male
        sequence = self._used[place, born]
        self._used[place, born] += 1
        key = f"RY_ID:{2_300_000_000_000_000 + self.count * 7_919:018d}"
        self.book.add(
            "person",
            person=key,
            name=person_name(rng, male=is_male),
            id_no=resident_id(place, born, sequence, male=is_male) if birth_told else None,
            birth_on=born if birth_told else None,
            sex="男" if is_male else "女",
        )
        return key

    def seat(
        self, rng: random.Random, founded: dt.date, turnover: float, ages: tuple[int, int] = (26, 57)
    ) -> Iterator[Spell]:
        """Who fills a seat: somebody from before the window on, and with chance `turnover` a successor without a gap."""
        window = self.window
        since = between(rng, max(founded, add_years(window.start, -5)), window.start)
        if rng.random() >= turnover:
            yield Spell(self.person(rng, ages), since, None)
            return
        change = between(rng, window.start + dt.timedelta(days=20), window.until - dt.timedelta(days=40))
        yield Spell(self.person(rng, ages), since, change)
        yield Spell(self.person(rng, ages), change, None)

    def insure(self, spell: Spell, enterprise: str) -> None:
        """Months for which the enterprise pays: whole months, still running where `month_until` is empty."""
        self.book.add(
            "insurance",
            person=spell.person,
            enterprise=enterprise,
            month_from=month(spell.since),
            month_until=month(spell.until) if spell.until else None,
        )
