"""From a proposal to an effective restriction and its end; who may do which step, and what the numbers look like."""

from __future__ import annotations

import datetime as dt

import pytest

from server.decisions.world import (
    FIRM,
    MONDAY,
    OTHER,
    PROJECT,
    RULES,
    Office,
    event_of,
    propose,
    refused,
    restored,
    rule_of,
    told,
)
from zhulian.core.linkage.acts import POWERS
from zhulian.server.accounts.demo import CITATIONS, CITY, DUTIES, PROVINCE
from zhulian.server.accounts.models import Duty
from zhulian.server.accounts.selectors import power_holder
from zhulian.server.accounts.services import accounts_demo_create
from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView
from zhulian.server.common.models import Event
from zhulian.server.decisions import handlers, services
from zhulian.server.decisions.models import Document, Proposal, Restriction
from zhulian.server.notary.models import Leaf


def daily() -> None:
    while not handlers.daily(JobView(1, handlers.DAILY, {}, {}, 0, None, "")).finished:
        pass


class TestProposal:
    def test_an_event_proposes_once_whatever_the_version(self, office: Office) -> None:
        event = event_of("mark")
        first = propose("mark", event)
        assert first is not None
        assert (first.unit, first.code, first.clause[:3]) == (office.unit, "D101B", "建市规")
        assert propose("mark", event) is None
        assert propose("rectify", event) is not None, "another rule's effect of the same event is another matter"
        assert Proposal.objects.count() == 2

    def test_no_power_here_no_proposal(self, office: Office) -> None:
        del office
        Duty.objects.filter(power="qualification.mark").delete()
        with refused("decision.no_owner"):
            propose("mark", event_of("mark"))
        assert not Proposal.objects.exists()


class TestWalk:
    @pytest.mark.parametrize("name", [n for n in RULES if rule_of(*RULES[n][:2])[2].refuses])
    def test_every_restricting_act_walks_to_its_effect(self, office: Office, proposed, name: str) -> None:
        row = proposed(name)
        restriction = office.to_effect(row, days=45 if name == "suspend" else None)
        assert restriction.state == "effective"
        assert restriction.effective_from == restriction.served_on == restriction.decided_on
        row.refresh_from_db()
        assert len({row.handler, row.reviewer, row.signer}) == 3
        assert (row.law_reviewer is not None) == row.kind.review
        assert told().count("decision.made") == 1
        assert row.kind.told in ("", *told())
        made = Event.objects.get(type="decision.made").data
        assert (made["act"], made["restriction"], made["proposal"]) == (row.act, restriction.pk, row.pk)
        if row.term or row.suspension:
            assert made["due_on"] == str(restriction.until)

    def test_an_act_that_restricts_nothing_is_told_at_signature(self, office: Office, proposed) -> None:
        row = proposed("verify")
        document = office.to_signature(row)
        assert document.document_no == "青建通〔2025〕1号"
        assert told() == ["decision.made"]
        assert not Restriction.objects.exists()

    def test_numbers_run_per_kind_and_year(self, office: Office, proposed) -> None:
        numbers = [office.to_signature(proposed(name)).document_no for name in ("mark", "bar")]
        assert numbers == ["青建决〔2025〕1号", "青建决〔2025〕2号"]
        notices = Document.objects.filter(kind="notice").order_by("pk").values_list("document_no", flat=True)
        assert list(notices) == ["青建告〔2025〕1号", "青建告〔2025〕2号"]
        with clock.frozen(dt.date(2026, 3, 2)):
            assert office.to_signature(proposed("withdraw")).document_no == "青建决〔2026〕1号"

    def test_documents_say_what_the_law_asks(self, office: Office, proposed) -> None:
        document = office.to_signature(proposed("mark"))
        text = str(document.body)
        for word in ("事实和证据", "依据", "理由", "决定", "救济途径", "六十日", "六个月", "解除方式"):
            assert word in text, word
        assert document.addressee == "青岛甲建筑有限公司"

    def test_a_suspension_stays_within_the_law(self, office: Office, proposed) -> None:
        row = proposed("suspend")
        assert (row.suspension["least"], row.suspension["most"]) == (30, 60)
        office.move(row, "take", "handler")
        for days in (None, 29, 61):
            office.draft(row, days)
            with refused("decision.term"):
                office.notice(row)
        office.draft(row, 60)
        office.notice(row)

    def test_before_the_loss_is_known_the_term_is_that_of_the_least_it_can_be(self, office: Office, proposed) -> None:
        row = proposed("suspend", direct_loss=None)
        assert (row.suspension["least"], row.suspension["most"]) == (30, 60)
        assert "至少为一般事故" in row.suspension["reason"]["notes"][-1]
        office.move(row, "take", "handler")
        office.draft(row, 30)
        office.notice(row)

    def test_a_second_accident_within_a_year_lengthens(self, office: Office, proposed) -> None:
        office.to_effect(proposed("suspend"), days=30)
        with clock.frozen(dt.date(2025, 9, 1)):
            second = proposed("suspend")
            assert second.suspension["least"] == 60
        with clock.frozen(dt.date(2026, 9, 1)):
            assert proposed("suspend").suspension["least"] == 30

    def test_every_step_leaves_a_leaf(self, office: Office, proposed) -> None:
        office.to_effect(proposed("mark"))
        actions = set(Leaf.objects.values_list("action", flat=True))
        steps = {"create", "take", "draft", "notice", "submit", "review", "sign"}
        assert {f"decisions.proposal.{step}" for step in steps} | {"decisions.service.record"} <= actions


class TestPersons:
    def test_who_handled_neither_reviews_nor_signs(self, office: Office, proposed) -> None:
        row = proposed("verify")
        office.move(row, "take", "handler")
        office.move(row, "submit", "handler")
        with refused("lifecycle.needs"):
            office.move(row, "review", "handler")
        office.move(row, "review", "reviewer")
        for who in ("handler", "reviewer"):
            with refused("lifecycle.needs"):
                office.sign(row, who)
        office.sign(row)

    def test_who_handled_it_before_it_went_back_does_not_sign_either(self, office: Office, proposed) -> None:
        row = proposed("verify")
        office.move(row, "take", "handler")
        office.move(row, "submit", "handler")
        office.move(row, "return", "reviewer", "事实不清")
        Proposal.objects.filter(pk=row.pk).update(handler=office.lawyer)
        office.move(row, "submit", "lawyer")
        with refused("lifecycle.needs"):
            office.move(row, "review", "handler")

    @pytest.mark.parametrize("who", ["stranger", "firm"])
    def test_other_units_and_firms_do_not_act(self, office: Office, proposed, who: str) -> None:
        row = proposed("verify")
        with refused("decision.not_yours"):
            office.move(row, "take", who)

    def test_only_the_handler_notices_and_submits(self, office: Office, proposed) -> None:
        row = proposed("mark")
        office.move(row, "take", "handler")
        with refused("decision.not_handler"):
            services.proposal_notice(proposal=row.pk, seen=1, user=office.reviewer)

    def test_the_second_tab_and_the_second_click_are_refused(self, office: Office, proposed) -> None:
        row = proposed("verify")
        services.proposal_move(proposal=row.pk, action="take", seen=0, user=office.handler)
        with refused("decision.changed"):
            services.proposal_move(proposal=row.pk, action="take", seen=0, user=office.handler)
        document = office.to_signature(proposed("bar"))
        with refused("decision.changed"):
            services.proposal_sign(proposal=document.proposal_id, seen=3, user=office.signer)
        assert Document.objects.filter(kind="decision").count() == 1

    def test_what_cannot_be_decided_is_dropped_by_another_with_a_reason(self, office: Office, proposed) -> None:
        row = proposed("suspend", deaths=None, serious_injuries=None, direct_loss=None)
        assert row.suspension["least"] is None
        office.move(row, "take", "handler")
        office.draft(row, 30)
        with refused("decision.term_unknown"):
            office.notice(row)
        for who, note in (("handler", "事故等级未核定"), ("reviewer", " ")):
            with refused("lifecycle.needs"):
                office.move(row, "drop", who, note)
        assert office.move(row, "drop", "reviewer", "事故等级未核定").state == "dropped"


class TestService:
    def test_a_read_receipt_is_no_service(self, office: Office, proposed) -> None:
        document = office.to_signature(proposed("mark"))
        with clock.frozen(document.signed_on):
            sent = services.service_record(
                document=document.pk, method="electronic", receipt=services.Receipt(), user=office.handler
            )
            services.document_open(document=document.pk, user=office.firm)
            assert Restriction.objects.get().state == "decided"
            with refused("service.name"):
                services.service_confirm(service=sent.pk, name=" ", user=office.firm)
            with refused("decision.none"):
                services.service_confirm(service=sent.pk, name="李四", user=office.rival)
            services.service_confirm(service=sent.pk, name="赵强", user=office.firm)
            with refused("service.twice"):
                services.service_confirm(service=sent.pk, name="赵强", user=office.firm)
        row = Restriction.objects.get()
        assert (row.state, row.served_on) == ("effective", document.signed_on)

    @pytest.mark.parametrize(
        ("method", "without"), [("direct", "recipient"), ("left", "proof"), ("post", "proof"), ("public", "proof")]
    )
    def test_a_return_without_its_proof_is_none(self, office: Office, proposed, method: str, without: str) -> None:
        document = office.to_signature(proposed("mark"))
        with clock.frozen(document.signed_on), refused("service.details"):
            office.serve(document, method, **{without: ""})
        with clock.frozen(document.signed_on), refused("service.day"):
            office.serve(document, method, on=document.signed_on - dt.timedelta(days=1))

    def test_an_announcement_serves_after_thirty_days(self, office: Office, proposed) -> None:
        document = office.to_signature(proposed("mark"))
        with clock.frozen(document.signed_on):
            office.serve(document, "public")
        with clock.frozen(document.signed_on + dt.timedelta(days=29)):
            daily()
            assert Restriction.objects.get().state == "decided"
        with clock.frozen(document.signed_on + dt.timedelta(days=31)):
            daily()
        row = Restriction.objects.get()
        assert (row.state, row.served_on) == ("effective", document.signed_on + dt.timedelta(days=30))

    def test_deadlines_run_from_service(self, office: Office, proposed) -> None:
        row = proposed("mark")
        office.move(row, "take", "handler")
        office.draft(row)
        document = office.notice(row)
        row.refresh_from_db()
        assert row.defence_until is None
        with refused("lifecycle.needs"):
            office.move(row, "submit", "handler")
        with clock.frozen(dt.date(2025, 6, 5)):
            office.serve(document)
            row.refresh_from_db()
            assert row.defence_until == dt.date(2025, 6, 10), "three working days from Thursday"
        with clock.frozen(dt.date(2025, 6, 10)), refused("lifecycle.needs"):
            office.move(row, "submit", "handler")
        with clock.frozen(dt.date(2025, 6, 11)):
            office.move(row, "submit", "handler")


class TestDefence:
    def test_what_is_filed_must_be_answered_by_another(self, office: Office, proposed) -> None:
        row = proposed("mark")
        office.to_notice(row)
        filed = services.defence_file(proposal=row.pk, kind="statement", text="人员已补齐", user=office.firm)
        after = dt.date(2025, 6, 12)
        with clock.frozen(after), refused("lifecycle.needs"):
            office.move(row, "submit", "handler")
        with refused("defence.handler"):
            services.defence_decide(defence=filed.pk, accept=False, decision="不成立", user=office.handler)
        services.defence_decide(defence=filed.pk, accept=False, decision="经核对不成立", user=office.reviewer)
        with refused("defence.done"):
            services.defence_decide(defence=filed.pk, accept=True, decision="成立", user=office.lawyer)
        with clock.frozen(after):
            office.move(row, "submit", "handler")

    def test_an_extension_moves_the_window(self, office: Office, proposed) -> None:
        row = proposed("mark")
        office.to_notice(row)
        filed = services.defence_file(proposal=row.pk, kind="extension", text="需要调取资料", user=office.firm)
        with refused("defence.until"):
            services.defence_decide(defence=filed.pk, accept=True, decision="同意", user=office.reviewer, until=MONDAY)
        later = dt.date(2025, 6, 20)
        services.defence_decide(defence=filed.pk, accept=True, decision="同意", user=office.reviewer, until=later)
        with clock.frozen(later), refused("lifecycle.needs"):
            office.move(row, "submit", "handler")
        with clock.frozen(later + dt.timedelta(days=1)):
            office.move(row, "submit", "handler")

    def test_another_firm_files_nothing_and_late_is_late(self, office: Office, proposed) -> None:
        row = proposed("mark")
        with refused("defence.not_now"):
            services.defence_file(proposal=row.pk, kind="statement", text="早了", user=office.firm)
        office.to_notice(row)
        with refused("decision.none"):
            services.defence_file(proposal=row.pk, kind="statement", text="x", user=office.rival)
        with clock.frozen(dt.date(2025, 7, 1)), refused("defence.not_now"):
            services.defence_file(proposal=row.pk, kind="statement", text="迟了", user=office.firm)

    def test_a_waiver_closes_the_window_today(self, office: Office, proposed) -> None:
        row = proposed("mark")
        office.to_notice(row)
        services.defence_file(proposal=row.pk, kind="waiver", text="", user=office.firm)
        with clock.frozen(MONDAY + dt.timedelta(days=1)):
            office.move(row, "submit", "handler")


class TestEnds:
    def test_restored_facts_end_what_hung_on_them(self, office: Office, proposed) -> None:
        mark, rectify = office.to_effect(proposed("mark")), office.to_effect(proposed("rectify"))
        cause = restored("qualification.recovered", code="D101B")
        assert services.restrictions_end(enterprise=FIRM, cause=restored("qualification.recovered", code="D201A")) == 0
        assert services.restrictions_end(enterprise=FIRM, cause=cause) == 2
        assert services.restrictions_end(enterprise=FIRM, cause=cause) == 0, "delivered again, it ends nothing twice"
        for row in (mark, rectify):
            row.refresh_from_db()
            assert (row.state, row.end_event) == ("ended", cause.id)
        assert "qualification.unmarked" in told()

    def test_another_site_s_hazard_ends_nothing(self, office: Office, proposed) -> None:
        office.to_effect(proposed("stop"))
        for other in ({"project": OTHER, "hazard_no": "H1"}, {"project": PROJECT, "hazard_no": "H2"}):
            assert services.restrictions_end(enterprise=FIRM, cause=restored("site.hazard.closed", **other)) == 0
        closed = restored("site.hazard.closed", project=PROJECT, hazard_no="H1")
        assert services.restrictions_end(enterprise=FIRM, cause=closed) == 1

    def test_restored_before_the_signature(self, office: Office, proposed) -> None:
        waiting, handled = proposed("rectify"), proposed("mark")
        office.to_notice(handled)
        services.restrictions_end(enterprise=FIRM, cause=restored("qualification.recovered", code="D101B"))
        waiting.refresh_from_db()
        assert waiting.state == "dropped"
        with clock.frozen(dt.date(2025, 6, 10)):
            office.move(handled, "submit", "handler")
            office.move(handled, "review", "reviewer")
            with refused("decision.restored"):
                office.sign(handled)

    def test_a_term_ends_by_itself(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("bar"))
        assert row.until is not None
        assert row.until == row.effective_from.replace(year=2026)
        with clock.frozen(row.until):
            daily()
        row.refresh_from_db()
        assert row.state == "effective"
        with clock.frozen(row.until + dt.timedelta(days=3)):
            daily()
        row.refresh_from_db()
        assert (row.state, row.ended_on) == ("ended", row.until + dt.timedelta(days=1))

    def test_a_suspension_ends_on_application_and_re_check_by_two(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("suspend"), days=30)
        with refused("lifting.not_now"):
            services.lifting_file(restriction=row.pk, text="已整改", user=office.firm)
        with clock.frozen(row.until + dt.timedelta(days=1)):
            daily()
            lifting = services.lifting_file(restriction=row.pk, text="已整改", user=office.firm)
            with refused("lifting.not_now"):
                services.lifting_file(restriction=row.pk, text="再申请", user=office.firm)
            services.lifting_check(lifting=lifting.pk, finding="现场复核合格", user=office.handler)
            with refused("lifting.same"):
                services.lifting_decide(lifting=lifting.pk, grant=True, decision="同意", user=office.handler)
            services.lifting_decide(lifting=lifting.pk, grant=True, decision="同意", user=office.signer)
        row.refresh_from_db()
        assert (row.state, row.end_cause) == ("ended", "青建解〔2025〕1号 决定解除")
        assert "permit.restored" in told()
        restored_at = Event.objects.get(type="permit.restored").data
        assert restored_at["permit_no"] == "P1"

    def test_what_ends_by_itself_needs_no_application_and_rivals_apply_for_nothing(
        self, office: Office, proposed
    ) -> None:
        row = office.to_effect(proposed("mark"))
        with refused("lifting.not_now"):
            services.lifting_file(restriction=row.pk, text="请解除", user=office.firm)
        with refused("decision.not_yours"):
            services.lifting_file(restriction=row.pk, text="请解除", user=office.rival)

    def test_stop_work_takes_effect_before_defence_and_may_be_answered(self, office: Office, proposed) -> None:
        row = proposed("stop")
        assert not row.needs_notice
        restriction = office.to_effect(row)
        assert (restriction.defence_until, restriction.immediate) == (None, "国务院令第393号第四十三条")
        filed = services.defence_file(proposal=row.pk, kind="statement", text="隐患已消除", user=office.firm)
        services.defence_decide(defence=filed.pk, accept=False, decision="尚未消除", user=office.reviewer)

    def test_the_handler_of_events_ends_within_the_dispatch(self, office: Office, proposed) -> None:
        row = office.to_effect(proposed("mark"))
        handlers.end(restored("qualification.recovered", code="D101B"))
        row.refresh_from_db()
        assert row.state == "ended"
        assert "qualification.recovered" in handlers.ending_types()


class TestDemonstration:
    def test_every_power_is_held_and_four_hands_can_sign(self, db) -> None:  # noqa: ARG002 - accounts are rows
        accounts_demo_create()
        accounts_demo_create()
        assert set(CITATIONS) == set(POWERS)
        assert Duty.objects.count() == len(DUTIES)
        for division, unit in (("370202", CITY), ("370100", PROVINCE)):
            holder = power_holder(power="permit.suspend", division=division, on=clock.today())
            assert holder is not None
            assert holder.name == unit
            assert holder.user_set.count() == 4
