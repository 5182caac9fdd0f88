"""A feed looked into by two workers: a lease can run out over the copying of a large file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from zhulian.server.accounts.models import Division, OrganisationUnit
from zhulian.server.common import clock
from zhulian.server.exchange import arrivals, feeds, inbox
from zhulian.server.exchange.feeds import Wanted, feed_create
from zhulian.server.exchange.models import Delivery, FeedFile
from zhulian.server.exchange.receiving import files_keep

SHEET = "uscc,name,region,status\n91370202000000011Y,青岛第1建设有限公司,370202,active\n"


@pytest.mark.django_db
def test_two_workers_that_copied_the_same_file_open_one_delivery(settings, tmp_path) -> None:
    folder = Path(tmp_path).resolve() / "city"
    folder.mkdir()
    settings.FEED_ROOTS = [folder.parent]
    unit = OrganisationUnit.objects.create(name="青岛市住建局", division=Division.objects.get(pk="370200"))
    wanted = Wanted("青岛", "青岛市平台", str(folder), "*.csv", "", unit.pk, 15, None, 24)
    feed = feed_create(wanted=wanted, actor="user:1", at=clock.now())
    (folder / "enterprise.csv").write_text(SHEET, encoding="utf-8")
    (arrival,) = arrivals.arrivals(folder, "*.csv")
    opened = []
    try:
        for worker in ("first", "second"):
            copy = tmp_path / worker / arrival.name
            copy.parent.mkdir()
            digest = arrivals.settled_copy(folder, arrival, copy)
            with files_keep([copy], None) as kept:
                work = inbox.working_copies_keep(kept)
                opened.append(
                    feeds.feed_file_open(
                        feed=feed.pk, arrival=arrival, sha256=digest, found=kept, work=work, at=clock.now()
                    )
                )
        assert Delivery.objects.count() == 1
        assert opened[0] == opened[1]
        assert FeedFile.objects.filter(state=FeedFile.State.TAKEN).count() == 1
        assert not inbox.work_folder(work).exists()
    finally:
        shutil.rmtree(Path(django_settings.HOME) / "work", ignore_errors=True)
