"""Scheduled feeds: set up, paused, run, and each file of their folders taken once.

The file system and the database cannot commit together, so a file's fate is a row first (`FeedFile`) and a move
second. Killed before the row: the file stands in the folder and is looked at again. Killed after it: the row says
where the file belongs, and the next look moves it there. A content that was taken is never taken again.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.common import clock
from zhulian.server.common.dispatch import next_at
from zhulian.server.common.jobs import Rhythm, job_start
from zhulian.server.common.writing import writes
from zhulian.server.exchange import arrivals, inbox
from zhulian.server.exchange.arrivals import Arrival
from zhulian.server.exchange.models import Delivery, Feed, FeedFile
from zhulian.server.exchange.receiving import files_keep
from zhulian.server.exchange.services import delivery_open
from zhulian.server.notary.services import leaf_append

JOB: Final = "exchange.feeds.look"
SETTLE: Final = dt.timedelta(seconds=20)
"""A file is taken when it was the same at two looks this far apart, by the machine's clock."""
SOON: Final = dt.timedelta(minutes=1)
"""When a folder with an unsettled file is looked at again, whatever the schedule says."""
_INTO: Final = {FeedFile.State.FAILED: arrivals.FAILED}

register(ErrorKind("feed.rhythm", "查看的时间没有写明", "请填写每隔多少分钟，或每天几点，二者选一"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a feed is set to."""

    name: str
    source: str
    folder: str
    pattern: str
    format: str
    owner: int
    every: int | None
    daily_at: dt.time | None
    expected_hours: int | None


@writes
def feed_create(*, wanted: Wanted, actor: str, at: dt.datetime) -> Feed:
    """A new feed; it is looked at when its schedule says.

    Raises:
        ZhulianError: `feed.*`.
    """
    feed = Feed(created_at=at, next_at=at)
    _set(feed, wanted, at)
    leaf_append(action="exchange.feed.create", actor=actor, subject=f"feed:{feed.pk}", data=_told(wanted), at=at)
    return feed


@writes
def feed_change(*, feed: int, wanted: Wanted, actor: str, at: dt.datetime) -> Feed:
    """Another setting.

    Raises:
        ZhulianError: `feed.*`.
    """
    row = Feed.objects.select_for_update().get(pk=feed)
    _set(row, wanted, at)
    leaf_append(action="exchange.feed.change", actor=actor, subject=f"feed:{feed}", data=_told(wanted), at=at)
    return row


def _set(feed: Feed, wanted: Wanted, at: dt.datetime) -> None:
    if (wanted.every is None) == (wanted.daily_at is None):
        raise ZhulianError("feed.rhythm")
    arrivals.folder_check(Path(wanted.folder), settings.FEED_ROOTS)
    feed.name, feed.source, feed.folder, feed.pattern = wanted.name, wanted.source, wanted.folder, wanted.pattern
    feed.format, feed.owner_id, feed.every, feed.daily_at = wanted.format, wanted.owner, wanted.every, wanted.daily_at
    feed.expected_hours = wanted.expected_hours
    feed.next_at = following(feed, at)
    feed.save()


def _told(wanted: Wanted) -> dict[str, str | int | None]:
    told = {name: getattr(wanted, name) for name in ("name", "source", "folder", "pattern", "format", "owner", "every")}
    return told | {"daily_at": str(wanted.daily_at or ""), "expected_hours": wanted.expected_hours}


def following(feed: Feed, at: dt.datetime) -> dt.datetime:
    """The first moment of its schedule after `at`."""
    return next_at(Rhythm(feed.name, JOB, feed.every or 0, feed.daily_at), at)


@writes
def feed_pause(*, feed: int, paused: bool, actor: str, at: dt.datetime) -> None:
    """Pause a feed, or let it go on."""
    row = Feed.objects.select_for_update().get(pk=feed)
    row.paused = paused
    row.next_at = following(row, at)
    row.save(update_fields=["paused", "next_at"])
    action = "exchange.feed.pause" if paused else "exchange.feed.resume"
    leaf_append(action=action, actor=actor, subject=f"feed:{feed}", data={}, at=at)


@writes
def feed_run(*, feed: int, actor: str, at: dt.datetime) -> None:
    """Look into the folder now; its schedule goes on as before."""
    Feed.objects.filter(pk=feed).update(next_at=at)
    leaf_append(action="exchange.feed.run", actor=actor, subject=f"feed:{feed}", data={}, at=at)
    job_start(kind=JOB, key=JOB, actor=actor)


def feed_look(feed: Feed) -> bool:
    """Look into a folder and take the first file that has settled; whether there may be more at once.

    Opens its own transactions: the caller has none.
    """
    folder = Path(feed.folder)
    try:
        arrivals.folder_check(folder, settings.FEED_ROOTS)
        _place_left(feed, folder)
        standing = arrivals.arrivals(folder, feed.pattern)
        ready = _sighted(feed, standing)
        if ready is not None:
            _take(feed, folder, ready)
            return True
    except ZhulianError as error:
        _looked(feed, problem=f"{error.text}。{error.cure}。")
        return False
    except OSError as error:
        _looked(feed, problem=f"文件夹无法读写：{error.strerror or type(error).__name__}。请核对权限。")
        return False
    _looked(feed, soon=bool(standing))
    return False


def _looked(feed: Feed, *, problem: str = "", soon: bool = False) -> None:
    """Note when to look again. A look that finds nothing new is no action and leaves no leaf; a new problem does."""
    at = clock.now()
    following_at = following(feed, at)
    if problem[:500] != feed.problem:
        feed_problem_note(feed=feed.pk, problem=problem[:500], at=at)
    following_at = min(following_at, at + SOON) if soon else following_at
    Feed.objects.filter(pk=feed.pk).update(looked_at=at, next_at=following_at)


@writes
def feed_problem_note(*, feed: int, problem: str, at: dt.datetime) -> None:
    """What stops a folder from being looked into, or that nothing does any more."""
    Feed.objects.filter(pk=feed).update(problem=problem)
    data = {"problem": problem}
    leaf_append(action="exchange.feed.problem", actor=f"feed:{feed}", subject=f"feed:{feed}", data=data, at=at)


def _actor(feed: Feed) -> str:
    return f"feed:{feed.pk}"


def _sighted(feed: Feed, standing: list[Arrival]) -> Arrival | None:
    """Notes what stands there; the first in order of arrival, if it has settled. Nothing overtakes it.

    A sighting is a memory of ours and no fact about anybody: it leaves no leaf.
    """
    seen = {row.name: row for row in feed.files.filter(state=FeedFile.State.SEEN)}
    same = {a.name for a in standing if (row := seen.get(a.name)) and (row.size, row.modified) == (a.size, a.modified)}
    with transaction.atomic():
        feed.files.filter(state=FeedFile.State.SEEN, name__in=seen.keys() - same).delete()
        fresh = {"feed": feed, "seen_at": clock.machine_now(), "arrived_at": clock.now()}
        new = [a for a in standing if a.name not in same]
        rows = [FeedFile(name=a.name, size=a.size, modified=a.modified, **fresh) for a in new]
        FeedFile.objects.bulk_create(rows, ignore_conflicts=True)
    if not standing or standing[0].name not in same:
        return None
    first = standing[0]
    return first if clock.machine_now() - seen[first.name].seen_at >= SETTLE else None


def _take(feed: Feed, folder: Path, arrival: Arrival) -> None:
    """Copy a settled file, open its delivery, and move it away; or say why not."""
    root = Path(settings.HOME) / "tmp"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=root) as private:
        copy = Path(private) / arrival.name
        digest = ""
        try:
            digest = arrivals.settled_copy(folder, arrival, copy) or ""
            if not digest:  # it changed while it was copied: the next look starts over
                return
            row = _opened(feed, arrival, copy, digest)
        except ZhulianError as error:
            row = feed_file_close(
                feed=feed.pk,
                arrival=arrival,
                sha256=digest,
                state=FeedFile.State.FAILED,
                told=(error.text, error.cure),
                at=clock.now(),
            )
    _place(row, folder)


def _opened(feed: Feed, arrival: Arrival, copy: Path, digest: str) -> FeedFile:
    """The row of a file that can be read: its delivery opened with it, or told that its content was taken before."""
    known = FeedFile.objects.filter(feed=feed, sha256=digest, state=FeedFile.State.TAKEN).first()
    if known is not None:
        told = (f"内容与 {known.name} 相同，未再读入", "")
        return feed_file_close(
            feed=feed.pk, arrival=arrival, sha256=digest, state=FeedFile.State.REPEATED, told=told, at=clock.now()
        )
    with files_keep([copy], feed.format or None) as kept:
        work = inbox.working_copies_keep(kept)
        return feed_file_open(feed=feed.pk, arrival=arrival, sha256=digest, found=kept, work=work, at=clock.now())


@writes
def feed_file_open(
    *, feed: int, arrival: Arrival, sha256: str, found: list[inbox.Found], work: str, at: dt.datetime
) -> FeedFile:
    """The delivery of a file and the row that says so, in one transaction: neither is without the other."""
    row = Feed.objects.select_for_update().select_related("owner").get(pk=feed)
    taken = FeedFile.objects.filter(feed=row, sha256=sha256, state=FeedFile.State.TAKEN).first()
    if taken is not None:  # by a worker whose lease ran out over a long copy; its working copy is the one that is read
        inbox.working_copies_drop(work)
        return taken
    delivery = delivery_open(
        found=found,
        work=work,
        format_name=row.format,
        actor=_actor(row),
        uploaded_by=None,
        corrects=None,
        feed=row,
        at=at,
    )
    return _closed(row, arrival, sha256, FeedFile.State.TAKEN, ("", ""), at, delivery)


@writes
def feed_file_close(
    *, feed: int, arrival: Arrival, sha256: str, state: str, told: tuple[str, str], at: dt.datetime
) -> FeedFile:
    """The row of a file that gave no delivery: nothing new in it, or it cannot be read."""
    row = Feed.objects.select_for_update().get(pk=feed)
    data = {"file": arrival.name, "sha256": sha256, "state": state, "message": told[0]}
    leaf_append(action="exchange.feed.close", actor=_actor(row), subject=f"feed:{feed}", data=data, at=at)
    return _closed(row, arrival, sha256, state, told, at, None)


def _closed(
    feed: Feed,
    arrival: Arrival,
    sha256: str,
    state: str,
    told: tuple[str, str],
    at: dt.datetime,
    delivery: Delivery | None,
) -> FeedFile:
    """The fate of a file, on the row of its sighting (made anew if another process has tidied it away)."""
    seen = FeedFile.objects.filter(feed=feed, name=arrival.name, state=FeedFile.State.SEEN).first()
    row = seen or FeedFile(feed=feed, name=arrival.name, seen_at=clock.machine_now(), arrived_at=at)
    row.size, row.modified, row.sha256, row.state = arrival.size, arrival.modified, sha256, state
    row.message, row.cure, row.delivery = told[0][:1000], told[1][:1000], delivery
    row.save()
    return row


def _place_left(feed: Feed, folder: Path) -> None:
    """Moves what a crash left standing after its row was written."""
    for row in feed.files.exclude(state=FeedFile.State.SEEN).filter(placed=False).order_by("pk"):
        _place(row, folder)


def _place(row: FeedFile, folder: Path) -> None:
    if arrivals.stands(folder, Arrival(row.modified, row.name, row.size)):
        failed = row.state == FeedFile.State.FAILED
        note = f"{row.name}\n{row.message}。\n处理办法：{row.cure}。\n" if failed else ""
        arrivals.place(folder, row.name, row.pk, _INTO.get(FeedFile.State(row.state), arrivals.DONE), note)
    FeedFile.objects.filter(pk=row.pk).update(placed=True)
