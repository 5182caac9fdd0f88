"""Building a city: plan, stories, rows."""

from __future__ import annotations

import datetime as dt
import random
from typing import Final

from zhulian.city.book import Book
from zhulian.city.firms import Registry, plan_firms, write_coverage
from zhulian.city.people import People
from zhulian.city.plan import SIZES, Window
from zhulian.city.projects import write_projects
from zhulian.city.staff import Staffing
from zhulian.city.stories import tell_all
from zhulian.core.kernel.dates import add_years

UNTIL: Final = dt.date(2025, 12, 31)
"""Last day of the history, where none is given."""


def build(size: str = "town", *, seed: int, until: dt.date = UNTIL) -> Book:
    """The rows and labels of a city. The same arguments give the same rows, on every machine.

    Raises:
        KeyError: for a size that is not offered.
    """
    shape = SIZES[size]
    window = Window(start=add_years(until, -shape.history_years), until=until)
    firms = plan_firms(shape, window, seed)
    book = Book()
    book.labels = tell_all(firms, window, _stream(seed, "stories"))
    people = People(book, window)
    registry = Registry(book, window)
    staffing = Staffing(book, people, window, elsewhere=[firm for firm in firms if not firm.general])
    for firm in firms:
        registry.write(firm, _stream(seed, f"registry:{firm.number}"))
        staffing.staff(firm, _stream(seed, f"staff:{firm.number}"))
    write_projects(book, shape, firms, staffing.constructors, window, seed)
    write_coverage(book, firms, window)
    return book


def _stream(seed: int, topic: str) -> random.Random:
    """A generator per topic, so that a change in one place does not stir the others."""
    return random.Random(f"{seed}:{topic}")  # noqa: S311 - a made-up city, no secret
