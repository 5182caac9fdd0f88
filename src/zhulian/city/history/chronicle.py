"""What the writers of a history share: the sites, the labels, the events that have no table."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from zhulian.city.book import Book, Row
from zhulian.city.numbers import city_of
from zhulian.city.plan import Firm, LinkageLabel, Site, Window
from zhulian.core.kernel.codes import divisions

DAY: Final = dt.timedelta(days=1)
_TRIES: Final = 100
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Happened:
    """One happening of a story: the type of its event, its day, whom it is about, the number it goes by."""

    story: str
    event: str
    on: dt.date
    enterprise: str
    project: str = ""
    key: str = ""


@dataclass(slots=True)
class Chronicle:
    """The history being written. `tellings`: how many times as often as in a town every story is told."""

    book: Book
    window: Window
    firms: Sequence[Firm]
    sites: Sequence[Site]
    tellings: int
    labels: list[LinkageLabel] = field(default_factory=list)
    _used: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _plain: list[Site] = field(init=False)
    """Sites that no story has."""

    def __post_init__(self) -> None:
        self._plain = [site for site in self.sites if not (site.purpose or site.firm.story)]

    def back(self, days: int) -> dt.date:
        """A day before the last one."""
        return self.window.until - days * DAY

    def pick(
        self,
        topic: str,
        rng: random.Random,
        first: dt.date,
        last: dt.date,
        *,
        where: Callable[[Site], bool] = lambda _site: True,
    ) -> Site:
        """A site that is built from one day to another, of an enterprise of no other story and none of this topic yet."""
        used = self._used[topic]

        def fits(site: Site) -> bool:
            return site.runs(first, last) and site.firm.uscc not in used and where(site)

        site = drawn(self._plain, fits, rng)
        used.add(site.firm.uscc)
        return site

    def choose(self, topic: str, rng: random.Random) -> Firm:
        """An enterprise of no other story and none of this topic yet."""
        used = self._used[topic]
        firm = drawn(self.firms, lambda firm: not firm.story and firm.uscc not in used, rng)
        used.add(firm.uscc)
        return firm

    def lived(self, table: str, since: dt.date, changed: dt.date | None, before: Row, after: Row) -> None:
        """A fact that begins and, if that has come, changes once: what was true then stays in the history."""
        if changed is None or changed > self.window.until:
            self.book.add(table, since, None, **before)
            return
        if changed > since:
            self.book.add(table, since, changed, **before)
        self.book.add(table, changed, None, **before | after)

    def label(
        self,
        happened: Happened,
        fires: Iterable[str] = (),
        holds: Iterable[str] = (),
        *,
        ended_by: str = "",
        ended_on: dt.date | None = None,
    ) -> None:
        """Rules that must fire on an event, and rules that must not."""
        ended = ended_on if ended_on is not None and ended_on <= self.window.until else None
        for rule, does in (*((rule, True) for rule in fires), *((rule, False) for rule in holds)):
            self.labels.append(
                LinkageLabel(
                    story=happened.story,
                    event=happened.event,
                    on=happened.on,
                    enterprise=happened.enterprise,
                    project=happened.project,
                    key=happened.key,
                    rule=rule,
                    fires=does,
                    ended_by=ended_by if does and ended else "",
                    ended_on=ended if does else None,
                )
            )


def drawn(among: Sequence[_T], fits: Callable[[_T], bool], rng: random.Random) -> _T:
    """One that fits, each as likely as another. A few tries first: looking at all of a city each time takes minutes.

    Raises:
        IndexError: when none fits.
    """
    for _ in range(_TRIES):
        one = rng.choice(among)
        if fits(one):
            return one
    return rng.choice([one for one in among if fits(one)])


def stream(seed: int, topic: str) -> random.Random:
    """The generator of a topic of the history."""
    return random.Random(f"{seed}:history:{topic}")  # noqa: S311 - a made-up city, no secret


def office(region: str) -> str:
    """The housing authority of the city that a county belongs to."""
    return f"{divisions()[city_of(region)].name}住房和城乡建设局"
