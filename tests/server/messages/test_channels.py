"""Channels: only what the table allows, sealed and masked, quiet at night, at least once, never silently lost."""

# ruff: noqa: ARG001 - fixtures are asked for by name

from __future__ import annotations

import datetime as dt
import email
import json
from email.header import decode_header, make_header
from typing import Any

import pytest
from django.db import connection

from server.decisions.world import FIRM, MONDAY, refused
from server.messages.conftest import HOOK, channel, send_all
from server.messages.test_telling import tell
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.server.common import clock
from zhulian.server.common.models import Job
from zhulian.server.messages import kinds, sending, services
from zhulian.server.messages.models import Channel, Delivery, DeliveryAttempt
from zhulian.server.messages.services import Wanted
from zhulian.server.notary.models import Leaf
from zhulian.server.worklist.models import Office as Setting

KEY = "0123456789abcdef"


def at(hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(MONDAY, dt.time(hour, minute), tzinfo=SHANGHAI)


def due_now() -> None:
    Delivery.objects.filter(state="waiting").update(due_at=clock.machine_now())


@pytest.mark.parametrize(
    ("kind", "given", "token"),
    [
        ("wecom", HOOK, KEY),
        ("wecom", f"wecombot://{KEY}", KEY),
        ("dingtalk", f"https://oapi.dingtalk.com/robot/send?access_token={KEY}", KEY),
        ("dingtalk", f"dingtalk://{KEY} SEC{KEY}", f"{KEY} SEC{KEY}"),
        ("feishu", f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}", KEY),
        ("lark", f"https://open.larksuite.com/open-apis/bot/v2/hook/{KEY}", KEY),
        ("json", "https://relay.example.cn/x", "https://relay.example.cn/x"),
    ],
)
def test_a_robot_s_address_is_taken_as_it_is_copied(kind, given, token) -> None:
    assert kinds.token_of(kind, given) == token
    assert KEY not in kinds.masked(kind, token)


@pytest.mark.parametrize(
    "given",
    [
        "",
        f"{HOOK}&redirect=yes",
        f"{HOOK}?verify=no",
        "https://qyapi.weixin.qq.com.evil.cn/cgi-bin/webhook/send?key=0123456789",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "exec://rm",
        "syslog://",
        "dbus://",
        "json://127.0.0.1:5432",
        "mailto://127.0.0.1?to=a@b.cn",
        f"wecombot://{KEY}/?url=http://127.0.0.1",
        f"wecombot://{KEY}\nwecombot://{KEY}",
        f"wecombot://{KEY}@127.0.0.1",
        "https://user:password@example.cn/",
    ],
)
def test_nothing_else_is_taken(given) -> None:
    for kind in ("wecom", "dingtalk", "feishu", "lark"):
        with refused("channel.address"):
            kinds.token_of(kind, given)


@pytest.mark.parametrize(
    "given", ["", "http://example.cn/", "file:///etc/passwd", "https://a:b@example.cn/", "json://x"]
)
def test_our_own_sender_takes_https_only(given) -> None:
    with refused("webhook.url"):
        kinds.token_of("json", given)


@pytest.mark.parametrize("kind", ["syslog", "file", "exec", "email", ""])
def test_kinds_that_are_not_offered_are_refused(kind, settings) -> None:
    settings.MAIL = ""
    with refused("channel.kind"):
        kinds.token_of(kind, "a@b.cn")


@pytest.mark.parametrize("given", ["a@b.cn,c@d.cn", "a@b.cn&smtp=127.0.0.1", "a b@c.cn", "a@b.cn\nBcc: x@y.cn", "x"])
def test_a_mailbox_is_one_mailbox(given, settings) -> None:
    settings.MAIL = "mailto://127.0.0.1:25"
    with refused("channel.address"):
        kinds.token_of("email", given)


def test_every_scheme_is_one_that_apprise_knows_and_leads_to_a_host_of_its_own() -> None:
    import apprise

    for name, kind in kinds.KINDS.items():
        if name in {"email", "json"}:
            continue
        found = apprise.Apprise.instantiate(kinds._target(name, KEY), asset=apprise.AppriseAsset(http_redirects=False))
        assert found is not None
        assert found.redirects is False
        assert kind.scheme in found.schemas()
        assert found.notify_url.startswith("https://")


def test_an_inner_address_is_not_sent_to(office, settings) -> None:
    settings.WEBHOOK_HOSTS = frozenset()
    for url in ("https://localhost/x", "https://127.0.0.1/x", "https://[::1]/x", "https://10.0.0.1/x"):
        assert "内网" in kinds.send("json", url, title="t", link="")


def test_a_robot_gets_title_and_link_and_nothing_else(office, robot, settings) -> None:
    settings.SITE_URL = "https://zhulian.example.cn"
    channel(office)
    tell("qualification.flagged", code="D101B", shortfall="建造师缺 2 人")
    send_all()
    [body] = robot.got
    said = json.loads(body)["text"]["content"]
    assert "【筑联】有一项资质被作出日常标识" in said
    assert f"https://zhulian.example.cn/assessments/enterprise/{FIRM}/D101B" in said
    assert not any(word in said for word in ("青岛甲", "建造师", "赵强"))
    assert Delivery.objects.get().state == "sent"


def test_mail_goes_through_the_operator_s_server(office, mailbox) -> None:
    channel(office, kind="email", address="zhao@firm.example.cn")
    tell("qualification.flagged", code="D101B")
    send_all()
    [raw] = mailbox
    message = email.message_from_bytes(raw)
    assert "zhao@firm.example.cn" in message["To"]
    assert "日常标识" in str(make_header(decode_header(message["Subject"])))
    assert "青岛甲" not in raw.decode() + str(message.get_payload())


def test_our_own_sender_posts_json(office, robot, settings) -> None:
    settings.WEBHOOK_HOSTS = frozenset({"127.0.0.1"})
    assert kinds.send("json", f"{robot.url}/x", title="标题", link="https://z.cn/") == ""
    assert json.loads(robot.got[0]) == {"title": "标题", "url": "https://z.cn/"}
    robot.answers = [302]
    assert "302" in kinds.send("json", f"{robot.url}/x", title="标题", link="")


def test_a_failure_is_tried_again_given_up_and_sent_by_hand(office, robot) -> None:
    row = channel(office)
    tell("qualification.flagged", code="D101B")
    robot.answers = [500] * sending.ATTEMPTS
    send_all()
    first = Delivery.objects.get()
    assert (first.state, first.attempts) == ("waiting", 1)
    assert first.due_at > clock.machine_now()
    for _ in range(sending.ATTEMPTS - 1):
        due_now()
        send_all()
    first.refresh_from_db()
    assert (first.state, first.attempts, first.tries.count()) == ("given_up", sending.ATTEMPTS, sending.ATTEMPTS)
    assert KEY not in "".join(DeliveryAttempt.objects.values_list("error", flat=True))
    services.delivery_again(delivery=first.pk, user=office.handler)
    send_all()
    first.refresh_from_db()
    assert first.state == "sent"
    assert Channel.objects.get(pk=row.pk).failures == 0
    with refused("delivery.state"):
        services.delivery_again(delivery=first.pk, user=office.handler)


def test_a_channel_that_fails_and_fails_is_stopped_and_keeps_what_waits(office, robot) -> None:
    row = channel(office)
    Channel.objects.update(failures=sending.FAILURES - 1)
    tell("qualification.flagged", code="D101B")
    robot.answers = [500]
    send_all()
    row.refresh_from_db()
    assert not row.active
    assert row.stopped_reason
    due_now()
    send_all()
    assert len(robot.got) == 1
    services.channel_switch(channel=row.pk, active=True, user=office.firm)
    send_all()
    assert Delivery.objects.get().state == "sent"


def test_killed_while_sending_it_is_sent_again(office, robot, monkeypatch) -> None:
    channel(office)
    tell("qualification.flagged", code="D101B")

    def killed(*_: Any, **__: Any) -> str:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(kinds, "send", killed)
        with pytest.raises(SystemExit):
            send_all()
    send_all()
    assert robot.got == [], "held for a minute"
    due_now()
    send_all()
    assert len(robot.got) == 1
    assert Delivery.objects.get().state == "sent"


@pytest.mark.parametrize(
    ("since", "until", "moment", "left"),
    [
        (22, 7, at(23), 8.0),
        (22, 7, at(6, 30), 0.5),
        (22, 7, at(7), None),
        (22, 7, at(12), None),
        (12, 14, at(13), 1.0),
        (12, 14, at(14), None),
        (12, 14, at(11, 59), None),
    ],
)
def test_quiet_hours(since, until, moment, left) -> None:
    row = Channel(quiet_from=dt.time(since), quiet_until=dt.time(until))
    found = sending.quiet_left(row, moment)
    assert (found and found.total_seconds() / 3600) == left


def test_at_night_only_what_is_urgent_goes_out(office, robot) -> None:
    channel(office, quiet_from=dt.time(22), quiet_until=dt.time(7))
    with clock.frozen(at(23)):
        tell("rectification.closed", code="D101B", rectification=0)
        tell("qualification.unflagged", code="D101B")
        tell("qualification.flagged", code="D101B")
        send_all()
    assert len(robot.got) == 1
    waiting = Delivery.objects.get(state="waiting")
    assert waiting.due_at > clock.machine_now() + dt.timedelta(hours=7)
    due_now()
    with clock.frozen(at(8)):
        send_all()
    assert len(robot.got) == 2


def test_a_unit_s_channel_gets_a_matter_once_and_only_chosen_categories(office, robot, proposed) -> None:
    Setting.objects.create(unit=office.unit, head=office.signer)
    channel(office, "signer", unit=office.unit.pk, categories=("document",))
    channel(office, "signer", unit=office.unit.pk, categories=("work",))
    office.to_effect(proposed("mark"))
    from server.messages.conftest import carry_on

    carry_on()
    send_all()
    assert len(robot.got) == Delivery.objects.count() == 2, "notice and decision were served, once each"


def test_only_the_head_sets_up_the_unit_s_channels(office) -> None:
    with refused("channel.none"):
        channel(office, "handler", unit=office.unit.pk)
    Setting.objects.create(unit=office.unit, head=office.signer)
    row = channel(office, "signer", unit=office.unit.pk)
    with refused("channel.none"):
        services.channel_remove(channel=row.pk, user=office.handler)
    with refused("channel.none"):
        services.channel_switch(channel=channel(office).pk, active=False, user=office.signer)


def test_an_address_is_sealed_and_never_in_the_ledger(office) -> None:
    row = channel(office)
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM notices_channel")
        assert KEY not in cursor.fetchone()[0]
    assert (str(row.address), row.hint) == ("******", "***cdef")
    services.channel_change(channel=row.pk, wanted=Wanted("wecom", "另一个名字", ""), user=office.firm)
    row = Channel.objects.get()
    assert (row.name, row.address.reveal()) == ("另一个名字", KEY), "left empty, the address stays"
    assert Leaf.objects.filter(action__startswith="messages.channel").count() == 2
    assert KEY not in "".join(str(leaf.__dict__) for leaf in Leaf.objects.all())


def test_another_kind_needs_its_own_address(office) -> None:
    row = channel(office)
    with refused("channel.address"):
        services.channel_change(channel=row.pk, wanted=Wanted("feishu", "x", ""), user=office.firm)


def test_so_many_channels_and_whole_quiet_hours(office) -> None:
    with refused("channel.quiet"):
        channel(office, quiet_from=dt.time(22))
    with refused("value.missing"):
        channel(office, name=" ")
    for _ in range(services.CHANNELS_EACH):
        channel(office)
    with refused("channel.many"):
        channel(office)


def test_no_channel_no_job(office) -> None:
    tell("qualification.flagged", code="D101B")
    assert not Job.objects.filter(kind=sending.JOB).exists()
