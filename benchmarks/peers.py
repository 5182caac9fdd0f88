"""The whole rulebook beside other ways to evaluate rules, on the same registry (that of `nation.py`).

    python benchmarks/peers.py [--enterprises 200000] [--every 1]

| way | how | what is timed |
| --- | --- | --- |
| DuckDB by hand | an expert's SQL for one grade | Parquet to Parquet |
| numpy | vectorised over the whole population, rule by rule, conditions of persons once: openfisca's way | Parquet to arrays in files |
| zen-engine | one decision per record, its expressions written for one grade | a sample of records already in memory, scaled and said so |
| ours | on DuckDB in the process; on Sail; on Apache Spark where it is installed (`scripts/spark.py`) | Parquet to Parquet |

All mean the same by the two times, nulls and the three values; what one says less is in its row. Every way's answers are
compared with ours before its time counts. Every job has a process of its own, so that its memory peak is its own, and
a time limit; what fails is named, and the others go on. The rules are those which all can say (measures, officers,
people); `--every 10` takes a tenth of them.
"""

from __future__ import annotations

import argparse
import functools
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nation
import peers_compare as compare
import peers_servers as spark
from common import FailedError, last_line, say
from figure import FIGURES, WAYS, Figure, Way
from peers_jobs import SAMPLE, plain_rules

ENTERPRISES = 200_000
SPARK_EVERY = 10
"""Apache Spark is asked every tenth rule: planning a rule costs it seconds, whatever the size of the register."""
_BY_HAND = "one grade: bounds and doubts, no verdicts, no exact division"
_OURS = "verdicts, bounds, doubts, exact division, provinces' own texts"
_NUMPY = "bounds, of the nation's text; no verdicts, doubts or division"
_ZEN = "one grade: bounds of three counts, one verdict; no officer, no division; facts of the day picked and gathered beforehand, not timed"


class Peers:
    """One run: what was measured, what failed."""

    def __init__(self, folder: Path, enterprises: int, every: int, seconds: float) -> None:
        self.files, self.out, self.seconds = folder / "registry", folder / "out", seconds
        self.size = f"{enterprises:,} enterprises × {enterprises * nation.PERSONS:,} persons"
        self.every = every
        self.found: dict[str, dict[str, float]] = {}
        self.ways: list[Way] = []
        self.failed: list[str] = []
        self.right: set[str] = set()
        self.out.mkdir()
        say(f"  registry of {self.size}")
        nation.register(self.files, enterprises)

    def job(self, name: str, master: str = "", every: int | None = None) -> dict[str, float]:
        """One job in a process of its own; a server gets twice the time."""
        target = self.out / name
        target.mkdir()
        limit = self.seconds * (2 if master else 1)
        words = [name, str(self.files), str(target), str(every or self.every), master]
        told = last_line(name, [sys.executable, "peers_jobs.py", *words], seconds=limit)
        self.found[name] = json.loads(told)
        say(f"  {name}: {self.found[name]['seconds']:.3g} s, {self.found[name]['memory']:.2g} GB")
        return self.found[name]

    def way(self, name: str, rules: int, says: str, measure: Callable[[], tuple[float, float, str]]) -> None:
        """A row of the table; where it fails, a row that says so."""
        try:
            seconds, memory, compared = measure()
        except (FailedError, OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
            lines = str(error).splitlines() or [type(error).__name__]
            why = " … ".join(dict.fromkeys((lines[0][:200], lines[-1][:200])))
            say(f"  FAILED: {why}")
            self.failed.append(f"{name}: {why}")
            self.ways.append(Way(name, rules, says, None, None, f"FAILED: {why}"))
        else:
            self.ways.append(Way(name, rules, says, seconds, memory, compared))

    def here(self, name: str, check: Callable[[Path], str] = lambda _: "ours") -> tuple[float, float, str]:
        """A job in its own process, its answers compared."""
        found = self.job(name)
        told = check(self.out)
        self.right.add(name)
        return found["seconds"], found["memory"], told

    def served(self, name: str, server: Any, every: int) -> tuple[float, float, str]:
        """The plan on a server; its peak with that of its client."""
        with server() as running:
            found = self.job(name, running.master, every)
            memory = running.peak() + found["memory"]
        told = compare.compare_spark(self.out / "ours", self.out / name)
        return found["seconds"], memory, f"{told} ({running.name})"

    def here_only(self) -> None:
        """The ways of one process."""
        rules = len(plain_rules(self.every))
        self.way("ours on DuckDB, one grade", 1, _OURS, functools.partial(self.here, "one"))
        self.way("DuckDB by hand", 1, _BY_HAND, lambda: self.here("hand", compare.compare_hand))
        self.way("ours on DuckDB", rules, _OURS, functools.partial(self.here, "ours"))
        self.way("numpy, rule by rule", rules, _NUMPY, lambda: self.here("numpy", compare.compare_numpy))
        self.way("zen-engine, record by record", 1, _ZEN, self.zen)

    def on_servers(self) -> None:
        """Ours on Sail, and on Apache Spark where it is."""
        rules, spark_every = len(plain_rules(self.every)), self.every * SPARK_EVERY
        self.way("ours on Sail", rules, _OURS, lambda: self.served("sail", spark.sail, self.every))
        some = len(plain_rules(spark_every))
        if why := spark.why_no_apache():
            self.ways.append(Way("ours on Apache Spark", some, _OURS, None, None, why))
        else:
            self.way(
                "ours on Apache Spark, every tenth rule",
                some,
                _OURS,
                lambda: self.served("spark", spark.apache_spark, spark_every),
            )

    def zen(self) -> tuple[float, float, str]:
        """A sample, scaled to the holders of the one grade."""
        seconds, memory, compared = self.here("zen", compare.compare_zen)
        records, holders = self.found["zen"]["records"], compare.pairs(self.out / "one")
        per = seconds / records
        told = f"{compared}; {per * 1e3:.3g} ms a record, scaled to {holders:,} holders"
        return per * holders, memory, told

    def figures(self) -> list[Figure]:
        """What has a goal, as far as it was measured."""
        seconds = {name: found["seconds"] for name, found in self.found.items()}
        right = self.right
        pairs = compare.pairs(self.out / "ours") if "ours" in right else 0
        job = f"the {len(plain_rules(self.every))} rules that all peers can say, {pairs:,} pairs, {self.size}, DuckDB"
        listed = []
        if {"ours", "numpy"} <= right:
            numpy = "numpy, rule by rule, without verdicts, doubts and exact division"
            listed.append(Figure(job, seconds["ours"], numpy, seconds["numpy"], "s", "≤ 0.33×"))
        if {"ours", "zen"} <= right:
            per = seconds["zen"] / self.found["zen"]["records"]
            zen = f"zen-engine, {per * 1e3:.3g} ms a record of one small grade (sample of about {SAMPLE:,}), scaled to all pairs"
            listed.append(Figure(job, seconds["ours"], zen, per * pairs, "s", "≤ 0.01×"))
        if {"ours", "hand"} <= right:
            listed.append(
                Figure(job, seconds["ours"], "DuckDB SQL by hand for one grade", seconds["hand"], "s", "≤ 8×")
            )
        return listed


def measured(
    enterprises: int = ENTERPRISES, every: int = 1, seconds: float = 150, *, servers: bool = True
) -> dict[str, Any]:
    """Ways, figures and failures; `seconds` is the limit of each job."""
    with tempfile.TemporaryDirectory(prefix="zhulian-peers-") as made:
        peers = Peers(Path(made), enterprises, every, seconds)
        peers.here_only()
        if servers:
            peers.on_servers()
        return {
            "size": peers.size,
            "ways": [way.__dict__ for way in peers.ways],
            "figures": [figure.__dict__ for figure in peers.figures()],
            "failed": peers.failed,
        }


def table(found: dict[str, Any]) -> str:
    """The ways as Markdown."""
    ways = [Way(**row) for row in found["ways"]]
    hand = next((way.seconds for way in ways if way.way == "DuckDB by hand"), None)
    head = (
        f"Ways to evaluate rules over {found['size']}. Memory peaks are of whole processes, Python included; "
        "a server's with its client's:"
    )
    return "\n".join([head, "", WAYS, *(way.row(hand) for way in ways)])


def main() -> int:
    """Print both tables; 1 where a way failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=ENTERPRISES)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    found = measured(options.enterprises, options.every)
    print(table(found), "", FIGURES, *(Figure(**row).row() for row in found["figures"]), sep="\n")
    return 1 if found["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
