"""约谈、提示函、挂牌督办、领导交办: started by hand, signed by others, served, reported, closed by another, or taken back."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from dataclasses import replace
from typing import Any

import docx
import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from server.decisions.test_pages import text
from server.decisions.world import FIRM, MONDAY, USCC, Office, committed, refused, told
from zhulian.server.accounts.models import OrganisationUnit
from zhulian.server.acts import selectors, services
from zhulian.server.acts.models import Undertaking
from zhulian.server.common import clock, dispatch
from zhulian.server.decisions import services as decisions
from zhulian.server.decisions.models import Document, Proposal
from zhulian.server.decisions.services import BY_HAND, NO_CLAUSE, Start, proposal_start

DUE = dt.date(2025, 7, 1)


def start(act: str, **more: Any) -> Start:
    given = {"reason": "六月以来两次被投诉。", "due_on": DUE, "time": "2025-06-09 09:00", "place": "三楼会议室"}
    return Start(**({"key": uuid.uuid4(), "act": act, "enterprise": FIRM} | given | more))


def signed(office: Office, act: str) -> tuple[Proposal, Document]:
    row = proposal_start(start=start(act), user=office.handler)
    office.move(draft(office, row), "submit", "handler")
    office.move(row, "review", "reviewer")
    document = office.sign(row)
    drain()
    return row, document


def draft(office: Office, row: Proposal) -> Proposal:
    return decisions.proposal_draft(
        proposal=row.pk, seen=row.revision, facts=row.facts, grounds="需要当面说明。", term_days=None, copies="",
        user=office.handler,
    )  # fmt: skip


def drain() -> None:
    while dispatch.events_dispatch():
        pass


@pytest.fixture
def supervised(office: Office) -> Undertaking:
    _, document = signed(office, "supervise")
    office.serve(document)
    return Undertaking.objects.get()


def move(row: Undertaking, action: str, user: Any, note: str = "已核实。") -> Undertaking:
    row.refresh_from_db()
    return services.undertaking_move(undertaking=row.pk, action=action, seen=row.revision, user=user, note=note)


class TestStart:
    @pytest.mark.parametrize("act", BY_HAND)
    def test_another_reviews_a_third_signs_and_the_document_says_what_is_asked(self, office: Office, act: str) -> None:
        row = proposal_start(start=start(act), user=office.handler)
        assert (row.state, row.handler, row.clause, row.evidence) == ("taken", office.handler, NO_CLAUSE, "")
        office.move(draft(office, row), "submit", "handler")
        with refused("lifecycle.needs"):
            office.move(row, "review", "handler")
        office.move(row, "review", "reviewer")
        with refused("lifecycle.needs"):
            office.sign(row, "reviewer")
        document = office.sign(row)
        assert document.document_no.startswith("青建通〔2025〕")
        written = str(document.body)
        assert "2025-07-01" in written
        assert "三楼会议室" in written
        assert ("向社会公开" in written) == (act == "supervise")
        drain()
        drain()
        made = Undertaking.objects.get()
        assert (made.kind, made.holder, made.due_on, made.document_no) == (
            act,
            office.handler,
            DUE,
            document.document_no,
        )
        assert told()[:2] == ["act.started", "decision.made"]

    def test_a_form_sent_twice_starts_one(self, office: Office) -> None:
        one = start("talk")
        assert proposal_start(start=one, user=office.handler) == proposal_start(start=one, user=office.handler)
        assert told() == ["act.started"]
        with refused("decision.changed"):
            proposal_start(start=one, user=office.reviewer)

    @pytest.mark.parametrize(
        ("act", "more", "code"),
        [
            ("withdraw", {}, "decision.by_hand"),
            ("talk", {"place": " "}, "decision.incomplete"),
            ("letter", {"due_on": None}, "decision.incomplete"),
            ("supervise", {"reason": ""}, "decision.incomplete"),
            ("supervise", {"due_on": MONDAY - dt.timedelta(days=1)}, "decision.due"),
        ],
    )
    def test_what_the_document_could_not_say_is_refused(self, office: Office, act: str, more: dict, code: str) -> None:
        with refused(code):
            proposal_start(start=start(act, **more), user=office.handler)

    def test_only_the_unit_with_the_power_starts(self, office: Office) -> None:
        with refused("decision.not_yours"):
            proposal_start(start=start("talk"), user=office.stranger)
        assert not told()


class TestLife:
    def test_nothing_is_reported_before_service_and_another_closes(self, office: Office) -> None:
        _, document = signed(office, "talk")
        row = Undertaking.objects.get()
        with refused("lifecycle.needs"):
            move(row, "report", office.handler)
        office.serve(document)
        move(row, "report", office.handler, "参加人：赵强。承诺六月底前整改。")
        with refused("lifecycle.needs"):
            move(row, "close", office.handler)
        with refused("lifecycle.needs"):
            move(row, "close", office.signer, " ")
        closed = move(row, "close", office.signer, "已按承诺整改。")
        assert (closed.state, closed.report[:3], closed.outcome) == ("closed", "参加人", "已按承诺整改。")
        assert told()[-2:] == ["act.reported", "act.closed"]

    def test_a_form_of_before_and_people_of_others_change_nothing(
        self, office: Office, supervised: Undertaking
    ) -> None:
        with refused("act.changed"):
            services.undertaking_move(undertaking=supervised.pk, action="ask", seen=0, user=office.handler, note="x")
        for who in ("stranger", "firm", "rival"):
            with refused("act.not_yours"):
                move(supervised, "report", office.people[who])
        with refused("act.none"):
            services.undertaking_answer(undertaking=supervised.pk, text="x", user=office.rival)

    def test_rows_refuse_one_person_s_end(self, office: Office, supervised: Undertaking) -> None:
        rows = Undertaking.objects.filter(pk=supervised.pk)
        same = {"closer": office.handler, "ended_at": clock.now()}
        with pytest.raises(IntegrityError), committed():
            rows.update(state="closed", reporter=office.handler, report="x", **same)
        with pytest.raises(IntegrityError), committed():
            rows.update(state="revoked", asker=office.handler, asked="x", **same)

    def test_a_decision_without_restriction_is_annulled_by_two_with_a_document(
        self, office: Office, supervised: Undertaking
    ) -> None:
        move(supervised, "ask", office.handler, "对象有误。")
        with refused("lifecycle.needs"):
            move(supervised, "revoke", office.handler)
        row = move(supervised, "revoke", office.signer, "查明确系他人。")
        assert row.state == "revoked"
        paper = Document.objects.get(kind=Document.Kind.ANNULMENT)
        assert supervised.document_no in str(paper.body)
        assert "限制" not in str(paper.body[-1])
        assert told()[-2:] == ["decision.annulled", "act.revoked"]
        drain()
        assert not selectors.public_undertakings(FIRM)


class TestPublic:
    def test_public_from_service_to_the_end(self, office: Office) -> None:
        _, document = signed(office, "supervise")
        anybody = Client()
        assert "挂牌督办" not in text(anybody, f"/e/{USCC}")
        office.serve(document)
        assert document.document_no in text(anybody, f"/e/{USCC}")
        row = Undertaking.objects.get()
        assert "六月以来" not in text(anybody, f"/e/{USCC}")
        move(row, "report", office.handler)
        move(row, "close", office.signer)
        assert document.document_no not in text(anybody, f"/e/{USCC}")


class TestAssign:
    def order(self, office: Office, **more: Any) -> services.Order:
        return replace(services.Order(FIRM, office.unit, "查清投诉。", DUE, office.handler), **more)

    def test_given_reported_back_by_its_holder_and_closed_by_the_leader(self, office: Office, signed_in) -> None:
        row = services.undertaking_assign(order=self.order(office), user=office.signer)
        assert row.document_no == "青建交〔2025〕1号"
        with refused("act.holder"):
            move(row, "report", office.reviewer)
        move(row, "report", office.handler)
        assert move(row, "close", office.signer).state == "closed"
        assert told() == ["act.assigned", "act.reported", "act.closed"]
        assert not selectors.undertakings(office.firm)
        assert signed_in("firm").get(f"/acts/{row.pk}").status_code == 404
        made = signed_in("handler").get(f"/acts/{row.pk}/order/docx")
        words = "".join(p.text for p in docx.Document(io.BytesIO(made.content)).paragraphs)
        assert "领导交办单" in words
        assert "查清投诉" in words

    def test_only_downwards_and_with_a_last_day(self, office: Office) -> None:
        far = OrganisationUnit.objects.create(name="省厅", division_id="370000")
        below = OrganisationUnit.objects.create(name="分局", division_id="370202", parent=office.unit)
        for more, code in (
            ({"unit": far}, "act.unit"),
            ({"unit": below}, "act.unit"),
            ({"due_on": None}, "act.incomplete"),
        ):
            with refused(code):
                services.undertaking_assign(order=self.order(office, **more), user=office.signer)
        with refused("act.not_yours"):
            services.undertaking_assign(order=self.order(office), user=office.stranger)
        given = services.undertaking_assign(order=self.order(office, unit=below, holder=None), user=office.signer)
        with refused("act.not_yours"):
            move(given, "report", office.handler)


class TestPages:
    def test_an_officer_starts_it_and_a_refusal_keeps_the_form(self, office: Office, signed_in) -> None:
        client = signed_in("handler")
        assert "发起" in text(client, "/acts/")
        form = {"key": str(uuid.uuid4()), "kind": "talk", "uscc": USCC, "reason": "投诉", "time": "九点"}
        answer = client.post("/acts/start", form)
        assert answer.status_code == 422
        assert "约谈地点" in answer.content.decode()
        assert "投诉" in answer.content.decode()
        answer = client.post("/acts/start", form | {"place": "会议室"}, follow=True)
        assert "由工作人员主动发起" in answer.content.decode()
        assert client.post("/acts/start", form | {"uscc": "91370200000000999X"}).status_code == 422
        answer = client.post("/acts/start", form | {"kind": "assign", "unit": office.unit.pk, "due_on": "2025-07-01"})
        assert answer["Location"] == f"/acts/{Undertaking.objects.get().pk}"

    def test_the_panorama_leads_to_what_was_asked_of_the_enterprise(self, supervised: Undertaking, signed_in) -> None:
        officer = signed_in("handler")
        assert f"/acts/?enterprise={FIRM}&amp;state=all" in text(officer, f"/assessments/enterprise/{FIRM}")
        page = text(officer, f"/acts/?enterprise={FIRM}&state=all")
        assert f"/acts/{supervised.pk}" in page
        assert f"/acts/start?uscc={USCC}" in page
        for other in ("72", "x", "9" * 30):
            assert (f"/acts/{supervised.pk}" in text(officer, f"/acts/?enterprise={other}")) == (other != "72")

    def test_the_enterprise_reads_and_reports_and_the_officer_sees_it(self, supervised: Undertaking, signed_in) -> None:
        firm = signed_in("firm")
        assert "挂牌督办" in text(firm, "/acts/")
        firm.post(f"/acts/{supervised.pk}/answer", {"text": "护栏已装好"})
        officer = signed_in("handler")
        page = text(officer, f"/acts/{supervised.pk}")
        for part in ("依据", "事实", "证据", "告知", "救济", "护栏已装好"):
            assert part in page
        item = reverse("worklist:open", args=["undertaking", supervised.pk])
        assert item in text(officer, "/worklist/?kind=undertaking")
        assert signed_in("rival").get(f"/acts/{supervised.pk}").status_code == 404
        supervised.refresh_from_db()
        officer.post(f"/acts/{supervised.pk}/do/report", {"seen": supervised.revision, "note": "已核实"})
        assert item in text(signed_in("signer"), "/worklist/?kind=undertaking")
