"""Scheduled feeds: files of a folder taken once and in order, whoever writes there and whenever we are killed."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from server.exchange.conftest import company
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import Division, OrganisationUnit
from zhulian.server.common import clock, dispatch, jobs
from zhulian.server.common.jobs import job_start
from zhulian.server.common.models import Job
from zhulian.server.exchange import arrivals, feeds
from zhulian.server.exchange.feeds import Wanted, feed_change, feed_create, feed_pause
from zhulian.server.exchange.models import Delivery, Feed, FeedFile
from zhulian.server.exchange.selectors import feeds_state
from zhulian.server.registry.models import Enterprise


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    root = tmp_path / "feeds"
    settings.FEED_ROOTS = [root]
    (root / "city").mkdir(parents=True)
    return (root / "city").resolve()


@pytest.fixture
def unit(db):  # noqa: ARG001 - units are rows
    return OrganisationUnit.objects.create(name="青岛市住建局", division=Division.objects.get(pk="370200"))


@pytest.fixture
def wanted(folder, unit):
    def make(**more) -> Wanted:
        given = {
            "name": "青岛",
            "source": "青岛市平台",
            "folder": str(folder),
            "pattern": "*.csv",
            "format": "",
            "owner": unit.pk,
            "every": 15,
            "daily_at": None,
            "expected_hours": 24,
        }
        return Wanted(**(given | more))

    return make


@pytest.fixture
def feed(wanted) -> Feed:
    return feed_create(wanted=wanted(), actor="user:1", at=clock.now())


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(feeds, "SETTLE", dt.timedelta())


def work(feed: Feed) -> None:
    """Two looks, and whatever jobs follow: what stands in the folder is taken."""
    for _ in range(2):
        Feed.objects.filter(pk=feed.pk).update(next_at=clock.now())
        job_start(kind=feeds.JOB, key=feeds.JOB)
        while dispatch.jobs_step():
            pass
    feed.refresh_from_db()


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


@pytest.mark.usefixtures("at_once")
def test_a_settled_file_becomes_a_delivery_of_the_owners_division(feed, folder, sheet):
    sheet([company(1), company(2, region="379999")]).rename(folder / "enterprise.csv")
    work(feed)
    (delivery,) = Delivery.objects.all()
    assert (delivery.accepted, delivery.quarantined, delivery.feed) == (1, 1, "青岛市平台")
    assert (delivery.division, delivery.by_feed, delivery.actor) == ("370200", feed, f"feed:{feed.pk}")
    (row,) = feed.files.all()
    assert (row.state, row.delivery, row.placed) == (FeedFile.State.TAKEN, delivery, True)
    assert names(folder) == ["done"]
    assert names(folder / "done") == [f"{row.pk:06d}-enterprise.csv"]


def test_a_file_is_left_alone_until_it_was_the_same_at_two_looks(feed, folder, sheet, monkeypatch):
    path = sheet([company(1)]).rename(folder / "enterprise.csv")
    work(feed)
    assert not Delivery.objects.exists()
    assert feed.next_at <= clock.now() + feeds.SOON
    FeedFile.objects.update(seen_at=clock.machine_now() - feeds.SETTLE)
    with path.open("a") as file:
        file.write("x")
    work(feed)
    assert not Delivery.objects.exists()
    monkeypatch.setattr(feeds, "SETTLE", dt.timedelta())
    work(feed)
    assert Delivery.objects.count() == 1


@pytest.mark.usefixtures("at_once")
def test_several_files_in_order_of_arrival_and_none_overtakes(feed, folder, sheet):
    for serial, name in enumerate(("enterprise-b.csv", "enterprise-a.csv", "enterprise-c.csv")):
        path = sheet([company(7, f"第{serial}个名字")], name).rename(folder / name)
        os.utime(path, (1_700_000_000 + serial,) * 2)
    work(feed)
    assert [d.files.get().name for d in Delivery.objects.order_by("pk")] == [
        "enterprise-b.csv",
        "enterprise-a.csv",
        "enterprise-c.csv",
    ]
    assert Enterprise.objects.known().get(fact_until__year=9999).name == "第2个名字"


@pytest.mark.usefixtures("at_once")
def test_what_is_unfinished_hidden_a_link_or_a_folder_is_not_looked_at(feed, folder, sheet, tmp_path):
    good = sheet([company(1)]).read_bytes()
    for name in ("enterprise.csv.part", ".enterprise.csv", "~$enterprise.csv", "other.txt", "enterprise.csv.tmp"):
        (folder / name).write_bytes(good)
    (tmp_path / "secret.csv").write_bytes(good)
    (folder / "enterprise.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "folder.csv").mkdir()
    os.mkfifo(folder / "pipe.csv")
    work(feed)
    assert not Delivery.objects.exists()
    assert not FeedFile.objects.exists()


def test_a_file_exchanged_for_a_link_between_the_look_and_the_reading_is_not_followed(folder, tmp_path):
    (folder / "a.csv").write_text("abc")
    (seen,) = arrivals.arrivals(folder, "*")
    (folder / "a.csv").unlink()
    (tmp_path / "x").write_text("abc")
    (folder / "a.csv").symlink_to(tmp_path / "x")
    with pytest.raises(ZhulianError, match=r"a\.csv"):
        arrivals.settled_copy(folder, seen, tmp_path / "copy")


@pytest.mark.usefixtures("at_once")
def test_the_same_file_twice_changes_nothing(feed, folder, sheet):
    content = sheet([company(1)]).read_bytes()
    (folder / "enterprise.csv").write_bytes(content)
    work(feed)
    (folder / "enterprise-again.csv").write_bytes(content)
    work(feed)
    assert Delivery.objects.count() == 1
    assert sorted(feed.files.values_list("state", flat=True)) == ["repeated", "taken"]
    assert len(names(folder / "done")) == 2


@pytest.mark.usefixtures("at_once")
def test_what_cannot_be_read_goes_to_failed_with_a_note_that_says_why(feed, folder):
    (folder / "junk.csv").write_bytes(bytes(range(128, 256)) * 9)
    work(feed)
    (row,) = feed.files.all()
    assert (row.state, row.placed) == (FeedFile.State.FAILED, True)
    junk, note = names(folder / "failed")
    assert note == junk + arrivals.NOTE
    assert "编码" in (folder / "failed" / note).read_text()
    assert "处理办法" in (folder / "failed" / note).read_text()


@pytest.mark.parametrize("trick", ["/etc", "{root}/../other", "{root}/link", "{root}/none"])
def test_a_folder_outside_the_allowed_ones_or_behind_a_link_is_refused(wanted, folder, tmp_path, trick):
    (tmp_path / "other").mkdir()
    (folder.parent / "link").symlink_to(tmp_path / "other")
    with pytest.raises(ZhulianError) as refused:
        feed_create(wanted=wanted(folder=trick.format(root=folder.parent)), actor="user:1", at=clock.now())
    assert refused.value.code.startswith("feed.folder")


@pytest.mark.usefixtures("at_once")
def test_a_folder_turned_into_a_link_later_is_a_problem_and_not_followed(feed, folder, tmp_path, sheet):
    sheet([company(1)])
    folder.rmdir()
    folder.symlink_to(tmp_path)
    work(feed)
    assert "链接" in feed.problem or "允许" in feed.problem
    assert not Delivery.objects.exists()


@pytest.mark.usefixtures("at_once")
def test_a_paused_feed_is_not_looked_at(feed, folder, sheet):
    feed_pause(feed=feed.pk, paused=True, actor="user:1", at=clock.now())
    sheet([company(1)]).rename(folder / "enterprise.csv")
    work(feed)
    assert not Delivery.objects.exists()


def test_a_feed_has_one_rhythm_and_the_schedule_starts_the_job(feed, wanted):
    with pytest.raises(ZhulianError, match="时间"):
        feed_change(feed=feed.pk, wanted=wanted(daily_at=dt.time(6)), actor="user:1", at=clock.now())
    changed = feed_change(feed=feed.pk, wanted=wanted(every=None, daily_at=dt.time(6)), actor="user:1", at=clock.now())
    assert changed.next_at.time() == dt.time(6)
    assert feeds.JOB in jobs.rhythms


@pytest.mark.usefixtures("at_once")
def test_a_feed_is_late_when_nothing_came_in_time(feed, folder, sheet, clerk):
    user = clerk("370200")
    begun = clock.now()
    (state,) = feeds_state(user, begun)
    assert (state.late, state.last_arrival, state.expected_by) == (False, None, feed.created_at + dt.timedelta(days=1))
    (state,) = feeds_state(user, begun + dt.timedelta(hours=25))
    assert state.late
    sheet([company(1), company(2, region="379999")]).rename(folder / "enterprise.csv")
    work(feed)
    (state,) = feeds_state(user, clock.now())
    assert (state.late, state.rows, state.accepted, state.quarantined, state.open) == (False, 2, 1, 1, 1)
    assert not state.empty
    assert feeds_state(clerk("370102"), clock.now()) == []


KILLED = """
import os, signal, sys
import django; django.setup()
import datetime as dt
from django.conf import settings
from pathlib import Path
from zhulian.server.common import dispatch
from zhulian.server.exchange import feeds, arrivals
settings.FEED_ROOTS = [Path(sys.argv[2])]
feeds.SETTLE = dt.timedelta()
dispatch.APART_HOLD = dt.timedelta()
point = sys.argv[1]
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
def after(module, name):
    real = getattr(module, name)
    def dying(*a, **k):
        real(*a, **k); die()
    setattr(module, name, dying)
if point == "copied": after(arrivals, "settled_copy")
elif point == "kept": feeds.feed_file_open = die
elif point == "opened": arrivals.place = die
elif point == "placed": after(arrivals, "place")
from zhulian.server.exchange.models import Feed
from zhulian.server.common import clock
from zhulian.server.common.jobs import job_start
for _ in range(2):
    Feed.objects.update(next_at=clock.now())
    job_start(kind=feeds.JOB, key=feeds.JOB)
    while dispatch.jobs_step(): pass
"""


@pytest.mark.django_db(transaction=True)
def test_killed_between_any_two_steps_nothing_is_lost_and_nothing_taken_twice(feed, folder, sheet, home):
    sheet([company(1)]).rename(folder / "enterprise-1.csv")
    sheet([company(2)]).rename(folder / "enterprise-2.csv")
    os.utime(folder / "enterprise-1.csv", (1_700_000_000,) * 2)
    for point in ("copied", "kept", "opened", "placed"):
        assert _run(point, folder.parent, home) == -signal.SIGKILL, point
    assert _run("never", folder.parent, home) == 0
    assert names(folder) == ["done"]
    assert len(names(folder / "done")) == 2
    assert sorted(d.files.get().name for d in Delivery.objects.all()) == ["enterprise-1.csv", "enterprise-2.csv"]
    assert all(d.accepted == 1 and not d.open for d in Delivery.objects.all())
    assert list(feed.files.values_list("state", "placed")) == [("taken", True)] * 2
    assert not Job.objects.exclude(state=Job.State.FINISHED).exists()


def _run(point: str, root: Path, home: Path) -> int:
    environment = os.environ | {"ZHULIAN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhulian.server.settings"}
    name = str(connection.settings_dict["NAME"])
    script = f"import zhulian.server.settings as s; s.DATABASES['default']['NAME'] = {name!r}\n" + KILLED
    return subprocess.run([sys.executable, "-c", script, point, str(root)], env=environment, check=False).returncode
