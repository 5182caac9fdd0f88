"""A town in bulk: every qualification held, with reasons, on DuckDB, beside plain Python over the same rows.

The yardstick is the oracle of the parity tests: rows loaded into dictionaries, then evaluated enterprise by enterprise
with the same meaning. Both start from the same DuckDB tables; verdicts are compared before anything is timed.
"""

from __future__ import annotations

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
from zhulian.core.rules import VERIFICATION, GradeRule, assess_held
from zhulian.core.tables import TABLES

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from parity.oracle import Oracle, World

LATEST = 2**63 - 2


def best_s(job: Callable[[], Any]) -> float:
    """Best of three, in seconds."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        job()
        times.append(time.perf_counter() - started)
    return min(times)


def figures() -> list[Figure]:
    """The whole rulebook over the whole town."""
    library = rulebooks.library()
    with tempfile.TemporaryDirectory() as folder:
        write(build(seed=7), Path(folder))
        runner = load([Path(folder)]).runner

    def ours() -> dict[tuple[int, str], str]:
        found = assess_held(library, runner, as_of=UNTIL, purpose=VERIFICATION)
        return {(a.enterprise, a.code): a.verdict.value for a in found}

    def theirs() -> dict[tuple[int, str], str]:
        world = World({table: _rows(runner, table) for table in TABLES})
        return {
            (enterprise, code): Oracle(world, enterprise, UNTIL, LATEST).answer(rule)[0]
            for enterprise, code in held
            if isinstance(rule := library.rule(code, VERIFICATION, UNTIL), GradeRule)
        }

    held = list(ours())
    judged, expected = ours(), theirs()
    assert {pair: judged[pair] for pair in expected} == expected
    return [
        Figure(
            job=f"town in bulk: {len(held):,} qualifications of 300 enterprises, {len(expected):,} with a rulebook, DuckDB",
            ours=best_s(ours),
            yardstick="plain Python: load and evaluate those with a rulebook",
            theirs=best_s(theirs),
            unit="s",
            goal="≤ 1×",
        )
    ]


def _rows(runner: Any, table: str) -> list[dict[str, Any]]:
    cursor = runner.connection.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


if __name__ == "__main__":
    for figure in figures():
        print(figure.row())
