"""A town in bulk: every qualification held, with reasons, on DuckDB, beside plain Python over the same rows.

The yardstick is the oracle of the parity tests: rows loaded into dictionaries, then evaluated enterprise by enterprise
with the same meaning, clause by clause. It does less: it divides nobody into groups (its exhaustive search would take
most of a minute) and gives no reasons. Both start from the same DuckDB tables; bounds are compared before timing.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from figure import Figure
from zhulian import rulebooks
from zhulian.bulk.snapshot import load
from zhulian.city import UNTIL, build, write
from zhulian.core.rules import VERIFICATION, Assessment, GradeRule, assess_held
from zhulian.core.tables import TABLES, Kind

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from parity.oracle import Oracle, World

LATEST = 2**63 - 2
STORED_DATES = ("fact_from", "fact_until")
DATES = {t.name: {c.name for c in t.columns if c.kind is Kind.DATE} for t in TABLES.values()}


def best_s(job: Callable[[], Any]) -> float:
    """Best of three, in seconds."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        job()
        times.append(time.perf_counter() - started)
    return min(times)


def figures() -> list[Figure]:
    """The whole rulebook over the whole town, on both engines of `zhulian check`."""
    return [whole("sqlite"), whole("duckdb")]


def whole(engine: str) -> Figure:
    """One engine. On DuckDB a town is all planning of queries, some 50 ms each; it is made for more rows."""
    library = rulebooks.library()
    with tempfile.TemporaryDirectory() as folder:
        write(build(seed=7), Path(folder))
        runner = load([Path(folder)], engine).runner

    def ours() -> list[Assessment]:
        return assess_held(library, runner, as_of=UNTIL, purpose=VERIFICATION)

    def theirs() -> dict[tuple[int, str, str], tuple[int | None, int | None]]:
        world = World({table: _rows(runner, table) for table in TABLES})
        found = {}
        for enterprise, code, rule in pairs:
            oracle = Oracle(world, enterprise, UNTIL, LATEST)
            for clause in rule.clauses:
                bound = oracle.clause(clause)
                found[enterprise, code, clause.id] = (bound.low, bound.high)
        return found

    judged = ours()
    pairs = [
        (a.enterprise, a.code, rule)
        for a in judged
        if isinstance(rule := library.rule(a.code, VERIFICATION, UNTIL), GradeRule)
    ]
    expected = theirs()
    same = {
        (a.enterprise, a.code, r.id): (r.found_at_least, r.found_at_most) for a in judged for r in a.reason.children
    }
    assert {key: same[key] for key in expected} == expected
    return Figure(
        job=f"town in bulk with reasons: {len(judged):,} qualifications held, {len(pairs):,} with a rulebook, {engine}",
        ours=best_s(ours),
        yardstick="plain Python: load, evaluate each clause; nobody divided into groups, no reasons",
        theirs=best_s(theirs),
        unit="s",
        goal="≤ 1×",
    )


def _rows(runner: Any, table: str) -> list[dict[str, Any]]:
    cursor = runner.connection.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    dates = [name for name in names if name in STORED_DATES or name in DATES[table]]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if runner.dialect == "sqlite":
        for row in rows:
            for name in dates:
                row[name] = row[name] and dt.date.fromisoformat(row[name])
    return rows


if __name__ == "__main__":
    for figure in figures():
        print(figure.row())
