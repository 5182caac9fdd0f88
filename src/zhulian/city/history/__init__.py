"""What happened in a city: permits and posts, hazards, accidents, decisions, and what linkage must make of them."""

from __future__ import annotations

from collections.abc import Sequence

from zhulian.city.book import Book
from zhulian.city.firms import Registry
from zhulian.city.history.accidents import Accidents
from zhulian.city.history.chronicle import Chronicle, stream
from zhulian.city.history.hazards import Hazards
from zhulian.city.history.leaders import Leaders, pairs_order
from zhulian.city.history.posts import Posts
from zhulian.city.history.pushed import events_write
from zhulian.city.history.records import Records
from zhulian.city.history.standing import Standing, sites_order
from zhulian.city.plan import Firm, Site, Window
from zhulian.city.projects import Order
from zhulian.city.staff import Staffing

__all__ = ["orders", "write_history"]


def orders(firms: Sequence[Firm], staffing: Staffing, window: Window, seed: int, tellings: int) -> list[Order]:
    """Projects that the history needs beside those that are drawn."""
    wanted = list(sites_order(firms, window, stream(seed, "sites")))
    return wanted + pairs_order(firms, staffing.constructors, window, tellings, stream(seed, "pairs"))


def write_history(
    book: Book,
    firms: Sequence[Firm],
    sites: Sequence[Site],
    staffing: Staffing,
    registry: Registry,
    window: Window,
    seed: int,
    tellings: int,
) -> None:
    """Rows of permit, appointment, person_lock, hazard, accident and credit_record; events without a table; labels."""
    chronicle = Chronicle(book, window, firms, sites, tellings)
    posts = Posts(chronicle, staffing.constructors, staffing.crews)
    Leaders(chronicle, posts, staffing.constructors, staffing.moved).tell(stream(seed, "leaders"))
    posts.write(stream(seed, "posts"))
    Hazards(chronicle).write(stream(seed, "hazards"))
    Accidents(chronicle).write(stream(seed, "accidents"))
    Records(chronicle, posts).write(stream(seed, "records"))
    events_write(chronicle, stream(seed, "events"))
    Standing(chronicle, registry.permits, staffing.lost).label()
    book.linkage_labels = chronicle.labels
