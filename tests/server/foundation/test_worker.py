"""The dispatcher's loop: on SQLite it lets go of the only write lock between two rounds of work."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from zhulian.server.common import dispatch, worker


@pytest.mark.django_db
def test_between_rounds_of_work_others_may_write(monkeypatch):
    waits, rounds = [], []

    class Stop(threading.Event):
        def wait(self, timeout=None):
            waits.append(timeout)
            return self.is_set()

    stop = Stop()

    def busy():
        rounds.append(1)
        if len(rounds) == 3:
            stop.set()
        return True

    monkeypatch.setattr(worker.threading, "Event", lambda: stop)
    monkeypatch.setattr(worker, "round_once", busy)
    monkeypatch.setattr(worker, "_stop_on_signals", lambda _stop: None)
    monkeypatch.setattr(dispatch, "schedules_start", lambda: None)
    worker.run()
    assert waits == ([worker.BREATH_SECONDS] * 3 if connection.vendor == "sqlite" else [])
