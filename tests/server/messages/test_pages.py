"""Pages of notices and channels: the bell, reading and taking it back, setting up, the administrator's log."""

# ruff: noqa: ARG001 - fixtures are asked for by name

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings as django_settings
from django.test import Client

from server.messages.conftest import HOOK, channel, send_all
from server.messages.test_telling import tell
from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role
from zhulian.server.messages.models import Channel, Delivery, Notice

FORM = {"kind": "wecom", "name": "工作群", "address": HOOK, "quiet_from": "22:00", "quiet_until": "07:00"}


@pytest.fixture
def told(office):
    for name in ("qualification.flagged", "qualification.unflagged"):
        tell(name, code="D101B")
    return list(Notice.objects.order_by("pk"))


def page(client: Client, address: str = "/messages/", status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer
    return answer.content.decode()


def test_the_bell_counts_for_everybody_signed_in(told, signed_in) -> None:
    assert "2 条未读消息" in page(signed_in("firm"))
    assert "没有未读消息" in page(signed_in("handler"))
    assert "zl-bell" not in page(Client(), "/about")
    answer = signed_in("firm").get("/messages/count")
    assert "2 条未读消息" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_a_hundred_are_told_as_so_many(office, signed_in) -> None:
    row = {"user": office.firm, "kind": "verdict", "item": 71, "path": "/", "made_at": clock.now(), "title": "x"}
    Notice.objects.bulk_create(Notice(key=str(n), **row) for n in range(101))
    assert "99+" in page(signed_in("firm"), "/messages/count")


def test_opening_reads_and_leads_on(told, signed_in) -> None:
    client = signed_in("firm")
    assert client.get(f"/messages/{told[0].pk}").url == told[0].path
    assert "1 条未读消息" in page(client)
    assert page(client).count("data-row") == 1
    assert page(client, "/messages/?tab=all").count("data-row") == 2


def test_marking_and_taking_back(told, signed_in) -> None:
    client = signed_in("firm")
    client.post("/messages/mark/read", {"notice": [told[0].pk]})
    with clock.frozen(clock.now() + dt.timedelta(minutes=1)):
        client.post("/messages/mark/all_read", {"tab": "unread"})
    shown = page(client)
    assert "没有未读消息" in shown
    at = Notice.objects.get(pk=told[1].pk).read_at
    assert at.isoformat() in shown.replace("&#x27;", "'") or "撤销" in shown
    client.post("/messages/mark/undo", {"at": clock.now().replace(year=2000).isoformat()})
    assert not Notice.objects.filter(read_at=None).exists(), "another moment takes nothing back"
    client.post("/messages/mark/undo", {"at": at.isoformat()})
    assert Notice.objects.get(read_at=None).pk == told[1].pk, "only what was read by that click"
    client.post("/messages/mark/unread", {"notice": [told[0].pk]})
    assert Notice.objects.filter(read_at=None).count() == 2
    for at in ("x", "2025-06-02T09:00:00", "0001-01-01T00:00+08:00", "9999-12-31T23:59-08:00"):
        assert client.post("/messages/mark/undo", {"at": at}).status_code == 404, at
    assert client.post("/messages/mark/eat").status_code == 404


def test_another_s_notices_are_out_of_reach(told, signed_in) -> None:
    client = signed_in("rival")
    assert client.get(f"/messages/{told[0].pk}").status_code == 404
    client.post("/messages/mark/read", {"notice": [n.pk for n in told]})
    client.post("/messages/mark/all_read")
    assert Notice.objects.filter(read_at=None).count() == 2


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/messages/", "没有未读消息"),
        ("/messages/?tab=all", "还没有消息"),
        ("/messages/?tab=all&category=permit", "没有符合条件的消息"),
        ("/messages/?tab=x&sort=y&category=z&urgent=1&page=w", "没有符合条件的消息"),
        ("/messages/channels", "还没有消息通道"),
    ],
)
def test_empty_pages_say_what_would_be_there(office, signed_in, address, said) -> None:
    assert said in page(signed_in("handler"), address)


def test_a_channel_is_set_up_changed_tested_and_removed(office, signed_in, robot) -> None:
    client = signed_in("firm")
    assert client.post("/messages/channels/new", FORM | {"address": "https://evil.cn/"}).status_code == 422
    made = client.post("/messages/channels/new", FORM)
    row = Channel.objects.get()
    assert made.url == f"/messages/channels/{row.pk}"
    for address in (made.url, "/messages/channels", f"{made.url}/edit"):
        shown = page(client, address)
        assert "***cdef" in shown
        assert "0123456789" not in shown
    client.post(f"{made.url}/do/test")
    assert "测试已发出" in page(client, made.url)
    robot.answers = [500]
    client.post(f"{made.url}/do/test")
    assert "没有发出" in page(client, made.url)
    assert len(robot.got) == 2
    client.post(f"{made.url}/edit", FORM | {"address": "", "name": "新名字"})
    client.post(f"{made.url}/do/stop")
    assert "使用人停用" in page(client, made.url)
    client.post(f"{made.url}/do/start")
    assert client.post(f"{made.url}/do/eat").status_code == 404
    client.post(f"{made.url}/do/remove")
    assert not Channel.objects.exists()


def test_a_channel_of_somebody_else_is_none(office, signed_in) -> None:
    row, client = channel(office), signed_in("rival")
    for address in (
        f"/messages/channels/{row.pk}",
        f"/messages/channels/{row.pk}/edit",
        "/messages/channels/new?unit=1",
    ):
        assert client.get(address).status_code == 404
    for action in ("test", "stop", "remove"):
        assert client.post(f"/messages/channels/{row.pk}/do/{action}").status_code == 404
    assert Channel.objects.get().active


def test_the_administrator_sees_what_was_given_up_and_sends_it_again(office, signed_in, robot) -> None:
    channel(office)
    tell("qualification.flagged", code="D101B")
    Delivery.objects.update(state="given_up", attempts=8)
    client = Client()
    admin = User.objects.create_user("root", role=Role.ADMINISTRATOR)
    client.force_login(admin, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    shown = page(client, "/messages/deliveries")
    assert "有一项资质被作出日常标识" in shown
    assert "***cdef" in shown
    assert "青岛甲" not in shown
    row = Delivery.objects.get()
    client.post(f"/messages/deliveries/{row.pk}/again")
    send_all()
    assert "有一项资质被作出日常标识" in page(client, "/messages/deliveries?state=sent")
    assert signed_in("signer").get("/messages/deliveries").status_code == 403
    assert signed_in("signer").post(f"/messages/deliveries/{row.pk}/again").status_code == 403
