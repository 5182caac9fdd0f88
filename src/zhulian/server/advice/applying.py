"""Steps on a copy: the only writes that a hypothetical change ever makes."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

from zhulian.bulk.runners import SqliteRunner
from zhulian.core.advice.steps import TIMES, Add, End, Restate, Revise, Step
from zhulian.core.kernel.dates import STILL_KNOWN
from zhulian.core.rules.plan_people import TIES
from zhulian.core.tables import TABLES
from zhulian.server.advice.copying import columns_of, insert


def apply(copy: SqliteRunner, steps: Sequence[Step], *, enterprise: int) -> None:
    """Do the steps on a copy of the enterprise."""
    for step in steps:
        _DOERS[type(step)](copy.connection, step, enterprise)


def _add(target: sqlite3.Connection, step: Add, _enterprise: int) -> None:
    row = {"row_id": -1, **dict(TIMES), "superseded_at": STILL_KNOWN, **dict(step.values)}
    insert(target, step.table, tuple(row), [tuple(row.values())])


def _end(target: sqlite3.Connection, step: End, enterprise: int) -> None:
    for name in TIES:
        key = (step.person, enterprise, _iso(step.on))
        target.execute(f'DELETE FROM "{name}" WHERE person = ? AND enterprise = ? AND fact_from >= ?', key)  # noqa: S608 - a table of the contract
        target.execute(
            f'UPDATE "{name}" SET fact_until = ?3 WHERE person = ?1 AND enterprise = ?2 AND fact_until > ?3',  # noqa: S608 - a table of the contract
            key,
        )


def _revise(target: sqlite3.Connection, step: Revise, enterprise: int) -> None:
    """Dates elsewhere only come nearer, own ones only go further."""
    name, column = TABLES[step.table].name, TABLES[step.table].column(step.column).name
    which, way = ("<>", ">") if step.elsewhere else ("=", "<")
    target.execute(
        f'UPDATE "{name}" SET "{column}" = ?3 WHERE person = ?1 AND enterprise {which} ?2'  # noqa: S608 - names of the contract
        f' AND ("{column}" IS NULL OR "{column}" {way} ?3)',
        (step.person, enterprise, _iso(step.value)),
    )


def _restate(target: sqlite3.Connection, step: Restate, enterprise: int) -> None:
    columns, day = columns_of("finance"), _iso(step.on)
    last = target.execute(
        f"SELECT {', '.join(columns)} FROM finance WHERE enterprise = ?1 AND as_of <= ?2"  # noqa: S608 - columns of the contract
        " AND fact_from <= ?2 AND fact_until > ?2 ORDER BY as_of DESC",
        (enterprise, day),
    ).fetchone()
    figures = dict(zip(columns, last, strict=True)) if last else {"enterprise": enterprise}
    target.execute("DELETE FROM finance WHERE enterprise = ? AND as_of = ?", (enterprise, day))
    values = {name: value for name, value in figures.items() if name in TABLES["finance"].names}
    _add(target, Add("finance", tuple({**values, "as_of": day, step.measure: step.value}.items())), enterprise)


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


_DOERS: Final[dict[type, Callable[[sqlite3.Connection, Any, int], None]]] = {
    Add: _add,
    End: _end,
    Revise: _revise,
    Restate: _restate,
}
