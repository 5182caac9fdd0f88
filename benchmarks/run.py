"""`make bench`: every figure that the README quotes, with its yardstick beside it, from one run.

Each script of this folder with a `figures()` function is a benchmark; this one runs them, prints one table with the
machine and the versions, and with `--write` puts it between the markers of README.md and README.zh.md.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from figure import Figure

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ("rules", "nation", "peers", "town", "intake", "server", "search")
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def machine() -> str:
    """What this run ran on."""
    memory = int(
        next(line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    )
    cores = len(os.sched_getaffinity(0))
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "sqlglot", "django"))
    return f"{cores} cores, {memory // 2**20} GiB, Python {platform.python_version()}, {versions}; {datetime.now(UTC):%Y-%m-%d}"


def table(figures: Sequence[Figure]) -> str:
    """The figures as Markdown."""
    head = "| job | ours | yardstick | its figure | ratio | goal |\n| --- | --- | --- | --- | --- | --- |"
    return "\n".join([head, *(f.row() for f in figures), "", machine()])


def write(text: str) -> None:
    """Put the table between the markers of the READMEs."""
    for name in ("README.md", "README.zh.md"):
        page = ROOT / name
        before, rest = page.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def run(name: str) -> list[Figure]:
    """One script's figures, from a process and a home of its own: two of them set Django up."""
    ask = f"import json, {name}; print(json.dumps([figure.__dict__ for figure in {name}.figures()]))"
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-c", ask],
            cwd=Path(__file__).parent,
            env={**os.environ, "ZHULIAN_HOME": home},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return [Figure(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def main(arguments: Sequence[str]) -> None:
    """Run all benchmarks, or those named."""
    names = [a for a in arguments if not a.startswith("-")] or list(SCRIPTS)
    figures: list[Figure] = []
    for name in names:
        print(f"… {name}", file=sys.stderr, flush=True)
        figures += run(name)
    text = table(figures)
    print(text)
    if "--write" in arguments:
        write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
