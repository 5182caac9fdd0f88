"""A flag lifts within a minute of wall time: the real worker, as a process of its own, on the database of this run."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from server.assessments.sequences import FIRMS, PEOPLE, World
from zhulian.server.assessments import selectors, services
from zhulian.server.common import clock, models

ROOT = Path(__file__).resolve().parents[3]
FIRM, LEAD = FIRMS[0], PEOPLE[0]
MINUTE = 60.0
YUAN = 100


@pytest.fixture
def working(transactional_db, tmp_path) -> Iterator[subprocess.Popen[bytes]]:  # noqa: ARG001 - others must see the rows
    """A worker on the tests' database: by its address, or by a link to its file from a home of its own."""
    environment = {**os.environ, "ZHULIAN_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "src")}
    environment.setdefault("DJANGO_SETTINGS_MODULE", "zhulian.server.settings")
    name = str(connection.settings_dict["NAME"])
    if url := os.environ.get("ZHULIAN_DATABASE"):
        environment["ZHULIAN_DATABASE"] = urlsplit(url)._replace(path=f"/{name}").geturl()
    else:
        (tmp_path / "zhulian.sqlite3").symlink_to(name)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "django", "work"], env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def seconds_until(holds: Callable[[], bool]) -> float:
    """Seconds of wall time until something holds; a minute and a bit at most."""
    start = time.monotonic()
    while not holds():
        if time.monotonic() - start > MINUTE * 1.5:
            pytest.fail("nothing happened for a minute and a half")
        time.sleep(0.05)
    return time.monotonic() - start


def told(kind: str) -> int:
    return models.Event.objects.filter(type=kind).count()


@pytest.mark.usefixtures("working")
def test_a_flag_lifts_within_a_minute_after_facts_are_restored() -> None:
    def deliver(*rows: tuple[str, dict[str, object]]) -> None:
        World(now=clock.now()).deliver(list(rows), start=None, until=None, corrects=None)

    def flagged() -> bool | None:
        return selectors.current().values_list("flagged", flat=True).first()

    last_year = dt.date(clock.today().year - 1, 12, 31)
    deliver(
        ("qualification", {"enterprise": FIRM, "code": "D105A", "certificate_no": "C1", "status": "有效"}),
        ("finance", {"enterprise": FIRM, "as_of": last_year, "net_assets": 50_000_000 * YUAN}),
        ("person", {"person": LEAD, "name": "李四海", "birth_on": dt.date(1985, 1, 1)}),
        ("title", {"person": LEAD, "specialty": "水利水电工程", "grade": "正高级", "awarded_on": dt.date(2015, 1, 1)}),
        ("officer", {"person": LEAD, "enterprise": FIRM, "post": "技术负责人", "years_in_management": 20}),
        ("insurance", {"person": LEAD, "enterprise": FIRM, "month_from": dt.date(2020, 1, 1)}),
    )
    seconds_until(lambda: bool(flagged()))
    assert (told(services.FELL_SHORT), told(services.RECOVERED)) == (1, 0)
    deliver(("finance", {"enterprise": FIRM, "as_of": clock.today(), "net_assets": 200_000_000 * YUAN}))
    took = seconds_until(lambda: flagged() is False)
    assert took < MINUTE
    assert (told(services.FELL_SHORT), told(services.RECOVERED)) == (1, 1)
    print(f"lifted after {took:.2f} s")  # noqa: T201 - the figure of the run
