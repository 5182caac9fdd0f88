"""The demonstration's feeds: one on time with an arrival that was read, one late; nobody has to set one up first."""

from __future__ import annotations

import sqlite3

import pytest


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_one_feed_is_on_time_and_one_is_late(request, device):
    visit = request.getfixturevalue(device)
    visit.sign_in("province")
    said = visit.open("/exchange/feeds").locator("main").inner_text()
    for word in ("企业财务报表（每日）", "人员参保记录（每日）", "迟到"):
        assert word in said
    assert visit.wider_than_the_screen() == []
    said = visit.open("/exchange/quality").locator("main").inner_text()
    for word in ("统计报送系统（演示）", "社会保险共享交换（演示）", "迟到", "按时"):
        assert word in said
    assert visit.wider_than_the_screen() == []


def test_the_arrival_was_taken_and_put_away(town):
    with sqlite3.connect(f"file:{town.home / 'zhulian.sqlite3'}?mode=ro", uri=True) as database:
        files = database.execute("SELECT name, state, placed FROM exchange_feedfile").fetchall()
        taken = database.execute(
            "SELECT accepted, unchanged, quarantined FROM exchange_delivery WHERE by_feed_id IS NOT NULL"
        ).fetchall()
    assert files == [("finance.csv", "taken", 1)]
    assert taken == [(3, 1, 0)]
    assert [p.name for p in (town.home / "feeds" / "finance" / "done").iterdir()] == ["000001-finance.csv"]
