"""撤销 of a signed decision, and a defence that holds against an order which was effective before it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from server.decisions.test_pages import post, signed_in, text
from server.decisions.world import FIRM, USCC, Office, refused, told
from zhulian.server.accounts.models import Grant
from zhulian.server.common import clock
from zhulian.server.common.models import Event
from zhulian.server.decisions import services
from zhulian.server.decisions.models import Document, Lifting, Restriction
from zhulian.server.decisions.selectors import eligibility
from zhulian.server.registry.models import SafetyPermit

__all__ = ["signed_in"]


def annulled(office: Office, row: Restriction) -> Restriction:
    filed = services.annulment_file(restriction=row.pk, text="事故责任不在该企业", user=office.handler)
    services.lifting_check(lifting=filed.pk, finding="属实", user=office.reviewer)
    services.lifting_decide(lifting=filed.pk, grant=True, decision="同意", user=office.signer)
    row.refresh_from_db()
    return row


class TestAnnulment:
    def test_it_ends_the_restriction_and_everybody_hears(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("suspend"), days=30)
        day = row.effective_from + dt.timedelta(days=1)
        with clock.frozen(day):
            annulled(office, row)
        assert (row.state, row.ended_on, row.end_cause) == ("annulled", day, "青建撤〔2025〕1号 决定撤销")
        assert eligibility(USCC, "bid", on=day).allowed
        assert SafetyPermit.objects.at(day).get().status == "有效"
        made = Event.objects.get(type="decision.annulled").data
        assert (made["enterprise"], made["document_no"], made["restriction"]) == (FIRM, row.document_no, row.pk)
        assert "permit.restored" in told()
        paper = Document.objects.get(kind="annulment")
        assert row.document_no in str(paper.body)
        assert "事故责任不在该企业" in str(paper.body)

    def test_before_its_effect_it_never_takes_effect(self, office: Office, proposed) -> None:
        document = office.to_signature(proposed("mark"))
        with clock.frozen(document.signed_on):
            row = annulled(office, Restriction.objects.get())
            office.serve(document)
        row.refresh_from_db()
        assert (row.state, row.effective_from) == ("annulled", None)
        assert "qualification.unmarked" not in told(), "what was never marked is not unmarked"

    def test_only_officers_of_the_unit_and_never_one_alone(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("mark"))
        for who in (office.firm, office.stranger):
            with refused("decision.not_yours"):
                services.annulment_file(restriction=row.pk, text="x", user=who)
        with refused("defence.text"):
            services.annulment_file(restriction=row.pk, text=" ", user=office.handler)
        filed = services.annulment_file(restriction=row.pk, text="认定有误", user=office.handler)
        with refused("lifting.not_now"):
            services.annulment_file(restriction=row.pk, text="再提一次", user=office.handler)
        services.lifting_check(lifting=filed.pk, finding="属实", user=office.signer)
        with refused("lifting.same"):
            services.lifting_decide(lifting=filed.pk, grant=True, decision="同意", user=office.signer)
        row.refresh_from_db()
        assert row.state == "effective"

    def test_what_ended_meanwhile_leaves_no_application_behind(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("bar"))
        filed = services.annulment_file(restriction=row.pk, text="认定有误", user=office.handler)
        services.restrictions_expire(today=row.until + dt.timedelta(days=1), limit=9)
        filed.refresh_from_db()
        assert filed.state == Lifting.State.MOOT
        with refused("lifting.not_now"):
            services.annulment_file(restriction=row.pk, text="迟了", user=office.handler)

    def test_over_the_pages_to_the_public(self, office: Office, proposed, signed_in) -> None:
        row = office.to_effect(proposed("mark"))
        here = f"/decisions/{row.proposal_id}"
        with clock.frozen(row.effective_from):
            assert "复核后由另一位" in post(signed_in("handler"), f"/decisions/restriction/{row.pk}/annul", text="有误")
            lifting = Lifting.objects.get()
            post(signed_in("reviewer"), f"/decisions/lifting/{lifting.pk}/check", finding="属实")
            assert "同意撤销" in text(signed_in("signer"), here)
            page = post(signed_in("signer"), f"/decisions/lifting/{lifting.pk}/decide", grant="yes", decision="同意")
            assert "已撤销" in page
            public = text(Client(), f"/e/{USCC}")
            assert "已撤销" in public
            assert "撤销：青建撤〔2025〕1号 决定撤销" in public
            assert "决定撤销" in text(signed_in("firm"), f"/decisions/enterprise/{FIRM}")


@pytest.fixture
def immediate(office: Office, proposed) -> Restriction:
    """A stop-work order that the law lets take effect before its addressee is heard."""
    row = proposed("stop")
    row.immediate = row.clause
    row.save()
    return office.to_effect(row)


class TestDefenceAgainstAnOrderInForce:
    def test_accepted_it_ends_the_order_at_once(self, office: Office, immediate: Restriction) -> None:
        filed = services.defence_file(
            proposal=immediate.proposal_id, kind="statement", text="隐患已消除", user=office.firm
        )
        services.defence_decide(defence=filed.pk, accept=True, decision="经现场核对属实", user=office.signer)
        immediate.refresh_from_db()
        assert (immediate.state, immediate.ended_on) == ("ended", clock.today())
        assert immediate.end_cause == "采纳陈述申辩，青建解〔2025〕1号 决定解除"

    def test_rejected_it_stands_and_nobody_ends_it_without_the_power_to_sign(
        self, office: Office, immediate: Restriction
    ) -> None:
        Grant.objects.update(action="decisions.proposal.review")
        filed = services.defence_file(proposal=immediate.proposal_id, kind="statement", text="冤枉", user=office.firm)
        with refused("decision.not_yours"):
            services.defence_decide(defence=filed.pk, accept=True, decision="成立", user=office.reviewer)
        services.defence_decide(defence=filed.pk, accept=False, decision="不成立", user=office.reviewer)
        immediate.refresh_from_db()
        assert immediate.state == "effective"
