"""The jobs: a delivery is taken chunk by chunk; folders of feeds are looked into every minute."""

from __future__ import annotations

from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, schedule
from zhulian.server.exchange import feeds
from zhulian.server.exchange.selectors import feed_due
from zhulian.server.exchange.services import JOB, delivery_take


@job(JOB)
def take(view: JobView) -> Step:
    """One chunk; where to go on stands with the delivery."""
    taken = delivery_take(delivery=int(view.payload["delivery"]), at=clock.now())
    return Step(done=taken.done, total=taken.expected, finished=taken.finished)


@job(feeds.JOB, apart=True)
def look(view: JobView) -> Step:
    """One file of one folder that is due; finished when none is. What is done stands with the files."""
    feed = feed_due(clock.now())
    if feed is None:
        return Step(done=view.done, finished=True)
    return Step(done=view.done + feeds.feed_look(feed))


schedule(feeds.JOB, every=1)
