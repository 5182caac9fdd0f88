"""The demonstration's scheduled feeds: one that brought a file today, and one that has been silent for three days.

Both are made by the same services as anybody's, and the file goes the way of any file in a feed's folder; only the
wait for it to settle is left out, because we wrote it ourselves. Killed anywhere in here, the next start (or the
server's own look into the folder) goes on where it stopped: a feed is made once, a content is taken once.
"""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zhulian.server.exchange.models import Feed

_SILENT: Final = dt.timedelta(days=3)


@dataclass(frozen=True, slots=True)
class _Set:
    """What a feed is set to, and since when; its unit is the one of the demo account `owner`."""

    name: str
    source: str
    folder: str
    pattern: str
    owner: str
    daily_at: dt.time
    hours: int
    age: dt.timedelta


ARRIVED: Final = _Set(
    "企业财务报表（每日）",
    "统计报送系统（演示）",
    "finance",
    "finance*.csv",
    "province",
    dt.time(6, 30),
    24,
    dt.timedelta(days=1),
)
SILENT: Final = _Set(
    "人员参保记录（每日）", "社会保险共享交换（演示）", "insurance", "*.csv", "city", dt.time(5, 0), 24, _SILENT
)


def feeds_make(home: Path, file: Path, *, actor: str) -> None:
    """Both feeds with their folders below the home, and `file` taken through the first of them.

    Raises:
        ZhulianError: `feed.*`, `file.*`.
        OSError: when the folders cannot be written.
    """
    from zhulian.server.exchange.models import FeedFile

    arrived, _ = _feed(home, ARRIVED, actor), _feed(home, SILENT, actor)
    if not arrived.files.filter(state=FeedFile.State.TAKEN).exists():
        shutil.copyfile(file, Path(arrived.folder) / file.name)
        _take(arrived)


def _feed(home: Path, wanted: _Set, actor: str) -> Feed:
    from zhulian.server.accounts.models import User
    from zhulian.server.common import clock
    from zhulian.server.exchange.feeds import Wanted, feed_create
    from zhulian.server.exchange.models import Feed

    folder = home.resolve() / "feeds" / wanted.folder
    folder.mkdir(parents=True, exist_ok=True)
    made = Feed.objects.filter(folder=str(folder)).first()
    if made is not None:
        return made
    return feed_create(
        wanted=Wanted(
            name=wanted.name,
            source=wanted.source,
            folder=str(folder),
            pattern=wanted.pattern,
            format="",
            owner=int(User.objects.values_list("unit", flat=True).get(username=wanted.owner)),
            every=None,
            daily_at=wanted.daily_at,
            expected_hours=wanted.hours,
        ),
        actor=actor,
        at=clock.now() - wanted.age,
    )


def _take(feed: Feed) -> None:
    """Open the delivery of what stands in the folder and take it; the look that follows tidies the file away."""
    from zhulian.server.common import clock
    from zhulian.server.common.dispatch import job_step
    from zhulian.server.exchange import arrivals, inbox
    from zhulian.server.exchange.feeds import feed_file_open, feed_look
    from zhulian.server.exchange.receiving import files_keep
    from zhulian.server.exchange.selectors import job_of

    folder = Path(feed.folder)
    (arrival,) = arrivals.arrivals(folder, feed.pattern)
    with files_keep([folder / arrival.name], None) as found:
        work = inbox.working_copies_keep(found)
        row = feed_file_open(
            feed=feed.pk, arrival=arrival, sha256=found[0].sha256, found=found, work=work, at=clock.now()
        )
    if row.delivery is not None:
        job = job_of(row.delivery)
        while job.state in {job.State.WAITING, job.State.RUNNING}:
            job = job_step(job.pk)
    feed_look(feed)
