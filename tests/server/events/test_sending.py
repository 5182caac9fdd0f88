"""Events sent out: signed, in order, once noted; failures back off, end visibly, and lead nowhere inside."""

# ruff: noqa: ARG001 - fixtures are asked for by name

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import transaction

from server.events.conftest import BOSS, FIRM, SITE, TODAY, drain
from server.exchange.conftest import credit_code
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock, dispatch, jobs, outbox
from zhulian.server.common.models import Event
from zhulian.server.events import addresses, sending, signing, subscriptions
from zhulian.server.events.models import Sending, SendingAttempt, Subscription
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Identity

USCC = credit_code(7)
FOUND, CLOSED = "site.hazard.found", "site.hazard.closed"


class Receiver:
    """Another system's address: keeps what it gets, answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes, str]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body, self.path))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Location", "http://169.254.169.254/")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}/hook?x=1"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body, _ in self.got]


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.WEBHOOK_HOSTS = frozenset({"localhost"})
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


def subscribe(url: str, *types: str, division: str = "", name: str = "招投标平台") -> tuple[Subscription, str]:
    wanted = subscriptions.Wanted(name, url, types or (FOUND, CLOSED), division)
    return subscriptions.subscription_create(wanted=wanted, actor="user:1", at=clock.now())


def hazard(record, number: str = "H1", **more: str) -> None:
    given = {"hazard_no": number, "enterprise": FIRM, "project": SITE, "level": "重大", "found_on": "2025-05-20"}
    record("hazard", **(given | more))


def send_all() -> None:
    """Run the job until nothing is due."""
    while (held := sending._hold()) is not None:
        sending._note(held, sending._send(held))


def again() -> None:
    Sending.objects.filter(state="waiting").update(due_at=clock.machine_now())


def test_a_subscriber_gets_the_event_signed_and_without_our_numbers(record, receiver) -> None:
    row, secret = subscribe(receiver.url)
    record("enterprise", enterprise=FIRM, name="青岛某建设有限公司", region="370202", uscc=USCC)
    hazard(record)
    send_all()
    ((headers, body, path),) = receiver.got
    found = signing.signed(headers)
    assert found.key == row.key_id
    assert path == "/hook?x=1"
    assert signing.fits(found, secret, method="POST", target="/hook?x=1", body=body)
    assert not signing.fits(found, secret, method="POST", target="/hook", body=body), "the query is signed too"
    told = json.loads(body)
    assert (told["specversion"], told["type"]) == ("1.0", FOUND)
    assert told["data"]["enterprise"] == USCC
    assert told["data"]["enterprise_name"] == "青岛某建设有限公司"
    assert told["id"] == str(Event.objects.get(type=FOUND).id)
    assert Sending.objects.get().state == "sent"
    assert SendingAttempt.objects.get().status == 204


def test_the_job_sends_and_the_schedule_starts_it_again(record, receiver) -> None:
    subscribe(receiver.url)
    hazard(record)
    while dispatch.jobs_step():
        pass
    assert receiver.types() == [FOUND]
    assert jobs.rhythms[subscriptions.JOB].every == 1


def test_nobody_is_told_about_persons(record, receiver) -> None:
    subscribe(receiver.url, "person.left")
    record("registration", person=BOSS, enterprise=FIRM, kind="一级注册建造师", specialty="建筑工程", end_reason="注销")
    send_all()
    person = Identity.objects.get(subject_kind="person").subject_id
    told = json.loads(receiver.got[0][1])
    assert "person" not in told["data"]
    assert f"person:{person}" not in receiver.got[0][1].decode()


def test_only_what_was_asked_for_and_only_of_the_division(record, receiver) -> None:
    subscribe(receiver.url, FOUND, division="370200")
    subscribe(receiver.url, CLOSED, name="另一个")
    record("enterprise", enterprise=FIRM, name="青岛某建设有限公司", region="370202")
    record("enterprise", enterprise="QY_ID:2", name="西安某建设有限公司", region="610102")
    hazard(record)
    hazard(record, "H2", enterprise="QY_ID:2", project="project_code:P-9")
    send_all()
    assert [json.loads(body)["data"]["hazard_no"] for _, body, _ in receiver.got] == ["H1"]


def test_an_event_carried_on_twice_is_noted_once(record, receiver) -> None:
    subscribe(receiver.url)
    hazard(record)
    row = Event.objects.get(type=FOUND)
    with transaction.atomic():
        sending.note(outbox.Event(row.type, row.subject, row.data, id=row.id))
    assert Sending.objects.count() == 1


def test_what_fails_waits_longer_each_time_and_those_behind_it_wait_too(record, receiver) -> None:
    subscribe(receiver.url)
    receiver.answers = [500, 302]
    hazard(record)
    hazard(record, closed_on="2025-06-01")
    hazard(record, "H2", enterprise="QY_ID:2", project="project_code:P-9")
    send_all()
    assert receiver.types() == [FOUND, FOUND], "the closing waits behind its finding, the other enterprise does not"
    send_all()
    assert len(receiver.got) == 2, "nothing is due"
    again()
    send_all()
    assert receiver.types() == [FOUND, FOUND, FOUND, CLOSED, FOUND]
    assert list(SendingAttempt.objects.order_by("pk").values_list("status", flat=True)) == [500, 302, 204, 204, 204]
    assert not Sending.objects.exclude(state="sent").exists()


def test_after_too_many_attempts_it_is_given_up_and_can_be_sent_again(record, receiver) -> None:
    subscribe(receiver.url)
    receiver.answers = [500] * sending.ATTEMPTS
    hazard(record)
    for _ in range(sending.ATTEMPTS):
        again()
        send_all()
    stuck = Sending.objects.get()
    assert (stuck.state, stuck.attempts) == ("given_up", sending.ATTEMPTS)
    subscriptions.sending_again(sending=stuck.pk, actor="user:1", at=clock.now())
    send_all()
    assert Sending.objects.get().state == "sent"
    with pytest.raises(ZhulianError, match="已经送达"):
        subscriptions.sending_again(sending=stuck.pk, actor="user:1", at=clock.now())


def test_a_subscription_that_fails_and_fails_is_stopped_and_started_again(record, receiver, monkeypatch) -> None:
    monkeypatch.setattr(sending, "FAILURES", 3)
    row, _ = subscribe(receiver.url)
    receiver.answers = [500] * 3
    hazard(record)
    for _ in range(5):
        again()
        send_all()
    row.refresh_from_db()
    assert (row.active, row.failures, len(receiver.got)) == (False, 3, 3)
    assert "应答 500" in row.stopped_reason
    assert Leaf.objects.filter(action="events.subscription.stop", actor=sending.ACTOR).count() == 1
    subscriptions.subscription_start(subscription=row.pk, actor="user:1", at=clock.now())
    send_all()
    assert Sending.objects.get().state == "sent"


def test_a_sending_held_by_a_killed_process_is_taken_again(record, receiver) -> None:
    subscribe(receiver.url)
    hazard(record)
    assert sending._hold() is not None
    assert sending._hold() is None, "nobody else takes it meanwhile"
    again()
    send_all()
    assert receiver.types() == [FOUND]


def test_an_answer_that_comes_late_does_not_give_up_what_another_sender_delivered(record, receiver) -> None:
    subscribe(receiver.url)
    hazard(record)
    slow = sending._hold()
    Sending.objects.update(attempts=sending.ATTEMPTS - 2)
    again()
    send_all()
    sending._note(slow, addresses.Reply(None, "TimeoutError", 10_000))
    assert Sending.objects.get().state == "sent"
    assert Sending.objects.get().tries.count() == 2, "the late attempt is kept as one"
    assert Subscription.objects.get().failures == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https://user:password@example.com/",
        "https://example.com/#x",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/\nHost: x",
        "https://例子.com/",
        "javascript:alert(1)",
        "https://example.com/" + "x" * 500,
    ],
)
def test_addresses_of_a_wrong_form(today, url) -> None:
    with pytest.raises(ZhulianError, match="不能使用"):
        subscribe(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_no_way_inside_whatever_the_name_says(monkeypatch, settings, address) -> None:
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
    inside = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [public, inside])
    with pytest.raises(ZhulianError, match="内网"):
        addresses.place_of("https://hooks.example.com/x")
    settings.WEBHOOK_HOSTS = frozenset({"hooks.example.com"})
    assert addresses.place_of("https://hooks.example.com/x").connect_to == "93.184.216.34"


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch) -> None:
    asked: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], *_: Any) -> None:
        asked.append(address)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "create_connection", connect)
    place = addresses.Place("https", "hooks.example.com", 8443, "/x", "93.184.216.34")
    reply = addresses.post(place, body=b"{}", headers={})
    assert asked == [("93.184.216.34", 8443)]
    assert (reply.good, reply.status) == (False, None)
    assert "no network" in reply.error


def test_an_address_that_turned_private_is_an_attempt_that_failed(record, monkeypatch) -> None:
    subscribe("https://hooks.example.com/")
    inside = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [inside])
    hazard(record)
    send_all()
    assert "内网" in SendingAttempt.objects.get().error
    drain()
    assert Sending.objects.get().state == "waiting"
    assert clock.today() == TODAY
