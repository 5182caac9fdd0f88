"""The jobs of `peers.py`, each in a process of its own: `python peers_jobs.py JOB FOLDER OUT [MASTER]`.

Prints one line of JSON: seconds of the work without the start of Python, and the memory peak in GB.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import nation
import peers_numpy
import peers_zen
import rules as small
from zhulian.bulk.layer import check_all
from zhulian.bulk.spark import connect_spark
from zhulian.core.rules import VERIFICATION, GradeRule
from zhulian.core.rules.model import MeasureClause, OfficerClause, PeopleClause
from zhulian.core.tables import TABLES

MEMORY = "4GB"
SAMPLE = 2_000
"""Records of zen-engine, about."""
_PLAIN = (MeasureClause, OfficerClause, PeopleClause)


def plain_rules(every: int = 1) -> dict[str, GradeRule]:
    """Rules that only ask for measures, officers and people, which all peers can say; or every n-th of them."""
    library = nation.LIBRARY
    found = {code: library.rule(code, VERIFICATION, nation.DAY) for code in library.codes() if code.startswith("D")}
    plain = {
        code: rule
        for code, rule in found.items()
        if isinstance(rule, GradeRule) and all(isinstance(clause, _PLAIN) for clause in rule.clauses)
    }
    return {code: plain[code] for code in list(plain)[::every]}


def by_hand(folder: Path, out: Path, _every: int) -> None:
    """An expert's SQL for the one grade."""
    runner = nation.opened(folder, MEMORY)
    nation.by_hand(runner, out)
    runner.connection.close()


def one_grade(folder: Path, out: Path, _every: int) -> None:
    """Ours: that grade."""
    runner = nation.opened(folder, MEMORY)
    nation.one_grade(runner, out)
    runner.connection.close()


def on_duckdb(folder: Path, out: Path, every: int) -> None:
    """Ours: the plain rules, Parquet to Parquet."""
    runner = nation.opened(folder, MEMORY)
    check_all(runner, nation.LIBRARY, as_of=nation.DAY, codes=list(plain_rules(every)), out=out)
    runner.connection.close()


def on_spark(folder: Path, out: Path, every: int, master: str) -> None:
    """Ours on a Spark Connect server."""
    runner = connect_spark(master, work=out.parent)
    for table in TABLES:
        runner.view(table, [str(folder / f"{table}.parquet")])
    check_all(runner, nation.LIBRARY, as_of=nation.DAY, codes=list(plain_rules(every)), out=out)
    runner.close()


def by_numpy(folder: Path, out: Path, every: int) -> None:
    """The plain rules as arrays; the bounds of each rule's holders into one file a rule."""
    population = peers_numpy.Population(folder, nation.DAY, small.LATEST)
    for code, rule in plain_rules(every).items():
        holders = population.holders(code)
        found: dict[str, Any] = {name: bound[holders] for name, bound in population.bounds(rule).items()}
        np.savez(out / f"{code}.npz", enterprise=holders, **found)


def by_zen(folder: Path, out: Path, _every: int) -> dict[str, float]:
    """One grade for a sample of its holders, record by record; only the engine's work is timed."""
    import zen

    records = peers_zen.records(folder, MEMORY, SAMPLE)
    decision = zen.ZenEngine().create_decision(peers_zen.decision())
    started = time.perf_counter()
    found = {id_: decision.evaluate(record)["result"] for id_, record in records.items()}
    seconds = time.perf_counter() - started
    (out / "zen.json").write_text(json.dumps(found), encoding="utf-8")
    return {"seconds": seconds, "records": len(records)}


JOBS: dict[str, Callable[[Path, Path, int], dict[str, float] | None]] = {
    "hand": by_hand,
    "one": one_grade,
    "ours": on_duckdb,
    "numpy": by_numpy,
    "zen": by_zen,
}
"""Jobs in this process; any other name is a Spark Connect server, whose address is given."""


def main(job: str, folder: str, out: str, every: str, master: str = "") -> None:
    """One job, timed."""
    files, target, step = Path(folder), Path(out), int(every)
    plain_rules(step)  # parsing the rulebooks is nobody's figure
    started = time.perf_counter()
    told = None
    if master:
        on_spark(files, target, step, master)
    else:
        told = JOBS[job](files, target, step)
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(json.dumps({"seconds": seconds, "memory": memory, **(told or {})}))


if __name__ == "__main__":
    main(*sys.argv[1:])
