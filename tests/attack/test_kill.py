"""kill -9 at every step of dispatch: no event lost, no effect repeated, order kept, jobs resumed.

On the database of this run (SQLite, or PostgreSQL when ZHULIAN_DATABASE is set), with two dispatchers at once. Twelve
kills or more; a thousand with ZHULIAN_LONG=1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

LONG = os.environ.get("ZHULIAN_LONG") == "1"
KILLS, EVENTS, STEPS = (1000, 20_000, 6_000) if LONG else (16, 300, 120)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path) -> Iterator[dict[str, str]]:
    """A home and a database of its own."""
    out = {
        **os.environ,
        "ZHULIAN_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]),
    }
    out.setdefault("DJANGO_SETTINGS_MODULE", "zhulian.server.settings")
    url = os.environ.get("ZHULIAN_DATABASE")
    if url is None:
        yield out
        return
    name = f"kill_{uuid.uuid4().hex[:12]}"
    server = urlsplit(url)._replace(path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
        yield out | {"ZHULIAN_DATABASE": urlsplit(url)._replace(path=f"/{name}").geturl()}
        admin.execute(f'drop database "{name}" with (force)')


@pytest.mark.timeout(7200 if LONG else 200)
def test_killed_again_and_again_nothing_is_lost_and_nothing_happens_twice(environment, capsys) -> None:
    command = [sys.executable, str(Path(__file__).with_name("kill_nursery.py")), *map(str, (KILLS, EVENTS, STEPS))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    out = json.loads(done.stdout.splitlines()[-1])
    with capsys.disabled():
        print(f"\n{out['kills']} kills {out['died']}: effects {out['effects']}, twice {out['twice']}")  # noqa: T201 - the figures of the run
    assert out["kills"] >= (KILLS if not LONG else KILLS * 0.9)
    assert out["effects"] == {"first": EVENTS, "second": EVENTS, "job": 3 * STEPS}
    assert (out["twice"], out["out_of_order"], out["events_open"], out["jobs_open"]) == (0, 0, 0, 0)


def test_a_dispatcher_stops_cleanly_when_told(environment) -> None:
    """SIGTERM: the running batch commits, the process ends with code 0."""
    migrate = [sys.executable, "-m", "django", "migrate", "-v0"]
    subprocess.run(migrate, env=environment, check=True)
    work = subprocess.Popen(
        [sys.executable, "-m", "django", "work"], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert any("worker.started" in line for line in work.stderr)
        work.terminate()
        assert "worker.stopped" in work.stderr.read()
        assert work.wait() == 0
    finally:
        work.kill()
        work.communicate()
