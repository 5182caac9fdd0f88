"""`make bench`: every figure that the README quotes, with its yardstick beside it, from one run.

    python benchmarks/run.py [--size small|usual|nation] [PART…] [--write]

Each part is a script of this folder, run in a process and a home of its own, with a time limit. A part that fails or
takes too long is named at the end, the others go on, and the exit code is 1. The tables, with the machine and the
versions, are printed, written to `build/bench.md`, and with `--write` put between the markers of README.md and
README.zh.md.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from common import FailedError, last_line, say
from figure import FIGURES, Figure

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "build" / "bench.md"
SMALL, USUAL, NATION = "small", "usual", "nation"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
_VERSIONS = (
    "duckdb",
    "pyarrow",
    "numpy",
    "zen-engine",
    "pysail",
    "pyspark-client",
    "polars",
    "sqlglot",
    "django",
    "pymerkle",
)


@dataclass(frozen=True)
class Part:
    """A script: its time limit in seconds by size (the usual one where none is given), and what it is told."""

    seconds: int
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    longer: int = 0
    """The limit at the nation's size, where it differs."""

    def limit(self, size: str) -> int:
        """Seconds."""
        return self.longer if size == NATION and self.longer else self.seconds


PARTS = {
    "rules": Part(180, {SMALL: {"enterprises": 5_000}}),
    "nation": Part(400, {SMALL: {"enterprises": 5_000}, NATION: {"enterprises": 1_000_000}}, 900),
    "peers": Part(
        900,
        {
            SMALL: {"enterprises": 5_000, "every": 10},
            NATION: {"enterprises": 1_000_000, "seconds": 400, "servers": False},
        },
        1_800,
    ),
    "town": Part(300),
    "intake": Part(120, {SMALL: {"rows": 5_000}}),
    "server": Part(300),
    "loop": Part(300, {SMALL: {"enterprises": 5}}),
    "search": Part(400, {SMALL: {"enterprises": 10_000}}),
    "ledger": Part(
        300,
        {
            SMALL: {"count": 5_000, "rows": 1_000, "proofs": 50},
            NATION: {"count": 1_000_000, "rows": 100_000},
        },
        900,
    ),
}


def machine(load: float) -> str:
    """What this run ran on; `load` is the load average before it."""
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0))
    named = f" ({model[0].split(':')[1].strip()})" if model else ""
    versions = ", ".join(f"{name} {version(name)}" for name in _VERSIONS)
    return (
        f"{cores} cores{named}, {int(total.split()[1]) // 2**20} GiB, load before the run {load:.1f}; "
        f"Python {platform.python_version()}, {versions}; {datetime.now(UTC):%Y-%m-%d}"
    )


def measure(name: str, size: str) -> dict[str, Any]:
    """One part, in this process: its figures, a table of its own, and what of it failed."""
    script, told = importlib.import_module(name), PARTS[name].told.get(size, {})
    if name == "peers":
        found: dict[str, Any] = script.measured(**told)
        return {"figures": found["figures"], "table": script.table(found), "failed": found["failed"]}
    return {"figures": [figure.__dict__ for figure in script.figures(**told)], "table": "", "failed": []}


def part(name: str, size: str) -> dict[str, Any]:
    """One part, from a process and a home of its own: two of them set Django up.

    Raises:
        FailedError: it ended with an error or not in time; nothing of it runs any more.
    """
    command = [sys.executable, "run.py", "--size", size, "--only", name]
    with tempfile.TemporaryDirectory(prefix="zhulian-bench-", ignore_cleanup_errors=True) as made:
        home, scratch = Path(made) / "home", Path(made) / "tmp"
        home.mkdir()
        scratch.mkdir()
        environment = {**os.environ, "ZHULIAN_HOME": str(home), "TMPDIR": str(scratch)}
        told = last_line(name, command, seconds=PARTS[name].limit(size), environment=environment, group=True)
    found: dict[str, Any] = json.loads(told)
    return found


def text_of(found: Sequence[dict[str, Any]], failed: Sequence[str], load: float) -> str:
    """All tables as Markdown."""
    rows = [Figure(**row).row() for each in found for row in each["figures"]]
    tables = [line for each in found if each["table"] for line in (each["table"], "")]
    lost = [f"- FAILED: {why}" for why in failed]
    return "\n".join([FIGURES, *rows, "", *tables, *lost, *([""] if lost else []), machine(load)])


def write(text: str) -> None:
    """Put the tables between the markers of the READMEs."""
    for name in ("README.md", "README.zh.md"):
        page = ROOT / name
        before, rest = page.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def run(names: Sequence[str], size: str) -> tuple[str, list[str]]:
    """Run the parts one after the other: the tables, and what failed."""
    load, started = os.getloadavg()[0], time.monotonic()
    found: list[dict[str, Any]] = []
    failed: list[str] = []
    for number, name in enumerate(names, 1):
        limit = PARTS[name].limit(size)
        say(f"[{time.monotonic() - started:4.0f} s] {number}/{len(names)} {name} (at most {limit} s)")
        try:
            one = part(name, size)
        except FailedError as error:
            say(f"  FAILED: {error}")
            failed.append(str(error))
        else:
            found.append(one)
            failed += [f"{name}: {why}" for why in one["failed"]]
    say(f"[{time.monotonic() - started:4.0f} s] done, {len(failed)} failed")
    return text_of(found, failed, load), failed


def main() -> int:
    """Run all parts, or those named; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--size", choices=(SMALL, USUAL, NATION), default=USUAL)
    parser.add_argument("--write", action="store_true", help="put the tables into the READMEs")
    parser.add_argument("--only", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(measure(options.only, options.size), ensure_ascii=False))
        return 0
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the part which runs is ended too
    text, failed = run(options.parts or list(PARTS), options.size)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)
    say(f"written to {RESULT.relative_to(ROOT)}")
    if options.write and failed:
        say("not written into the READMEs: some parts failed")
    elif options.write:
        write(text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
