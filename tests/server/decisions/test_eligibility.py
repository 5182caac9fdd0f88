"""May it bid? What refuses and what does not, on which day; the interface, single and in batches; the client."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from server.decisions.world import AT, FIRM, MONDAY, PROJECT, USCC, Office, restored
from zhulian.server.common import clock, outbox
from zhulian.server.decisions import selectors, services
from zhulian.server.decisions.eligibility import LIMIT, PURPOSES, Asked
from zhulian.server.registry.merging.services import subjects_merge
from zhulian.server.registry.models import Enterprise, Identity, Subject

UNKNOWN = "913702000000002000"


def allowed(purpose: str, code: str = "", *, on: dt.date | None = None, project: int | None = None) -> bool | None:
    return selectors.eligibility(USCC, purpose, code, on=on or clock.today(), project=project).allowed


@pytest.fixture
def ask(office: Office, client: Client) -> Client:
    client.force_login(office.handler, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


class TestWhatRefuses:
    def test_nothing_before_service_and_nothing_that_is_only_proposed(self, office: Office, proposed) -> None:
        row = proposed("suspend")
        document = office.to_signature(row, days=30)
        with clock.frozen(document.signed_on):
            assert {allowed(p) for p in PURPOSES} == {True}
            office.serve(document)
            assert {p: allowed(p) for p in PURPOSES} == {
                "bid": False, "contract": False, "permit": False, "declare": True,
            }  # fmt: skip
        found = selectors.eligibility(USCC, "bid", on=document.signed_on)
        told = found.as_json()["restrictions"][0]
        assert told["document_no"] == document.document_no
        assert told["clause"].startswith("建质〔2008〕121号")
        assert told["until"] == str(document.signed_on + dt.timedelta(days=30))
        assert found.as_json()["facts"]["safety_permit"]["status"] == "暂扣"

    def test_by_qualification(self, office: Office, proposed) -> None:
        office.to_effect(proposed("rectify"))
        day = dt.date(2025, 7, 1)
        assert not allowed("contract", "D101B", on=day)
        assert not allowed("contract", on=day), "who names no qualification is told no: he must say which"
        assert allowed("contract", "D110B", on=day)
        assert [r.act for r in selectors.eligibility(USCC, "contract", "D110B", on=day).elsewhere] == ["rectify"]

    def test_a_stopped_site_refuses_that_site_only(self, office: Office, proposed) -> None:
        office.to_effect(proposed("stop"))
        assert not allowed("permit", project=PROJECT)
        assert allowed("permit")
        assert len(selectors.eligibility(USCC, "permit", on=MONDAY).elsewhere) == 1

    def test_past_days_stay_what_they_were(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("mark"))
        ended = row.effective_from + dt.timedelta(days=5)
        with clock.frozen(ended):
            services.restrictions_end(enterprise=FIRM, cause=restored("qualification.recovered", code="D101B"))
        assert allowed("declare", on=row.effective_from - dt.timedelta(days=1))
        assert not allowed("declare", on=row.effective_from)
        assert not allowed("declare", on=ended - dt.timedelta(days=1))
        assert allowed("declare", on=ended)

    def test_a_term_that_is_over_refuses_no_more_even_before_the_night_s_job(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("bar"))
        assert not allowed("declare", on=row.until)
        assert allowed("declare", on=row.until + dt.timedelta(days=1))

    def test_facts_beside(self, office: Office) -> None:
        del office
        found = selectors.eligibility(USCC, "bid", "D101B", on=MONDAY)
        assert found.qualification == {"code": "D101B", "held": True, "status": "有效", "valid_until": "2028-01-01"}
        assert selectors.eligibility(USCC, "bid", "D201A", on=MONDAY).qualification["held"] is None
        late = selectors.eligibility(USCC, "bid", on=dt.date(2027, 6, 1))
        assert (late.permit["status"], late.allowed) == ("过期", True)


class TestInterface:
    def test_single(self, ask: Client) -> None:
        answer = ask.get(f"/api/v1/eligibility/{USCC}?purpose=bid&code=D101B").json()
        assert (answer["allowed"], answer["name"], answer["restrictions"]) == (True, "青岛甲建筑有限公司", [])
        assert ask.get(f"/api/v1/eligibility/{UNKNOWN}?purpose=bid").status_code == 404
        assert ask.get(f"/api/v1/eligibility/{USCC}?purpose=fly").status_code == 422

    def test_batch_in_the_order_asked(self, ask: Client) -> None:
        items = [{"uscc": u, "purpose": "bid"} for u in (UNKNOWN, USCC)]
        body = ask.post("/api/v1/eligibility", json.dumps({"items": items}), content_type="application/json").json()
        assert [(i["uscc"], i["known"], i["allowed"]) for i in body["items"]] == [
            (UNKNOWN, False, None),
            (USCC, True, True),
        ]
        many = json.dumps({"items": items * (LIMIT // 2) + items[:1]})
        assert ask.post("/api/v1/eligibility", many, content_type="application/json").status_code == 422

    def test_the_number_of_queries_does_not_grow(self, office: Office) -> None:
        del office
        with CaptureQueriesContext(connection) as one:
            selectors.eligibility(USCC, "bid", "D101B", on=MONDAY)
        with CaptureQueriesContext(connection) as many:
            selectors.eligibility_many([Asked(USCC, p, "D101B") for p in PURPOSES] * 250, on=MONDAY)
        assert len(many) == len(one) <= 7

    def test_the_restrictions_are_found_by_the_index(self, office: Office, proposed) -> None:
        office.to_effect(proposed("mark"))
        rows = selectors.effective_on(MONDAY).filter(enterprise__in=[FIRM])
        if connection.vendor == "sqlite":
            assert "decisions_eligibility" in rows.explain()
        else:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
            assert "decisions_eligibility" in rows.explain()

    def test_nobody_asks_without_permission(self, office: Office, client: Client) -> None:
        assert client.get(f"/api/v1/eligibility/{USCC}?purpose=bid").status_code == 401
        client.force_login(office.firm, backend=settings.AUTHENTICATION_BACKENDS[0])
        assert client.get(f"/api/v1/eligibility/{USCC}?purpose=bid").status_code == 200


def test_what_was_decided_about_a_firm_stands_when_it_turns_out_to_be_another(office: Office, proposed) -> None:
    """Two records, one firm: merged, its restriction refuses under either number, and ends by the survivor's facts."""
    survivor, number = 171, "91370200000000200A"
    Subject.objects.create(pk=survivor, kind="enterprise", created_at=AT)
    Enterprise.objects.create(enterprise=survivor, name="青岛甲建筑公司", uscc=number, region="370202", recorded_at=AT)
    Identity.objects.create(
        subject_id=survivor, subject_kind="enterprise", kind="uscc", value=number, active=True, confirmed=True
    )
    row = office.to_effect(proposed("mark"))
    assert row.effective_from is not None
    with clock.frozen(row.effective_from):
        assert selectors.eligibility(number, "declare", on=clock.today()).allowed
        subjects_merge(
            survivor=survivor, gone=FIRM, reason="同一营业执照", codes_checked=True, actor="user:1", at=clock.now()
        )
        for asked in (number, USCC):
            found = selectors.eligibility(asked, "declare", on=clock.today())
            assert (found.allowed, [r.pk for r in found.restrictions or found.elsewhere]) == (False, [row.pk])
        event = outbox.Event(
            "qualification.recovered", f"enterprise:{survivor}", {"enterprise": survivor, "code": "D101B"}
        )
        assert services.restrictions_end(enterprise=survivor, cause=event) == 1
        assert selectors.eligibility(number, "declare", on=clock.today()).allowed
