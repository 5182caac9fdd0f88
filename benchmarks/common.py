"""Commands with a time limit: what a benchmark starts never hangs, and nothing of it stays behind."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_BEAT = 30.0
"""Seconds between two signs of life."""


class FailedError(Exception):
    """A command that did not end well, or not in time; its text says which."""


def say(text: str) -> None:
    """Progress, apart from the tables."""
    print(text, file=sys.stderr, flush=True)


def last_line(
    name: str,
    command: Sequence[str],
    *,
    seconds: float,
    environment: Mapping[str, str] | None = None,
    group: bool = False,
) -> str:
    """Run a command; the last line that it prints. `group`: it and all that it started is ended with it.

    Raises:
        FailedError: it ended with an error, said nothing, or took longer than `seconds`.
    """
    started = time.monotonic()
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
        env=environment,
        start_new_session=group,
    ) as process:
        try:
            while True:
                left = started + seconds - time.monotonic()
                try:
                    told, _ = process.communicate(timeout=max(0.1, min(left, _BEAT)))
                    break
                except subprocess.TimeoutExpired:
                    if left <= _BEAT:
                        message = f"{name}: not finished within {seconds:.0f} s"
                        raise FailedError(message) from None
                    say(f"  … {name}: {time.monotonic() - started:.0f} s")
        finally:
            _end(process, group=group)
    if process.returncode or not told.strip():
        message = f"{name}: ended with exit code {process.returncode}"
        raise FailedError(message)
    return told.splitlines()[-1]


def _end(process: subprocess.Popen[str], *, group: bool) -> None:
    """Kill what still runs; a group also after its leader has ended."""
    with contextlib.suppress(ProcessLookupError):
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        elif process.poll() is None:
            process.kill()


def peak_of(process: int) -> float:
    """Memory peak of a running process in GB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e9


def memory_of() -> int:
    """Bytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()
