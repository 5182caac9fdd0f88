"""The dispatcher process: events, jobs and schedules until told to stop.

Several may run beside each other on PostgreSQL; on SQLite one is enough, and a second does no harm. SIGTERM and SIGINT
let the running batch or step commit. Killed with -9 it loses that transaction only.
"""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Final

import structlog
from django.db import DatabaseError, close_old_connections, connection

from zhulian.server.common import dispatch

log = structlog.get_logger(__name__)

IDLE_SECONDS: Final = 0.3
SCHEDULE_SECONDS: Final = 5.0
BROKEN_SECONDS: Final = 3.0
BREATH_SECONDS: Final = 0.04
"""Between rounds on SQLite. Who waits for its one write lock asks again every 100 ms at the most often; a worker that
takes the lock again at once would keep a clerk's upload waiting for as long as there is work."""


def run(*, once: bool = False) -> None:
    """Work until stopped; with `once` until nothing is due."""
    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        _stop_on_signals(stop)
    log.info("worker.started")
    schedules_at = float("-inf")
    while not stop.is_set():
        try:
            if time.monotonic() - schedules_at > SCHEDULE_SECONDS:
                dispatch.schedules_start()
                schedules_at = time.monotonic()
            busy = round_once()
        except DatabaseError as error:
            if once:
                raise
            # The database went away or refused: nothing was committed, so a new connection simply goes on.
            log.warning("worker.database", error=type(error).__name__)
            connection.close()
            stop.wait(BROKEN_SECONDS)
            continue
        if busy:
            if not once and connection.vendor == "sqlite":
                stop.wait(BREATH_SECONDS)
            continue
        if once:
            break
        close_old_connections()
        stop.wait(IDLE_SECONDS)
    log.info("worker.stopped")


def round_once() -> bool:
    """One batch of events and one step of a job, so that neither starves the other; whether there was anything."""
    events = dispatch.events_dispatch()
    stepped = dispatch.jobs_step()
    return bool(events) or stepped


def _stop_on_signals(stop: threading.Event) -> None:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
