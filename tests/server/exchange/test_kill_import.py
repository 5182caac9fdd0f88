"""Killed in the middle: the next process goes on, nothing is lost and nothing is taken twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from server.exchange.conftest import company
from zhulian.cli.import_ import deliver
from zhulian.server.common import dispatch, worker
from zhulian.server.common.models import Job
from zhulian.server.exchange import reading, services
from zhulian.server.exchange.models import Delivery, Quarantined
from zhulian.server.exchange.receiving import files_receive
from zhulian.server.registry.models import Enterprise, Identity, Subject

ROWS = 1500
BAD = frozenset({10, 700, 1499})
KILLS = 6
HELD = 0.2
"""Seconds for which a job is left to the command line that steps it."""

VICTIM = """
import os, signal, sys
import django; django.setup()
from zhulian.cli.import_ import deliver
from zhulian.server.common import dispatch, worker
from zhulian.server.exchange import services
left, point = int(sys.argv[1]), sys.argv[2]
real = services.rows_record
def dying(**given):
    global left
    if point == "before" and left == 0: os.kill(os.getpid(), signal.SIGKILL)
    done = real(**given)
    if point == "after" and left == 0: os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return done
services.rows_record = dying
services._FIRST_SIZE = services._SMALLEST = services._LARGEST = 100
while dispatch.jobs_step(): pass
"""


@pytest.mark.django_db(transaction=True)
def test_an_import_survives_kill_9(sheet, home):
    rows = [company(n, region="379999" if n in BAD else "370202") for n in range(ROWS)]
    delivery = files_receive(paths=[sheet(rows)], format_name=None, actor="system:test")
    for number in range(KILLS):
        died = _run(number % 3, "before" if number % 2 else "after", home)
        assert died == -signal.SIGKILL, f"run {number} ended by itself"
    assert _run(-1, "never", home) == 0
    delivery.refresh_from_db()
    assert Job.objects.get().state == Job.State.FINISHED
    assert (delivery.state, delivery.accepted, delivery.quarantined) == (
        Delivery.State.PARTLY,
        ROWS - len(BAD),
        len(BAD),
    )
    assert Enterprise.objects.count() == Enterprise.objects.known().count() == ROWS - len(BAD)
    assert sorted(Quarantined.objects.values_list("record", flat=True)) == sorted(n + 1 for n in BAD)
    assert Subject.objects.count() == ROWS - len(BAD)
    assert Identity.objects.filter(kind="uscc").count() == ROWS - len(BAD)


IMPORT = """
import os, signal, sys
import django; django.setup()
from pathlib import Path
from zhulian.cli.import_ import deliver
from zhulian.cli.import_ import deliver
from zhulian.server.common import dispatch, worker
from zhulian.server.exchange import services
left = int(sys.argv[1])
real = services.rows_record
def dying(**given):
    global left
    done = real(**given)
    if left == 0: os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return done
services.rows_record = dying
services._FIRST_SIZE = services._SMALLEST = services._LARGEST = 100
import datetime
dispatch.HOLD = datetime.timedelta(seconds=float(sys.argv[3]))
deliver([Path(sys.argv[2])], None, quiet=True)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("goes_on", ["import", "work"])
def test_a_killed_import_of_the_command_line_is_gone_on_with(sheet, home, goes_on):
    path = sheet([company(n, region="379999" if n in {10, 350} else "370202") for n in range(400)])
    assert _run(2, str(path), home, IMPORT) == -signal.SIGKILL
    (killed,) = Delivery.objects.all()
    assert (killed.open, killed.accepted, killed.quarantined) == (True, 199, 1)
    if goes_on == "import":
        deliver([path], None, quiet=True)
    else:
        time.sleep(HELD)
        worker.run(once=True)
    killed.refresh_from_db()
    assert (killed.state, killed.accepted, killed.quarantined) == (Delivery.State.PARTLY, 398, 2)
    assert Quarantined.objects.count() == 2
    assert Enterprise.objects.count() == Enterprise.objects.known().count() == 398
    assert not Job.objects.exclude(state=Job.State.FINISHED).exists()
    again = Delivery.objects.exclude(pk=killed.pk).all()
    assert [(row.accepted, row.unchanged, row.quarantined) for row in again] == (
        [(0, 398, 2)] if goes_on == "import" else []
    )


def _run(left: int, point: str, home: Path, victim: str = VICTIM) -> int:
    """A process that takes a delivery and kills itself at the `left`-th chunk."""
    environment = os.environ | {"ZHULIAN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhulian.server.settings"}
    name = str(connection.settings_dict["NAME"])  # the test database, not the one of the settings
    script = f"import zhulian.server.settings as s; s.DATABASES['default']['NAME'] = {name!r}\n" + victim
    return subprocess.run(
        [sys.executable, "-c", script, str(left), point, str(HELD)], env=environment, check=False
    ).returncode


def test_a_failed_step_reads_its_records_again(sheet, db, monkeypatch):  # noqa: ARG001 - deliveries are rows
    delivery = files_receive(paths=[sheet([company(n) for n in range(30)])], format_name=None, actor="system:test")
    monkeypatch.setattr(services, "_FIRST_SIZE", 10)
    monkeypatch.setattr(services, "_SMALLEST", 10)
    monkeypatch.setattr(services, "_LARGEST", 10)
    assert dispatch.jobs_step()
    real = services.rows_record
    monkeypatch.setattr(services, "rows_record", lambda **_: (_ for _ in ()).throw(RuntimeError("the disk is full")))
    dispatch.jobs_step()
    assert delivery.pk not in reading._readers
    monkeypatch.setattr(services, "rows_record", real)
    Job.objects.update(due_at=None)
    while dispatch.jobs_step():
        pass
    delivery.refresh_from_db()
    assert (delivery.accepted, Enterprise.objects.count()) == (30, 30)
