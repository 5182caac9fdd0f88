"""The whole rulebook beside other ways to evaluate rules, on the same registry (that of `nation.py`, smaller).

    python benchmarks/peers.py [--enterprises 50000] [--json]

| peer | how | what is timed |
| --- | --- | --- |
| numpy | vectorised over the whole population, rule by rule, conditions of persons once: openfisca's way | reading the Parquet, then every rule of measures, officers and people; without exact division and reasons |
| zen-engine | one decision per record, its expressions written for one grade | evaluating a sample of records already in memory, scaled to all holders; said so in the row |
| Sail | our plan on a Spark Connect server of its own process | as ours on DuckDB: Parquet to Parquet |
| Apache Spark | the same, where `ZHULIAN_SPARK_HOME` names an installation | the same |

Each peer's bounds are compared with ours before they count: numpy's for every holder of every rule, zen-engine's for
the sample, Sail's row for row. Every job has a process of its own, so that its memory peak is its own.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import zen

import nation
import peers_numpy
import peers_zen
import rules as small
from figure import Figure
from zhulian.bulk.layer import check_all
from zhulian.bulk.spark import connect_spark
from zhulian.core.rules import VERIFICATION, GradeRule
from zhulian.core.rules.model import MeasureClause, OfficerClause, PeopleClause
from zhulian.core.tables import TABLES

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
apache: Any = importlib.import_module("spark")
"""Starts Apache Spark's own server."""

ENTERPRISES = 50_000
SAMPLE = 2_000
HERE = Path(__file__).resolve()
PLAIN = (MeasureClause, OfficerClause, PeopleClause)
_MEMORY = "4GB"


def plain_rules() -> dict[str, GradeRule]:
    """The rules that only ask for measures, officers and people: what all peers can say."""
    library = nation.LIBRARY
    found = {code: library.rule(code, VERIFICATION, nation.DAY) for code in library.codes() if code.startswith("D")}
    return {
        code: rule
        for code, rule in found.items()
        if isinstance(rule, GradeRule) and all(isinstance(clause, PLAIN) for clause in rule.clauses)
    }


def on_duckdb(folder: Path, out: Path) -> None:
    """Ours: every plain rule, Parquet to Parquet."""
    runner = nation.opened(folder, _MEMORY)
    check_all(runner, nation.LIBRARY, as_of=nation.DAY, codes=list(plain_rules()), out=out)
    runner.connection.close()


def by_numpy(folder: Path, out: Path) -> None:
    """Every plain rule as arrays; the bounds of all enterprises into one file a rule."""
    population = peers_numpy.Population(folder, nation.DAY, small.LATEST)
    for code, rule in plain_rules().items():
        arrays: dict[str, Any] = dict(population.bounds(rule))
        np.savez(out / f"{code}.npz", **arrays)


def on_spark(folder: Path, out: Path, master: str) -> None:
    """Ours on a Spark Connect server."""
    runner = connect_spark(master, work=out.parent)
    for table in TABLES:
        runner.view(table, [str(folder / f"{table}.parquet")])
    check_all(runner, nation.LIBRARY, as_of=nation.DAY, codes=list(plain_rules()), out=out)
    runner.close()


def by_zen(folder: Path, out: Path) -> dict[str, float]:
    """One grade for a sample of its holders, record by record."""
    records = peers_zen.records(folder, _MEMORY, SAMPLE)
    decision = zen.ZenEngine().create_decision(peers_zen.decision())
    started = time.perf_counter()
    found = {id_: decision.evaluate(record)["result"] for id_, record in records.items()}
    seconds = time.perf_counter() - started
    (out / "zen.json").write_text(json.dumps(found), encoding="utf-8")
    return {"seconds": seconds, "records": len(records)}


def one_grade(folder: Path, out: Path) -> None:
    """Ours: the grade that zen-engine is asked."""
    runner = nation.opened(folder, _MEMORY)
    check_all(runner, nation.LIBRARY, as_of=nation.DAY, codes=[small.CODE], out=out)
    runner.connection.close()


JOBS: dict[str, Callable[[Path, Path], object]] = {
    "ours": on_duckdb,
    "one": one_grade,
    "numpy": by_numpy,
    "zen": by_zen,
}


def child(job: str, folder: Path, out: Path, master: str) -> dict[str, float]:
    """One job in this process: seconds, memory peak in GB; a job may time itself."""
    started = time.perf_counter()
    work: Callable[[Path, Path], object] = (lambda f, o: on_spark(f, o, master)) if master else JOBS[job]
    told = work(folder, out)
    found = {"seconds": time.perf_counter() - started, **(told if isinstance(told, dict) else {})}
    return {**found, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9}


def measured(job: str, folder: Path, out: Path, master: str = "") -> dict[str, float]:
    """A job in a process of its own."""
    target = out / job
    target.mkdir()
    ask = [sys.executable, str(HERE), "--child", job, "--folder", str(folder), "--out", str(target), "--master", master]
    done = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(job, found, file=sys.stderr, flush=True)
    return found


_SAIL = "from pysail.spark import SparkConnectServer as S; s = S(); s.start(background=True); print(*s.listening_address, flush=True); input()"


@contextlib.contextmanager
def sail() -> Iterator[tuple[str, int]]:
    """A Sail server in a process of its own: its address and the process."""
    environment = {**os.environ, "RUST_LOG": "error"}
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", _SAIL], env=environment, **pipes) as server:
        assert server.stdout is not None
        host, port = server.stdout.readline().split()
        yield f"sc://{host}:{port}", server.pid
        server.kill()


def peak_of(process: int) -> float:
    """Memory peak of a running process in GB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e9


def compare_numpy(ours: Path, theirs: Path) -> int:
    """Every bound of every holder of every rule; how many rows.

    Raises:
        AssertionError: when a bound differs.
    """
    rows = 0
    for code in plain_rules():
        file = ours / f"{code}.parquet"
        if not file.exists():
            continue
        table, arrays = pq.read_table(file), np.load(theirs / f"{code}.npz")
        firm = table["enterprise"].to_numpy()
        for name in arrays.files:
            if name in table.column_names:
                mine = (
                    table[name].fill_null(np.iinfo(np.int64).min if name.endswith(("_low", "_high")) else 0).to_numpy()
                )
                assert (mine == arrays[name][firm]).all(), (code, name)
        rows += len(firm)
    assert rows
    return rows


def compare_zen(ours: Path, theirs: Path) -> int:
    """The sample's bounds; how many records.

    Raises:
        AssertionError: when a bound differs.
    """
    # Provinces with a text of their own have files of their own; the decision is the nation's text.
    mine = {row["enterprise"]: row for row in pq.read_table(ours / f"{small.CODE}.parquet").to_pylist()}
    found = json.loads((theirs / "zen.json").read_text(encoding="utf-8"))
    alike = 0
    for id_, row in found.items():
        if int(id_) in mine:
            expected = {name: mine[int(id_)][name] for name in ("s0", "m0", "s1", "m1", "s2", "m2")}
            assert {name: row[name] for name in expected} == expected, (id_, row, expected)
            assert row["money"] == mine[int(id_)]["c0_verdict"], id_
            alike += 1
    assert alike > len(found) // 2
    return len(found)


def _files(folder: Path) -> list[Path]:
    """The one grade's files: the nation's, and those of provinces with a text of their own."""
    return sorted(folder.glob(f"{small.CODE}*.parquet"))


def compare_spark(ours: Path, theirs: Path) -> None:
    """Row for row, column for column."""
    for file in ours.glob("*.parquet"):
        here, there = (pq.read_table(folder / file.name).sort_by("enterprise") for folder in (ours, theirs))
        assert here.equals(there.select(here.column_names).cast(here.schema)), file.name


def figures(enterprises: int = ENTERPRISES) -> list[Figure]:
    """Ours beside each peer."""
    with tempfile.TemporaryDirectory(prefix="zhulian-peers-") as made:
        files, out = Path(made) / "registry", Path(made) / "out"
        out.mkdir()
        nation.register(files, enterprises)
        found = {job: measured(job, files, out) for job in JOBS}
        with sail() as (master, process):
            found["sail"] = measured("sail", files, out, master)
            found["sail"]["memory"] = peak_of(process)
        compare_spark(out / "ours", out / "sail")
        if os.environ.get("ZHULIAN_SPARK_HOME"):
            with apache.running() as master:
                found["spark"] = measured("spark", files, out, master)
            compare_spark(out / "ours", out / "spark")
        rows = compare_numpy(out / "ours", out / "numpy")
        sampled = compare_zen(out / "one", out / "zen")
        holders = sum(pq.read_metadata(file).num_rows for file in _files(out / "one"))
    return _figures(
        found, f"{enterprises:,} enterprises × {enterprises * nation.PERSONS:,} persons", rows, sampled, holders
    )


def _figures(found: dict[str, dict[str, float]], size: str, rows: int, sampled: int, holders: int) -> list[Figure]:
    ours, scaled = found["ours"]["seconds"], found["zen"]["seconds"] / sampled * holders
    job = f"whole rulebook ({len(plain_rules())} rules, {rows:,} pairs), {size}"
    zen_engine = f"zen-engine, {sampled:,} records measured, scaled to {holders:,}"
    listed = [
        Figure(
            f"{job}, DuckDB",
            ours,
            "numpy, rule by rule, without exact division and reasons",
            found["numpy"]["seconds"],
            "s",
            "≤ 0.33×",
        ),
        Figure("the same: memory peak", found["ours"]["memory"], "numpy", found["numpy"]["memory"], "GB", ""),
        Figure(f"one grade, {size}, DuckDB", found["one"]["seconds"], zen_engine, scaled, "s", "≤ 0.01×"),
        Figure(f"{job}, Sail", found["sail"]["seconds"], "ours on DuckDB", ours, "s", "same rows"),
        Figure(
            "the same: memory peak of the server",
            found["sail"]["memory"],
            "ours on DuckDB",
            found["ours"]["memory"],
            "GB",
            "",
        ),
    ]
    if "spark" in found:
        listed.append(
            Figure(
                f"{job}, Apache Spark, local[2]", found["spark"]["seconds"], "ours on DuckDB", ours, "s", "same rows"
            )
        )
    return listed


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=ENTERPRISES)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--master", default="")
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(options.child, options.folder, options.out, options.master)))
        return
    found = figures(options.enterprises)
    if options.json:
        print(json.dumps([figure.__dict__ for figure in found], ensure_ascii=False, indent=1))
        return
    for figure in found:
        print(figure.row())


if __name__ == "__main__":
    main()
