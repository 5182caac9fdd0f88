"""Rows per second of canonical CSV intake beside the raw yardstick: csv module and executemany of the same file.

    python benchmarks/intake.py [--rows 50000] [--json]

Three figures of one file in one run, each the better of two: `raw` parses and stores texts unchecked; `read`
validates every cell, finds duplicates and gives typed rows; `load` resolves identities as well and stores the
result in the same kind of database. CPU seconds of this process, since other work on the machine is none of ours.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from figure import Figure
from zhulian.intake import Register, load, read

ROUNDS = 2
ROWS = 50_000
HEADER = ("person", "enterprise", "month_from", "month_until")


def write_file(path: Path, rows: int) -> None:
    """Social insurance of a city: some persons change their enterprise, each enterprise has about 25."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for n in range(rows):
            month = f"20{10 + n % 15}-{1 + n % 12:02d}-01"
            out.writerow((f"RY_ID:{n // 2:018d}", f"QY_ID:{n // 25:018d}", month, f"{month[:7]}-28" if n % 3 else ""))


def database() -> sqlite3.Connection:
    """A table in memory, so that the disk is not what is measured."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE insurance (a, b, c, d)")
    return connection


def raw(path: Path) -> int:
    """The yardstick."""
    connection = database()
    with path.open(newline="", encoding="utf-8") as file:
        connection.executemany("INSERT INTO insurance VALUES (?, ?, ?, ?)", itertools.islice(csv.reader(file), 1, None))
    return int(connection.execute("SELECT COUNT(*) FROM insurance").fetchone()[0])


def validated(path: Path) -> int:
    """Every cell checked, duplicates found."""
    return sum(1 for _ in read(path))


def loaded(path: Path) -> int:
    """With identities, into the database."""
    connection = database()

    def sink(_table: str, rows: list[dict[str, Any]]) -> None:
        values = ((r["person"], r["enterprise"], str(r["month_from"]), str(r["month_until"])) for r in rows)
        connection.executemany("INSERT INTO insurance VALUES (?, ?, ?, ?)", values)

    return load([path], Register(), sink).accepted


def best(job: Callable[[Path], int], path: Path, rows: int) -> float:
    """Rows per CPU second, best of the rounds."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        assert job(path) == rows
        seconds.append(time.process_time() - start)
    return rows / min(seconds)


def measure(rows: int) -> dict[str, float]:
    """Rows per CPU second of each job."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "insurance.csv"
        write_file(path, rows)
        return {name: best(job, path, rows) for name, job in JOBS.items()}


def figures(rows: int = ROWS) -> list[Figure]:
    """For the table of `make bench`: seconds per million rows, so that the ratio is times the yardstick."""
    seconds = {name: 1e6 / speed for name, speed in measure(rows).items()}
    yardstick = "csv module + executemany of the same file, unchecked"
    return [
        Figure(
            "read canonical CSV: every cell validated, duplicates found",
            seconds["read"],
            yardstick,
            seconds["raw"],
            "s per million rows",
            "≤ 3×",
        ),
        Figure(
            "the same with identities, stored", seconds["load"], yardstick, seconds["raw"], "s per million rows", "≤ 3×"
        ),
    ]


JOBS = {"raw": raw, "read": validated, "load": loaded}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    speeds = measure(options.rows)
    result = {
        "benchmark": "intake",
        "rows": options.rows,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rows_per_second": {name: round(speed) for name, speed in speeds.items()},
        "times_raw": {name: round(speeds["raw"] / speed, 2) for name, speed in speeds.items()},
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"{options.rows:,} rows of insurance, Python {result['python']}, {result['machine']}")
    print(f"{'':6}{'rows/s':>12}{'× raw':>8}")
    for name, speed in speeds.items():
        print(f"{name:6}{speed:12,.0f}{speeds['raw'] / speed:8.2f}")


if __name__ == "__main__":
    main()
