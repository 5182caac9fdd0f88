"""Building a city: plan, stories, rows."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TypeAlias

from zhulian.city.book import Book
from zhulian.city.contracts import write_contracts
from zhulian.city.firms import Registry, plan_firms, write_coverage
from zhulian.city.folder import fresh
from zhulian.city.history import orders, write_history
from zhulian.city.parquet import Files, write_labels
from zhulian.city.people import People
from zhulian.city.plan import SIZES, CitySize, Window
from zhulian.city.projects import write_projects
from zhulian.city.staff import Staffing
from zhulian.city.stories import tell_all
from zhulian.core.kernel.dates import add_years

UNTIL: Final = dt.date(2025, 12, 31)
"""Last day of the history, where none is given."""
Progress: TypeAlias = Callable[[int, int], object]


def build(size: str = "town", *, seed: int, until: dt.date = UNTIL) -> Book:
    """The rows and labels of a city. The same arguments give the same rows, on every machine.

    Raises:
        KeyError: for a size that is not offered.
    """
    book = Book()
    _fill(book, SIZES[size], seed, until, lambda _done, _total: None)
    return book


def write_city(
    size: CitySize, out: Path, *, seed: int, until: dt.date = UNTIL, progress: Progress = lambda _done, _total: None
) -> Book:
    """Build a city straight into its files: memory holds its plan, never its rows. The book: labels and counts.

    `progress` gets enterprises done and in all.

    Raises:
        ZhulianError: `city.space`, before anything is written.
        OSError: when the folder cannot be written.
    """
    with fresh(out, size.disk) as folder:
        with ExitStack() as stack:
            book = Book(spill=Files(folder, stack).rows)
            _fill(book, size, seed, until, progress)
            book.close()
        write_labels(book, folder)
    return book


def _fill(book: Book, shape: CitySize, seed: int, until: dt.date, progress: Progress) -> None:
    window = Window(start=add_years(until, -shape.history_years), until=until)
    firms = plan_firms(shape, window, seed)
    book.labels = tell_all(firms, window, _stream(seed, "stories"), shape.tellings)
    people = People(book, window)
    registry = Registry(book, window)
    staffing = Staffing(book, people, window, elsewhere=[firm for firm in firms if not firm.general])
    for done, firm in enumerate(firms, start=1):
        registry.write(firm, _stream(seed, f"registry:{firm.number}"))
        staffing.staff(firm, _stream(seed, f"staff:{firm.number}"))
        progress(done, len(firms))
    wanted = orders(firms, staffing, window, seed, shape.tellings)
    sites = write_projects(book, shape, firms, staffing.constructors, window, seed, wanted)
    book.contract_labels = write_contracts(book, firms, window, seed, shape.tellings)
    write_history(book, firms, sites, staffing, registry, window, seed, shape.tellings)
    write_coverage(book, firms, window)


def _stream(seed: int, topic: str) -> random.Random:
    """A generator per topic, so that a change in one place does not stir the others."""
    return random.Random(f"{seed}:{topic}")  # noqa: S311 - a made-up city, no secret
