"""One enterprise's rows in a SQLite of its own, in memory: where a question "what if" may change them.

The copy has the physical tables of `bulk.schema` and every row that can matter to an assessment of this enterprise,
as known at one moment and for any day: its own, those of everybody a row ties to it (age, titles, registrations and
insurance elsewhere, works led elsewhere), and the coverage rows of everyone. The same engine on the copy gives the
same answer as on the database (a test asks for every code and many days), so an answer on a changed copy is what the
engine would say of the changed facts. Nothing hypothetical is written anywhere else.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from sqlglot import exp

from zhulian.bulk.runners import SqliteRunner
from zhulian.bulk.schema import TIMES, create_statements, stored
from zhulian.core.kernel.dates import STILL_KNOWN, micros
from zhulian.core.rules.assessment import Runner
from zhulian.core.rules.plan_people import TIES
from zhulian.core.rules.tree import (
    Query,
    Statement,
    col,
    either,
    eq,
    every,
    is_null,
    known,
    param,
    print_statement,
    select,
    stack,
)
from zhulian.core.tables import TABLES, table

OF_ENTERPRISE: Final = (
    "enterprise",
    "finance",
    "qualification",
    "safety_permit",
    "post_certificate",
    "safety_certificate",
    "skill",
    "officer",
    "equipment",
)
"""Tables of which only the enterprise's own rows matter."""
OF_PEOPLE: Final = ("person", "registration", "title", "insurance")
"""Tables of which the rows of its people matter, wherever they are tied."""
_FILLED: Final = (*OF_ENTERPRISE, *OF_PEOPLE, "work", "coverage")
IDLE_LIMIT: Final = 2
"""Empty copies kept for the next question. Each holds its prepared statements in memory."""
_idle: Final[list[sqlite3.Connection]] = []


def copy(runner: Runner, *, enterprise: int, known_at: dt.datetime | None = None) -> SqliteRunner:
    """A copy of what was known of an enterprise and its people at a moment; the caller's for good."""
    target = _empty()
    _fill(target, runner, enterprise, known_at)
    return SqliteRunner(target)


@contextmanager
def borrowed(runner: Runner, *, enterprise: int, known_at: dt.datetime | None = None) -> Iterator[SqliteRunner]:
    """Such a copy for the time of the block, in a connection whose statements earlier blocks have prepared.

    Preparing a plan takes SQLite longer than answering it does: what next asks some two hundred plans, and with
    prepared ones it takes a fifth of the time. A connection serves one block at a time and is empty between them;
    one whose block failed is closed.
    """
    try:
        target = _idle.pop()  # no look before: another thread may take the last one between
    except IndexError:
        target = _empty()
    try:
        _fill(target, runner, enterprise, known_at)
        yield SqliteRunner(target)
        for name in _FILLED:
            target.execute(f'DELETE FROM "{name}"')  # noqa: S608 - names of the contract only
    except BaseException:
        target.close()
        raise
    if len(_idle) < IDLE_LIMIT:
        _idle.append(target)
    else:
        target.close()


def _empty() -> sqlite3.Connection:
    """The tables without rows. A borrowed connection goes from thread to thread, but serves one at a time."""
    target = sqlite3.connect(":memory:", isolation_level=None, cached_statements=1024, check_same_thread=False)
    for statement in create_statements("sqlite"):
        target.execute(statement)
    return target


def _fill(target: sqlite3.Connection, runner: Runner, enterprise: int, known_at: dt.datetime | None) -> None:
    values: dict[str, object] = {
        "enterprise": enterprise,
        "known_at": STILL_KNOWN - 1 if known_at is None else micros(known_at),
    }
    for name, text in statements(runner.dialect).items():
        rows = runner.query(text.sql, [values[parameter] for parameter in text.params])
        insert(target, name, text.columns, rows)


def insert(target: sqlite3.Connection, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows into a table of a copy; its name and columns are those of the contract."""
    listed = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join("?" * len(columns))
    target.executemany(
        f'INSERT INTO "{name}" ({listed}) VALUES ({marks})',  # noqa: S608 - names of the contract only
        ([_plain(value) for value in row] for row in rows),
    )


def _plain(value: Any) -> Any:
    """PostgreSQL's dates as SQLite keeps them."""
    return value.isoformat() if isinstance(value, dt.date) else value


@cache
def statements(dialect: str) -> dict[str, Statement]:
    """Table → the query of the rows to copy; parameters `enterprise` and `known_at`."""
    return {name: print_statement(query, dialect) for name, query in _queries()}


def _queries() -> Iterator[tuple[str, Query]]:
    own = eq(col("x", "enterprise"), param("enterprise"))
    for name in OF_ENTERPRISE:
        yield name, _rows(name, own.copy())
    for name in OF_PEOPLE:
        yield name, _rows(name, _one_of_its_people("person"))
    yield "work", _rows("work", either(own.copy(), _one_of_its_people("lead_person")))
    yield "coverage", _rows("coverage", either(own.copy(), is_null(col("x", "enterprise"))))


def _rows(name: str, condition: exp.Expr) -> Query:
    columns = [col("x", column) for column in columns_of(name)]
    return select(*columns).from_(f"{name} AS x").where(every(known("x"), condition))


def _one_of_its_people(column: str) -> exp.Expr:
    """Persons whom any row, of whatever day, ties to the enterprise."""
    ties = [
        select(col("t", "person"))
        .from_(f"{name} AS t")
        .where(every(eq(col("t", "enterprise"), param("enterprise")), known("t")))
        for name in TIES
    ]
    return exp.In(this=col("x", column), query=exp.Subquery(this=stack(ties).tree))


def columns_of(name: str) -> tuple[str, ...]:
    """Columns of a table of a copy, in order: the times, then the contract's without the secret ones."""
    return (*(column for column, _ in TIMES), *(column.name for column in stored(table(name))))


UNREAD: Final = tuple(sorted(set(TABLES) - set(_FILLED)))
"""Tables that no clause reads; they stay empty in a copy."""
