"""Pages of the scheduled feeds: who may see and set what, and what they say."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from server.exchange.conftest import company
from server.exchange.test_pages import signed_in, work
from zhulian.server.accounts.models import Division, OrganisationUnit, User
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role
from zhulian.server.exchange import feeds
from zhulian.server.exchange.models import Delivery, Feed
from zhulian.server.notary.models import Leaf

LISTS = ("/exchange/feeds", "/exchange/feeds/new")


@pytest.fixture
def folder(settings, tmp_path):
    settings.FEED_ROOTS = [tmp_path / "feeds"]
    (tmp_path / "feeds" / "青岛").mkdir(parents=True)
    return (tmp_path / "feeds" / "青岛").resolve()


@pytest.fixture
def post(clerk, folder):
    """A clerk's client, and what he fills in."""
    user = clerk("370200", Role.CITY)
    given = {
        "name": "青岛平台",
        "source": "青岛市平台",
        "folder": str(folder),
        "pattern": "*.csv",
        "format": "",
        "every": "15",
        "daily_at": "",
        "expected_hours": "24",
        "owner": str(user.unit.pk),
    }
    return signed_in(user), given


@pytest.mark.django_db
@pytest.mark.parametrize("path", LISTS)
def test_nobody_and_enterprises_are_refused(path):
    assert Client().get(path).status_code == 302
    firm = User.objects.create_user("firm", password="a-long-password", role=Role.ENTERPRISE)
    assert signed_in(firm).get(path).status_code == 403


def test_a_feed_from_the_form_to_its_first_delivery(post, folder, sheet, monkeypatch):
    client, given = post
    assert "还没有定时接入" in client.get("/exchange/feeds").content.decode()
    answer = client.post("/exchange/feeds/new", given)
    assert answer.status_code == 302, answer.content.decode()
    feed = Feed.objects.get()
    assert "等待首个文件" in client.get(answer.url).content.decode()
    sheet([company(1), company(2, region="379999")]).rename(folder / "enterprise.csv")
    monkeypatch.setattr(feeds, "SETTLE", dt.timedelta())
    for _ in range(2):
        client.post(f"{answer.url}/run")
        work()
    page = client.get(answer.url).content.decode()
    delivery = Delivery.objects.get()
    assert delivery.number in page
    assert "已归集" in page
    listed = client.get("/exchange/feeds").content.decode()
    assert "正常" in listed
    assert delivery.number in listed
    assert "青岛平台" in client.get(f"/exchange/{delivery.pk}").content.decode()
    Feed.objects.update(created_at=clock.now() - dt.timedelta(days=9))
    feed.files.update(arrived_at=clock.now() - dt.timedelta(days=3))
    assert "迟到" in client.get("/exchange/feeds?show=late").content.decode()
    assert "没有新文件" not in page


def test_settings_change_and_a_feed_pauses(post):
    client, given = post
    client.post("/exchange/feeds/new", given)
    feed = Feed.objects.get()
    assert 'value="青岛平台"' in client.get(f"/exchange/feeds/{feed.pk}/edit").content.decode()
    answer = client.post(f"/exchange/feeds/{feed.pk}/edit", given | {"every": "0", "daily_at": "06:30"})
    assert answer.status_code == 302, answer.content.decode()
    feed.refresh_from_db()
    assert (feed.every, feed.daily_at) == (None, dt.time(6, 30))
    assert "每天 06:30" in client.get(answer.url).content.decode()
    client.post(f"/exchange/feeds/{feed.pk}/pause")
    assert "已暂停" in client.get("/exchange/feeds?show=paused").content.decode()
    assert set(Leaf.objects.filter(action__startswith="exchange.feed").values_list("action", flat=True)) == {
        "exchange.feed.create",
        "exchange.feed.change",
        "exchange.feed.pause",
    }


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"every": "0", "daily_at": ""}, "每天几点"),
        ({"folder": "/etc"}, "选择"),
        ({"owner": "999999"}, "选择"),
        ({"name": ""}, "必填"),
    ],
)
def test_a_wrong_setting_is_told_on_the_form(post, wrong, told):
    client, given = post
    answer = client.post("/exchange/feeds/new", given | wrong)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Feed.objects.exists()


def test_two_feeds_do_not_share_a_folder(post):
    client, given = post
    client.post("/exchange/feeds/new", given)
    answer = client.post("/exchange/feeds/new", given | {"name": "另一个"})
    assert answer.status_code == 422
    assert "已被另一个" in answer.content.decode()


def test_others_do_not_see_it_nor_give_it_to_units_out_of_their_reach(post, clerk):
    client, given = post
    other = OrganisationUnit.objects.create(name="济南", division=Division.objects.get(pk="370100"))
    assert client.post("/exchange/feeds/new", given | {"owner": str(other.pk)}).status_code == 422
    client.post("/exchange/feeds/new", given)
    feed = Feed.objects.get()
    stranger = signed_in(clerk("370102"))
    for path in ("", "/edit"):
        assert stranger.get(f"/exchange/feeds/{feed.pk}{path}").status_code == 404
    for path in ("/pause", "/run"):
        assert stranger.post(f"/exchange/feeds/{feed.pk}{path}").status_code == 404


def test_without_a_folder_the_page_says_what_to_do(clerk, settings, tmp_path):
    settings.FEED_ROOTS = [tmp_path / "none"]
    assert "ZHULIAN_FEEDS" in signed_in(clerk()).get("/exchange/feeds/new").content.decode()
