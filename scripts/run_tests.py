"""`make test`: every suite of the table below, two at a time, each within its time budget.

A suite fails when its command fails or when it takes longer than its budget, so that a slow test is found
where it was written. PostgreSQL is started once for all suites. Names given on the command line choose suites.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from postgres import running

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
PYTEST = (str(BIN / "python"), "-m", "pytest", "-q")
APACHE = (str(BIN / "python"), str(ROOT / "scripts" / "spark.py"))
"""Runs what follows beside a server of Apache Spark."""
LONG = os.environ.get("ZHULIAN_LONG") == "1"


@dataclass(frozen=True)
class Suite:
    """One row of the table: commands run in order; `seconds` is the budget on two shared cores."""

    name: str
    seconds: int
    commands: tuple[tuple[str, ...], ...]
    postgres: bool = False
    """Whether the server under test stores in PostgreSQL instead of SQLite."""


SUITES = (
    Suite(
        "lint",
        240,
        (
            (str(BIN / "ruff"), "check", "."),
            (str(BIN / "ruff"), "format", "--check", "."),
            (str(BIN / "lint-imports"),),
            (str(BIN / "mypy"),),
            (str(BIN / "python"), "scripts/audit_dependencies.py"),
        ),
    ),
    Suite("server-postgresql", 900, ((*PYTEST, "tests/server"),), postgres=True),
    Suite("server-sqlite", 720, ((*PYTEST, "tests/server"),)),
    Suite("browser", 720, ((*PYTEST, "tests/browser"),)),
    Suite("docs", 420, ((*PYTEST, "tests/docs"),)),
    Suite("city", 480, ((*PYTEST, "tests/city", "tests/bulk", "tests/cli"),)),
    Suite("attack-postgresql", 540, ((*PYTEST, "tests/attack"),), postgres=True),
    Suite("attack-sqlite", 450, ((*PYTEST, "tests/attack"),)),
    Suite("parity", 300, ((*PYTEST, "tests/parity"),)),
    Suite("core", 300, ((*PYTEST, "tests/core", "tests/rulebooks"),)),
    Suite("spark", 150, ((*PYTEST, "tests/spark"),)),
    Suite("verifier", 60, ((*PYTEST, "tests/verifier"),)),
    Suite("intake", 180, ((*PYTEST, "tests/intake"),)),
    *(
        [
            Suite(
                "spark-apache",
                1800,
                ((*APACHE, *PYTEST, "--timeout=1500", "tests/spark", "tests/parity", "-k", "spark"),),
            )
        ]
        if LONG
        else []
    ),
)


@dataclass
class Outcome:
    """What came of a suite."""

    suite: Suite
    seconds: float
    passed: bool
    summary: str


class Queue:
    """Suites waiting, taken by the two lanes in the table's order: the long ones first."""

    def __init__(self, suites: Sequence[Suite]) -> None:
        self._suites = list(suites)
        self._lock = threading.Lock()
        self.outcomes: list[Outcome] = []

    def take(self) -> Suite | None:
        with self._lock:
            return self._suites.pop(0) if self._suites else None

    def report(self, outcome: Outcome, output: str) -> None:
        with self._lock:
            self.outcomes.append(outcome)
            mark = "ok" if outcome.passed else "FAILED"
            print(
                f"\n=== {outcome.suite.name}: {mark} in {outcome.seconds:.0f} s of {outcome.suite.seconds} s",
                flush=True,
            )
            print(output if not outcome.passed else outcome.summary, flush=True)


def run(suite: Suite, url: str) -> tuple[Outcome, str]:
    """Run one suite with a home of its own."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"zhulian-{suite.name}-") as home:
        environment = {**os.environ, "ZHULIAN_HOME": home, "ZHULIAN_TEST_POSTGRES": url, "PYTHONWARNINGS": "default"}
        environment.pop("ZHULIAN_DATABASE", None)
        if suite.postgres:
            environment["ZHULIAN_DATABASE"] = f"{url.rsplit('/', 1)[0]}/zhulian_{suite.name.replace('-', '_')}"
        output, code = "", 0
        for command in suite.commands:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            output += done.stdout
            code = code or done.returncode
    seconds = time.monotonic() - started
    late = seconds > suite.seconds and not LONG
    if late:
        output += f"\n{suite.name} took {seconds:.0f} s, its budget is {suite.seconds} s: make it faster, or say why it may take longer"
    figures = [line for line in output.splitlines() if re.search(r"\b(passed|failed|cases|kills?|advisories)\b", line)]
    return Outcome(suite, seconds, code == 0 and not late, "\n".join(figures[-12:])), output


def lane(queue: Queue, url: str) -> None:
    """One of the two lanes."""
    while (suite := queue.take()) is not None:
        queue.report(*run(suite, url))


def main(names: Sequence[str]) -> int:
    """Run the suites named, or all; the exit code is 1 when one failed."""
    chosen = [s for s in SUITES if not names or s.name in names]
    if not chosen:
        print(f"no such suite; there are: {', '.join(s.name for s in SUITES)}")
        return 2
    started = time.monotonic()
    with running() as url:
        queue = Queue(chosen)
        lanes = [threading.Thread(target=lane, args=(queue, url)) for _ in range(2)]
        for thread in lanes:
            thread.start()
        for thread in lanes:
            thread.join()
    print(f"\n{'suite':20} {'seconds':>8} {'budget':>7}")
    for outcome in sorted(queue.outcomes, key=lambda o: -o.seconds):
        print(
            f"{outcome.suite.name:20} {outcome.seconds:8.0f} {outcome.suite.seconds:7} {'' if outcome.passed else 'FAILED'}"
        )
    totals = {
        word: sum(int(n) for o in queue.outcomes for n in re.findall(rf"(\d+) {word}", o.summary))
        for word in ("passed", "skipped")
    }
    failed = sum(not o.passed for o in queue.outcomes)
    print(
        f"all suites in {time.monotonic() - started:.0f} s; tests passed {totals['passed']}, skipped {totals['skipped']}; suites failed {failed}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
