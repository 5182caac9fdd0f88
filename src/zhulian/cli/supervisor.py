"""Children of `zhulian serve`: started, watched, started again when they die, and stopped in order.

Each child leads a process group of its own: Ctrl-C in the terminal reaches only this process, and what a child has
started (granian's worker) goes with it. On Linux the kernel tells the children when this process is killed outright,
so that no orphan keeps the port.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final

GRACE_SECONDS: Final = 10
RESTARTS: Final = 5
"""A child that dies more often than this has a defect, which is to be seen and not hidden by restarting for ever."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG: Final = 1


class Supervisor:
    """Runs the children until a signal comes or one of them cannot stay up."""

    def __init__(self, commands: Mapping[str, list[str]]) -> None:
        self._commands = commands
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = False
        self._deaths = 0

    def run(self, *, up: Callable[[], bool], when_up: Callable[[], None], when_lost: Callable[[str, int], None]) -> int:
        """Start all, call `when_up` once `up` says so; the exit code is 1 when a child could not stay up."""
        for number in _SIGNALS:
            signal.signal(number, self._stop)
        for name in self._commands:
            self._start(name)
        announced = False
        while not self._stopping:
            if not announced and up():
                announced = True
                when_up()
            self._revive(when_lost)
            time.sleep(0.1)
        self._end()
        return 1 if self._deaths > RESTARTS else 0

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _start(self, name: str) -> None:
        self._children[name] = subprocess.Popen(  # noqa: S603 - our own programs
            self._commands[name],
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no thread runs here yet
        )

    def _revive(self, when_lost: Callable[[str, int], None]) -> None:
        for name, child in list(self._children.items()):
            if child.poll() is None or self._stopping:
                continue
            self._deaths += 1
            if self._deaths > RESTARTS:
                when_lost(name, child.returncode)
                self._stopping = True
            else:
                _kill_group(child)
                time.sleep(0.5)
                self._start(name)

    def _end(self) -> None:
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in self._children.values():
            # A killed dispatcher loses nothing and repeats nothing: that is what the outbox is for.
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, deadline - time.monotonic()))
            _kill_group(child)
            child.wait()


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End whatever is left of a child and of what it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _die_with_parent() -> None:
    """In the child, before it becomes the program: SIGTERM when the parent is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
