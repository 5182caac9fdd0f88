"""The administrators' pages: a secret is shown once, what was refused is told, nobody else gets in."""

# ruff: noqa: ARG001 - fixtures are asked for by name

from __future__ import annotations

import json

import pytest
from django.test import Client

from server.events.conftest import FIRM, SITE, drain
from server.events.test_push import ACCIDENT, PATH, Feed
from zhulian.server.accounts.models import Division, OrganisationUnit, User
from zhulian.server.common import outbox
from zhulian.server.common.models import Event
from zhulian.server.common.permissions import Role
from zhulian.server.events import sending
from zhulian.server.events.models import Sending, Subscription, System

SHOWN = "密钥只在这里显示一次"


@pytest.fixture
def admin(today) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("root", password="a-long-password", role=Role.ADMINISTRATOR))
    return client


@pytest.fixture
def unit(today) -> OrganisationUnit:
    return OrganisationUnit.objects.create(name="青岛市某局", division=Division.objects.get(pk="370200"))


def test_a_system_is_registered_and_its_secret_shown_once(admin, unit) -> None:
    assert "还没有对接系统" in admin.get("/events/systems").content.decode()
    data = {"name": "应急快报", "owner": unit.pk, "types": ["site.accident.reported"]}
    page = admin.post("/events/systems/new", data).content.decode()
    row = System.objects.get()
    assert SHOWN in page
    assert row.secret.reveal() in page
    assert row.secret.reveal() not in admin.get(f"/events/systems/{row.pk}").content.decode()
    again = admin.post("/events/systems/new", data)
    assert (again.status_code, "这个名称已有" in again.content.decode()) == (422, True)
    renewed = admin.post(f"/events/systems/{row.pk}/secret").content.decode()
    assert "七天内仍可使用" in renewed
    admin.post(f"/events/systems/{row.pk}", {"types": ["site.hazard.found"]})
    admin.post(f"/events/systems/{row.pk}/switch")
    row.refresh_from_db()
    assert (row.types, row.active) == (["site.hazard.found"], False)


def test_what_was_refused_is_told_on_the_page(admin, today) -> None:
    feed = Feed("应急")
    feed.push({"type": "site.accident.reported", "data": ACCIDENT | {"deaths": "<b>"}})
    page = admin.get(f"/events/systems/{feed.system.pk}").content.decode()
    assert "死亡人数" in page
    assert "&lt;b&gt;" in page
    assert "应急" in admin.get("/events/systems").content.decode()


def test_a_subscription_is_made_stopped_and_its_log_read(admin, record, settings) -> None:
    bad = {"name": "招投标", "url": "http://10.0.0.1/", "types": ["site.hazard.found"], "division": "没有这个地方"}
    refused = admin.post("/events/subscriptions/new", bad)
    assert refused.status_code == 422
    assert "不能使用" in refused.content.decode()
    good = bad | {"url": "https://hooks.example.com/x", "division": "370200"}
    page = admin.post("/events/subscriptions/new", good).content.decode()
    row = Subscription.objects.get()
    assert SHOWN in page
    record("enterprise", enterprise=FIRM, name="青岛某建设有限公司", region="370202")
    record("hazard", hazard_no="H1", enterprise=FIRM, project=SITE, level="重大", found_on="2025-05-20")
    Sending.objects.update(state="given_up")
    log = admin.get(f"/events/subscriptions/{row.pk}?state=given_up").content.decode()
    assert "site.hazard.found" in log
    assert "再发一次" in log
    admin.post(f"/events/subscriptions/{row.pk}/sendings/{Sending.objects.get().pk}/again")
    assert Sending.objects.get().state == "waiting"
    admin.post(f"/events/subscriptions/{row.pk}/edit", good | {"name": "省招投标"})
    admin.post(f"/events/subscriptions/{row.pk}/switch")
    page = admin.get("/events/subscriptions").content.decode()
    assert "省招投标" in page
    assert "已暂停" in page
    admin.post(f"/events/subscriptions/{row.pk}/switch")
    row.refresh_from_db()
    assert row.active


@pytest.mark.parametrize(
    "path", ["systems", "systems/new", "systems/1", "subscriptions", "subscriptions/new", "subscriptions/1"]
)
def test_others_do_not_get_in(client, today, path) -> None:
    assert client.get(f"/events/{path}").status_code == 302
    client.force_login(User.objects.create_user("city", password="a-long-password", role=Role.CITY))
    assert client.get(f"/events/{path}").status_code == 403


def test_a_dead_letter_of_a_push_is_seen_replayed_in_order_and_discarded_with_a_reason(
    admin, record, monkeypatch
) -> None:
    """What a handler cannot carry on waits in sight, with everything of its enterprise behind it."""
    feed = Feed("应急")
    failing = {"on": True}

    def stumble(event: outbox.Event) -> None:
        if failing["on"] and event.type == "site.accident.reported":
            raise ValueError("a rule with a fault")

    monkeypatch.setitem(outbox.handlers["site.accident.reported"], "test.stumble", stumble)
    feed.one("site.accident.reported", **ACCIDENT)
    for _ in range(8):
        Event.objects.filter(state="pending").update(due_at=None)
        drain()
    row = Event.objects.get(type="site.accident.reported")
    assert row.state == "dead"
    feed.one("site.accident.concluded", **ACCIDENT, concluded_on="2025-06-01", responsible=True)
    page = admin.get("/common/deadletters").content.decode()
    assert "site.accident.reported" in page
    assert "a rule with a fault" in page
    failing["on"] = False
    assert admin.post(f"/common/deadletters/{row.sequence}/discard", {"reason": " "}).status_code == 422
    admin.post(f"/common/deadletters/{row.sequence}/replay")
    drain()
    done = Event.objects.filter(state="done", type__startswith="site.").order_by("sequence")
    assert list(done.values_list("type", flat=True)) == ["site.accident.reported", "site.accident.concluded"]


def test_the_catalogue_of_types_is_open(client, today) -> None:
    found = {kind["name"]: kind for kind in client.get("/api/v1/event-types").json()}
    assert found["site.accident.reported"]["pushed"]
    assert not found["qualification.withdrawn"]["pushed"]
    assert client.get(PATH).status_code == 405
    assert json.dumps(found)
    assert sending.ATTEMPTS > 1
