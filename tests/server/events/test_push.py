"""Pushed events: signed, once, told item by item; forged, replayed, reordered and doubled ones do no harm."""

# ruff: noqa: ARG001 - fixtures are asked for by name

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.events.conftest import FIRM, SITE, TODAY, drain, told, types
from server.exchange.conftest import credit_code
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage import EVENT_TYPES
from zhulian.server.accounts.models import Division, OrganisationUnit
from zhulian.server.common import clock
from zhulian.server.common.models import Event
from zhulian.server.events import signing, systems
from zhulian.server.events.models import Nonce, Push, System
from zhulian.server.events.rows import ROW_STORIES
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Accident, CreditRecord, Hazard, Provisional, Source

PATH = "/api/v1/events"
USCC = credit_code(7)
DOMAIN = ("market.", "site.", "credit.")
ACCIDENT = {"enterprise": USCC, "project": "P-1", "occurred_on": "2025-05-30", "deaths": 1}
HAZARD = {"hazard_no": "H1", "enterprise": USCC, "project": "P-1"}


class Feed:
    """A system with its key that pushes."""

    def __init__(self, name: str, types: tuple[str, ...] = systems.PUSHED_TYPES) -> None:
        unit, _ = OrganisationUnit.objects.get_or_create(name="某局", division=Division.objects.get(pk="370202"))
        self.system, self.secret = systems.system_create(
            name=name, owner=unit, types=types, actor="user:1", at=clock.now()
        )
        self.client = Client(enforce_csrf_checks=True)

    def headers(self, body: bytes, **changed: str) -> dict[str, str]:
        timestamp = int(clock.machine_now().timestamp()) + int(changed.pop("ahead", "0"))
        nonce = changed.pop("nonce", secrets.token_urlsafe(16))
        signature = signing.signature(
            changed.pop("secret", self.secret),
            method="POST",
            target=changed.pop("target", PATH),
            timestamp=timestamp,
            nonce=nonce,
            body=body,
        )
        return {
            "Zhulian-Key": self.system.key_id,
            "Zhulian-Timestamp": str(timestamp),
            "Zhulian-Nonce": nonce,
            "Zhulian-Signature": signature,
            "Idempotency-Key": changed.pop("key", secrets.token_urlsafe(8)),
        } | changed

    def send(self, body: bytes, headers: dict[str, str], target: str = PATH) -> Any:
        return self.client.post(target, body, content_type="application/json", headers=headers)

    def push(self, *items: Any, **changed: str) -> Any:
        body = json.dumps(list(items)).encode()
        return self.send(body, self.headers(body, **changed))

    def one(self, type_: str, **data: Any) -> dict[str, Any]:
        """Push one item; its outcome. What follows is carried on."""
        found = self.push({"type": type_, "data": data}).json()["items"][0]
        drain()
        return found


@pytest.fixture
def feed(today) -> Callable[..., Feed]:
    return Feed


def fields(outcome: dict[str, Any]) -> list[tuple[str, str]]:
    assert outcome["status"] == "refused"
    assert all(wrong["message"] and wrong["cure"] for wrong in outcome["errors"])
    return [(wrong["field"], wrong["code"]) for wrong in outcome["errors"]]


def test_an_accident_becomes_a_row_and_the_row_tells_the_event(feed) -> None:
    outcome = feed("应急").one("site.accident.reported", **ACCIDENT)
    assert (outcome["status"], outcome["event"]) == ("accepted", None)
    row = Accident.objects.known().get()
    assert (row.deaths, row.occurred_on) == (1, dt.date(2025, 5, 30))
    assert Source.objects.get(pk=row.source_id).feed == "应急"
    assert types(*DOMAIN) == ["site.accident.reported"]
    assert Leaf.objects.filter(action="events.push.take").count() == 1


def test_two_feeds_and_a_file_report_one_accident(feed, record) -> None:
    feed("应急").one("site.accident.reported", **ACCIDENT, accident_no="YJ-1")
    second = feed("住建").one("site.accident.reported", **(ACCIDENT | {"deaths": 2}), accident_no="ZJ-9")
    assert second["status"] == "known"
    assert second["event"] == str(Event.objects.get(type="site.accident.reported").id)
    assert set(Accident.objects.known().values_list("accident_no", flat=True)) == {"YJ-1"}
    assert Accident.objects.at(TODAY).get().deaths == 2
    record("accident", accident_no="F-3", enterprise=USCC, project=SITE, occurred_on="2025-05-30")
    assert types(*DOMAIN) == ["site.accident.reported"]


def test_two_reports_of_one_accident_in_one_batch(feed) -> None:
    items = [{"type": "site.accident.reported", "data": ACCIDENT | more} for more in ({}, {"accident_no": "A9"})]
    assert feed("应急").push(*items).status_code == 200
    drain()
    assert Accident.objects.known().values("accident_no").distinct().count() == 1
    assert types(*DOMAIN) == ["site.accident.reported"]


def test_the_conclusion_before_the_report(feed) -> None:
    one = feed("应急")
    one.one("site.accident.concluded", **ACCIDENT, concluded_on="2025-06-01", responsible=True)
    one.one("site.accident.reported", **ACCIDENT)
    assert types(*DOMAIN) == ["site.accident.reported", "site.accident.concluded"]


def test_a_hazard_is_closed_without_repeating_what_is_known(feed) -> None:
    one = feed("工地")
    early = one.one("site.hazard.closed", **HAZARD, closed_on="2025-06-01")
    assert fields(early) == [("hazard_no", "event.hazard_unknown")]
    one.one("site.hazard.found", **HAZARD, level="重大", found_on="2025-05-20", due_on="2025-06-10")
    assert fields(one.one("site.hazard.overdue", **HAZARD)) == [("due_on", "event.not_due")]
    one.one("site.hazard.closed", **HAZARD, closed_on="2025-06-01")
    assert Hazard.objects.known().get().closed_on == dt.date(2025, 6, 1)
    assert types(*DOMAIN) == ["site.hazard.found", "site.hazard.closed"]


def test_a_hazard_that_is_overdue_is_pushed_or_told_by_time_once(feed) -> None:
    one = feed("工地")
    one.one("site.hazard.found", **HAZARD, level="重大", found_on="2025-05-20")
    assert one.one("site.hazard.overdue", **HAZARD, due_on="2025-05-31")["status"] == "accepted"
    assert types(*DOMAIN) == ["site.hazard.found", "site.hazard.overdue"]
    again = one.one("site.hazard.overdue", **HAZARD, due_on="2025-05-31")
    assert again["status"] == "known"


def test_a_number_belongs_to_one_enterprise(feed) -> None:
    one = feed("工地")
    one.one("site.hazard.found", **HAZARD, level="重大", found_on="2025-05-20")
    stolen = HAZARD | {"enterprise": credit_code(8)}
    assert fields(one.one("site.hazard.closed", **stolen, closed_on="2025-06-01")) == [
        ("hazard_no", "event.number_taken")
    ]
    assert Hazard.objects.known().get().closed_on is None


@pytest.mark.parametrize("type_", [t for t in ROW_STORIES if t.startswith("market.") and t != "market.tender.won"])
def test_a_decision_becomes_a_credit_record(feed, type_) -> None:
    data = {"enterprise": USCC, "record_no": "C1", "effective_on": "2025-05-01", "document_no": "青建罚〔2025〕1号"}
    if type_ == "market.contract.illegal":
        data["act"] = "转包"
    assert feed("执法").one(type_, **data)["status"] == "accepted"
    assert CreditRecord.objects.known().get().document_no == "青建罚〔2025〕1号"
    assert types(*DOMAIN) == [type_, "credit.recorded"]


def test_a_tender_won(feed) -> None:
    feed("招投标").one("market.tender.won", enterprise=USCC, project="P-1", tender_no="T1", on="2025-05-28")
    assert [t for t, d in told(*DOMAIN) if d["tender_no"] == "T1"] == ["market.tender.won"]


PRESENCE = {"post": "项目负责人", "month": "2025-05-01", "present_days": 3, "required_days": 22}


def test_what_no_table_holds_is_an_event_and_names_whom_we_know(feed, record) -> None:
    one = feed("实名制")
    who = {"enterprise": USCC, "project": "P-1"}
    assert fields(one.one("site.presence.short", **who, **PRESENCE)) == [
        ("enterprise", "event.subject_unknown"),
        ("project", "event.subject_unknown"),
    ]
    record("hazard", hazard_no="H", enterprise=USCC, project=SITE, level="一般", found_on="2025-05-01")
    outcome = one.one("site.presence.short", **who, **PRESENCE)
    row = Event.objects.get(type="site.presence.short")
    assert (outcome["status"], outcome["event"]) == ("accepted", str(row.id))
    assert row.subject == f"enterprise:{row.data['enterprise']}"
    ours = {"enterprise": row.data["enterprise"], "project": row.data["project"]}
    assert one.one("site.presence.short", **ours, **PRESENCE)["status"] == "known", "by our numbers"


def test_an_unknown_subject_of_a_row_waits_as_one_of_a_file_does(feed) -> None:
    feed("应急").one("site.accident.reported", **ACCIDENT)
    assert not Provisional.objects.exists(), "a credit code is sure"
    assert Event.objects.get(type="site.accident.reported").subject.startswith("enterprise:")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"enterprise": "某某建设有限公司"}, ("enterprise", "id.uscc")),
        ({"enterprise": "name:某某建设有限公司@山东省"}, ("enterprise", "event.subject_form")),
        ({"enterprise": "91370200000000100X"}, ("enterprise", "id.uscc")),
        ({"enterprise": 424242}, ("enterprise", "event.subject_unknown")),
        ({"enterprise": None}, ("enterprise", "event.field_missing")),
        ({"enterprise": True}, ("enterprise", "event.field_value")),
        ({"project": "name:某大厦@370202"}, ("project", "event.subject_form")),
        ({"occurred_on": "2025-05-32"}, ("occurred_on", "event.field_value")),
        ({"occurred_on": "20250530"}, ("occurred_on", "event.field_value")),
        ({"occurred_on": "2025-06-03"}, ("occurred_on", "event.future")),
        ({"deaths": -1}, ("deaths", "event.field_value")),
        ({"deaths": "1"}, ("deaths", "event.field_value")),
        ({"deaths": 2**70}, ("deaths", "event.field_value")),
        ({"concealed": "否"}, ("concealed", "event.field_value")),
        ({"accident_no": "x\u0000y"}, ("accident_no", "event.field_value")),
        ({"accident_no": "x" * 61}, ("accident_no", "value.too_long")),
        ({"dead": 1}, ("dead", "event.field_unknown")),
    ],
)
def test_each_error_names_its_field_and_the_others_are_taken(feed, changed, expected) -> None:
    good = {"type": "site.accident.reported", "data": ACCIDENT | {"occurred_on": "2025-05-01"}}
    answer = feed("应急").push({"id": "1", "type": "site.accident.reported", "data": ACCIDENT | changed}, good)
    assert answer.status_code == 207
    found = answer.json()
    assert (found["accepted"], found["refused"]) == (1, 1)
    assert fields(found["items"][0]) == [expected]
    assert Accident.objects.known().get().occurred_on == dt.date(2025, 5, 1)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"type": "qualification.withdrawn", "data": {}}, "event.not_pushed"),
        ({"type": "no.such.thing", "data": {}}, "event.type_unknown"),
        ({"type": "market.tender.won", "data": {}}, "event.not_yours"),
        ({"type": "site.accident.reported"}, "event.item"),
        ("text", "event.item"),
        (None, "event.item"),
        ({"type": ["x"], "data": {}}, "event.type_unknown"),
    ],
)
def test_items_that_are_none(feed, item, code) -> None:
    answer = feed("应急", types=("site.accident.reported",)).push(item)
    assert answer.status_code == 207
    assert [wrong["code"] for wrong in answer.json()["items"][0]["errors"]] == [code]


def item(day: str = "2025-05-30") -> dict[str, Any]:
    return {"type": "site.accident.reported", "data": ACCIDENT | {"occurred_on": day}}


def test_the_same_batch_again_gets_the_same_answer_and_does_nothing(feed) -> None:
    one = feed("应急")
    first = one.push(item(), key="k1")
    second = one.push(item(), key="k1")
    assert first.json() == second.json()
    assert (first["Idempotency-Replayed"], second["Idempotency-Replayed"]) == ("false", "true")
    assert (Push.objects.count(), Accident.objects.count()) == (1, 1)
    other = one.push(item("2025-05-29"), key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "push.key_used")
    assert feed("住建").push(item("2025-05-29"), key="k1").status_code == 200, "keys are each sender's own"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"secret": "guessed"}, "signature.wrong"),
        ({"Zhulian-Key": "0" * 16}, "signature.wrong"),
        ({"Zhulian-Signature": "0" * 64}, "signature.wrong"),
        ({"Zhulian-Signature": "x"}, "signature.header"),
        ({"Zhulian-Nonce": "other-nonce-than-signed"}, "signature.wrong"),
        ({"Zhulian-Nonce": "short"}, "signature.header"),
        ({"Zhulian-Timestamp": "1"}, "signature.time"),
        ({"Zhulian-Timestamp": "now"}, "signature.header"),
        ({"ahead": "-301"}, "signature.time"),
        ({"ahead": "305"}, "signature.time"),
    ],
)
def test_forged_requests(feed, changed, code) -> None:
    answer = feed("应急").push(item(), **changed)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert not Push.objects.exists()
    assert not Nonce.objects.exists()


def test_another_body_under_a_good_signature(feed) -> None:
    one = feed("应急")
    headers = one.headers(json.dumps([item()]).encode())
    assert one.send(json.dumps([item("2025-01-01")]).encode(), headers).json()["code"] == "signature.wrong"


@pytest.mark.parametrize("query", ["?a=1", "?", "?a=1&a=1", "?%00", "?a=%31"])
def test_another_query_under_a_good_signature(feed, query) -> None:
    one = feed("应急")
    body = json.dumps([item()]).encode()
    for signed, sent in ((PATH, PATH + query), (PATH + query, PATH), (PATH + query, PATH + query + "&b=1")):
        answer = one.send(body, one.headers(body, target=signed), sent)
        assert answer.status_code == (200 if signed == sent.rstrip("?") else 400 if "%00" in sent else 401), sent
        assert Push.objects.exists() == (signed == sent.rstrip("?"))
        Push.objects.all().delete()


def test_a_query_that_was_signed_is_taken(feed) -> None:
    one = feed("应急")
    body = json.dumps([item()]).encode()
    target = f"{PATH}?from=%E5%BA%94%E6%80%A5&b=a%2fb"
    assert one.send(body, one.headers(body, target=target), target).status_code == 200


def test_a_request_is_taken_once(feed) -> None:
    one = feed("应急")
    body = json.dumps([item()]).encode()
    headers = one.headers(body)
    assert one.send(body, headers).status_code == 200
    again = one.send(body, headers | {"Idempotency-Key": "another"})
    assert (again.status_code, again.json()["code"]) == (401, "signature.replayed")
    Nonce.objects.update(at=clock.machine_now() - dt.timedelta(minutes=12))
    assert one.push(item("2025-05-01")).status_code == 200
    assert Nonce.objects.count() == 1, "what no signature in time can repeat is forgotten"


def test_a_new_secret_and_a_stopped_system(feed) -> None:
    one = feed("应急")
    fresh = systems.system_secret_renew(system=one.system.pk, actor="user:1", at=clock.now())
    assert one.push(item()).status_code == 200, "the old one goes on for a while"
    assert one.push(item(), secret=fresh).status_code == 200
    System.objects.update(old_until=clock.machine_now())
    assert one.push(item()).status_code == 401
    systems.system_change(
        system=one.system.pk, types=["site.accident.reported"], active=False, actor="user:1", at=clock.now()
    )
    assert one.push(item(), secret=fresh).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "push.json"),
        (b"{}", 400, "push.json"),
        (b"[" * 100_000, 400, "push.json"),
        (b"\xff\xfe", 400, "push.json"),
        (b"[]", 413, "push.size"),
        (json.dumps([0] * 1001).encode(), 413, "push.size"),
        (b"[" + b" " * 3_000_000 + b"]", 413, "request.too_large"),
    ],
)
def test_bodies_that_are_no_batch(feed, body, status, code) -> None:
    one = feed("应急")
    answer = one.send(body, one.headers(body))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("key", ["", "x" * 81, "a b"])
def test_a_batch_has_a_key(feed, key) -> None:
    answer = feed("应急").push(item(), key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "push.key")


def test_a_full_batch_is_taken(feed) -> None:
    first = dt.date(2020, 1, 1)
    items = [item((first + dt.timedelta(days=n)).isoformat()) for n in range(1000)]
    assert feed("应急").push(*items).json()["accepted"] == 1000
    assert Accident.objects.count() == 1000


def test_the_demonstration_pushes_its_events_once(record, tmp_path) -> None:
    from zhulian.cli.town_events import events_push
    from zhulian.server.accounts.services import accounts_demo_create

    accounts_demo_create()
    record("hazard", hazard_no="H", enterprise=USCC, project=SITE, level="一般", found_on="2025-05-01")
    data = {"enterprise": USCC, "project": "P-1"} | PRESENCE
    lines = [{"id": "1", "type": "site.presence.short", "data": data}, {"type": "nothing", "data": {}}]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    assert events_push(file, actor="system:demo") == (1, 1)
    assert events_push(file, actor="system:demo") == (1, 1)
    assert types("site.presence") == ["site.presence.short"]
    assert (System.objects.count(), Push.objects.count()) == (1, 1)


def test_secrets_stand_nowhere_in_plain(feed) -> None:
    one = feed("应急")
    assert not Leaf.objects.filter(content__contains=one.secret).exists()
    with pytest.raises(ZhulianError, match=r"."):
        systems.system_create(
            name="x", owner=one.system.owner, types=["permit.expired"], actor="user:1", at=clock.now()
        )


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers(), max_size=2),
    st.sampled_from([USCC, "P-1", "2025-05-30", "重大", FIRM, "id_no:37020219900101001X", "\ud800", "name:@"]),
)  # fmt: skip
ITEMS = st.sampled_from(sorted(systems.PUSHED_TYPES)).flatmap(
    lambda t: st.fixed_dictionaries(
        {"type": st.just(t), "id": VALUES},
        optional={
            "data": st.dictionaries(st.sampled_from([f.name for f in EVENT_TYPES[t].fields] + ["x\x00"]), VALUES)
        },
    )
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(st.one_of(ITEMS, VALUES), min_size=1, max_size=5))
def test_whatever_is_pushed_is_answered(fuzzed, items) -> None:
    with transaction.atomic():
        answer = fuzzed.push(*items)
        assert answer.status_code in {200, 207}
        found = answer.json()
        assert found["accepted"] + found["known"] + found["refused"] == len(items) == len(found["items"])
        transaction.set_rollback(True)


@pytest.fixture
def fuzzed(feed) -> Feed:
    return feed("乱码")
