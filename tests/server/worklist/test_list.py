"""One queue of all kinds: whose it is, in which order, how it is narrowed, and what its pages show."""

from __future__ import annotations

import datetime as dt

import pytest

from server.decisions.world import FIRM, MONDAY
from zhulian.server.common import clock
from zhulian.server.decisions import services as decisions
from zhulian.server.registry.finding import tokens_write
from zhulian.server.worklist import listing, morning, services
from zhulian.server.worklist.listing import Cursor, Filters

MINE, POOL = Filters(tab="mine"), Filters(tab="pool")


def refs(user, **filters) -> list[tuple[str, int]]:
    found = listing.items(user, Filters(**filters), today=clock.today())
    return [(item.kind, item.pk) for item in found]


def test_every_kind_stands_in_one_order_with_its_working_days(office, proposed, obliged):
    late, later = obliged(-1), obliged(30)
    row = proposed("verify")  # due in ten working days: 2025-06-16
    assert refs(office.handler) == [("obligation", late.pk), ("proposal", row.pk), ("obligation", later.pk)]
    assert refs(office.handler, sort="-due") == [
        ("obligation", later.pk),
        ("proposal", row.pk),
        ("obligation", late.pk),
    ]
    lines = listing.items(office.handler, Filters(), today=MONDAY)
    assert [line.left for line in lines] == [-1, 10, 22]
    assert {line.name for line in lines} == {"青岛甲建筑有限公司"}
    assert refs(office.stranger) == [], "of another unit"


def test_a_step_stands_with_whom_it_waits_for(office, proposed):
    row = proposed("verify")
    item = ("proposal", row.pk)
    office.move(row, "take", "handler")
    assert refs(office.handler, tab="mine") == [item]
    assert refs(office.reviewer) == []
    office.move(row, "submit", "handler")
    assert refs(office.handler) == [], "whoever handled it does not review it"
    assert refs(office.handler, tab="started") == [item]
    assert refs(office.reviewer, tab="pool") == [item]
    office.move(row, "review", "reviewer")
    assert refs(office.reviewer) == []
    assert refs(office.signer, tab="pool") == [item]
    document = office.sign(row)
    assert refs(office.signer, tab="done") == [item]
    assert refs(office.handler, tab="pool") == [("service", document.pk)]
    office.serve(document)
    assert refs(office.handler, tab="done") == [item, ("service", document.pk)]
    assert refs(office.handler) == []


def test_a_defence_waits_for_another_than_the_handler(office, proposed):
    row = proposed("mark")
    office.to_notice(row)
    decisions.defence_file(proposal=row.pk, kind="statement", text="人员已补足", user=office.firm)
    defence = row.defences.get()
    assert ("defence", defence.pk) in refs(office.reviewer)
    assert ("defence", defence.pk) not in refs(office.handler)
    decisions.defence_decide(defence=defence.pk, accept=False, decision="不成立", user=office.reviewer)
    assert refs(office.reviewer, tab="done") == [("defence", defence.pk)]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"lamp": "red"}, [-1]),
        ({"lamp": "today"}, [0]),
        ({"lamp": "amber"}, [0, 3]),
        ({"lamp": "green"}, [4]),
        ({"lamp": "none"}, []),
        ({"kind": "proposal"}, []),
        ({"kind": "obligation", "division": "青岛市"}, [-1, 0, 3, 4]),
        ({"division": "370000"}, [-1, 0, 3, 4]),
        ({"division": "济南市"}, []),
        ({"division": "不是区划"}, []),
        ({"section": "today"}, [0]),
        ({"section": "rest"}, [3, 4]),
        ({"lamp": "x", "section": "x", "sort": "x"}, [-1, 0, 3, 4]),
    ],
)
def test_filters_say_what_they_mean(office, obliged, filters, expected):
    by_day = {obliged(day).pk: day for day in (-1, 0, 3, 4)}
    found = listing.items(office.handler, Filters(**filters), today=MONDAY)
    assert [by_day[item.pk] for item in found] == expected
    totals = listing.totals(office.handler, Filters(**filters), today=MONDAY)
    assert totals.count == len(expected)


def test_an_enterprise_is_found_by_name_and_by_pinyin_initials(office, obliged):
    tokens_write([FIRM])
    mine = ("obligation", obliged(3).pk)
    obliged(3, enterprise=72)
    assert refs(office.handler, q="甲建筑") == [mine]
    assert refs(office.handler, q="qdjjz") == [mine]
    assert refs(office.handler, q="没有这家") == []


def test_neighbours_walk_the_whole_list_both_ways(office, proposed, obliged):
    for day in (3, 3, -2):
        obliged(day)
    proposed("verify")
    proposed("rectify")
    for sort in ("", "-due", "at"):
        filters = Filters(sort=sort)
        found = listing.items(office.handler, filters, today=MONDAY)
        order = [(item.kind, item.pk) for item in found]
        assert len(order) == 5
        for forward, expected in ((True, [*order[1:], None]), (False, [None, *order[:-1]])):
            walked = [
                listing.neighbour(
                    office.handler, filters, Cursor(i.kind, i.pk, i.day, i.at), today=MONDAY, forward=forward
                )
                for i in found
            ]
            assert walked == expected, (sort, forward)


def test_the_morning_has_each_item_in_the_first_section_it_fits(office, proposed, obliged):
    for day in (-3, -2, -1, 0):
        obliged(day)
    obliged(9, rule="accident-review")
    for _ in range(7):
        obliged(20)
    proposed("suspend")  # an accident was reported
    parts = morning.parts(office.handler, today=MONDAY)
    assert [part.label for part in parts] == [section.label for section in listing.SECTIONS]
    counts = {part.label: part.count for part in parts}
    assert counts["超期"] == 3
    assert counts["今日到期"] == 1
    assert counts["事故快报"] == 2
    assert counts["其余"] == 7
    assert sum(counts.values()) == listing.totals(office.handler, Filters(), today=MONDAY).count
    assert [len(part.items) for part in parts] == [3, 1, 0, 0, 2, 0, morning.FIRST]
    for part in parts:
        section = part.url.rpartition("section=")[2]
        assert listing.totals(office.handler, Filters(section=section), today=MONDAY).count == part.count


def test_statements_of_a_page_do_not_grow_with_the_list(signed_in, proposed, obliged, django_assert_max_num_queries):
    client = signed_in("handler")
    for number in range(60):
        obliged(number % 9, f"事项 {number}")
    proposed("verify")
    with django_assert_max_num_queries(23):
        page = client.get("/worklist/?page=2").content.decode()
    assert "第 2 / 2 页，共 61 条" in page
    with django_assert_max_num_queries(33):
        desk = client.get("/home").content.decode()
    assert "今日到期" in desk


def test_pages_say_what_to_do_when_there_is_nothing(signed_in):
    client = signed_in("handler")
    for tab, words in (("", "没有待办"), ("mine", "领取下一件"), ("started", "由他人办理"), ("done", "还没有您办结")):
        assert words in client.get(f"/worklist/?tab={tab}").content.decode()
    assert "没有符合条件" in client.get("/worklist/?q=没有&lamp=red&page=x").content.decode()
    assert "没有待办" in client.get("/worklist/?tab=x").content.decode()
    assert "领取的待办" in client.post("/worklist/next", follow=True).content.decode()
    assert signed_in("firm").get("/worklist/").status_code == 403


def test_the_list_is_taken_away_as_filtered(signed_in, obliged):
    obliged(-1, "=超期的")
    obliged(5, "未到期的")
    client = signed_in("handler")
    answer = client.get("/worklist/export/csv?lamp=red")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=超期的" in text, "no cell becomes a formula"
    assert "未到期的" not in text
    assert "数据截至" in text
    assert client.get("/worklist/export/xlsx").status_code == 200
    assert client.get("/worklist/export/csv?tab=x").status_code == 200
    assert client.get("/worklist/export/pdf").status_code == 404


def test_an_opened_item_knows_its_neighbours_until_the_list_is_left(office, signed_in, obliged):
    first, second, third = (obliged(day, f"事项 {day}") for day in (1, 2, 3))
    client = signed_in("handler")
    services.item_take(kind="obligation", pk=second.pk, user=office.handler)
    page = client.get(f"/worklist/obligation/{second.pk}/open?kind=obligation", follow=True).content.decode()
    assert f"/worklist/obligation/{first.pk}/open?kind=obligation" in page
    assert f"/worklist/obligation/{third.pk}/open?kind=obligation" in page
    decided = client.post(
        f"/linkage/obligations/{second.pk}/do/finish", {"seen": 1, "note": "已办"}, follow=True
    ).content.decode()
    assert "已办结" in decided
    assert f"/worklist/obligation/{third.pk}/open" in decided, "the place stays when the item has left the list"
    assert "上一件" not in client.get(f"/linkage/obligations/{third.pk}").content.decode(), "not opened out of a list"
    assert client.get("/worklist/obligation/99999/open").status_code == 404
    assert client.get("/worklist/nothing/1").status_code == 404
    assert MONDAY + dt.timedelta(days=3) == third.due_on
