"""资质核查: opened by a signed decision, announced by its service, self-checked, reviewed, concluded by another."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError

from server.campaigns.world import carry_on, pdf, verdict
from server.decisions.world import Office, committed, refused
from zhulian.core.lifecycle import OUTCOMES
from zhulian.core.linkage import EVENT_TYPES
from zhulian.server.campaigns import handlers, services
from zhulian.server.campaigns.models import Verification
from zhulian.server.common import clock
from zhulian.server.common.models import Event
from zhulian.server.common.outbox import Event as Told
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Qualification


def self_check(row: Verification, office: Office, who: str = "firm") -> Verification:
    row.refresh_from_db()
    return services.verification_self_check(
        verification=row.pk, seen=row.revision, text="人员齐备", files=[], user=office.people[who]
    )


def review(row: Verification, office: Office, who: str = "handler", finding: str = "少一名建造师") -> Verification:
    row.refresh_from_db()
    return services.verification_review(
        verification=row.pk, seen=row.revision, finding=finding, user=office.people[who]
    )


def conclude(row: Verification, office: Office, who: str, outcome: str, reasons: str = "经核属实") -> Verification:
    row.refresh_from_db()
    return services.verification_conclude(
        verification=row.pk, seen=row.revision, outcome=outcome, reasons=reasons, user=office.people[who]
    )


def test_a_signed_decision_opens_what_the_firm_holds_unseen_until_served(office: Office, proposed, signed_in) -> None:
    document = office.to_signature(proposed("verify"))
    carry_on()
    row = Verification.objects.get()
    assert (row.state, row.code, row.document_no) == ("listed", "D101B", document.document_no)
    firm, here = signed_in("firm"), f"/campaigns/verification/{row.pk}"
    assert firm.get(here).status_code == 404, "not told before the notice reached it"
    with refused("campaign.none"):
        self_check(row, office)
    assert signed_in("handler").get(here).status_code == 200
    office.serve(document)
    carry_on()
    row.refresh_from_db()
    assert (row.state, row.self_check_until) == ("announced", dt.date(2025, 6, 16)), "ten working days from service"
    assert firm.get(here).status_code == 200


def test_told_twice_nothing_is_opened_or_announced_twice(checked: Verification, office: Office, proposed) -> None:
    steps = checked.steps.count()
    for name, again in (("decision.made", handlers.opened), ("service.done", handlers.announced)):
        row = Event.objects.get(type=name)
        again(Told(row.type, row.subject, row.data, id=row.id))
    assert Verification.objects.count() == 1
    assert checked.steps.count() == steps
    office.to_signature(proposed("verify", record_no="R9"))
    carry_on()
    assert Verification.objects.count() == 1, "what is being verified is not verified a second time"
    assert checked.steps.last().action == "joined"


def test_a_firm_without_qualifications_is_verified_all_the_same(office: Office, proposed) -> None:
    Qualification.objects.all().delete()
    office.serve(office.to_signature(proposed("verify")))
    carry_on()
    row = self_check(Verification.objects.get(), office)
    assert (row.code, row.self_snapshot) == ("", {})


def test_self_check_review_and_conclusion_by_another_person(checked: Verification, office: Office) -> None:
    verdict("short")
    row = self_check(checked, office)
    assert row.self_snapshot["rule_version"]
    assert row.self_snapshot["reason"]["children"], "the whole tree is kept"
    with refused("lifecycle.needs"):
        review(row, office, finding=" ")
    row = review(row, office)
    assert row.snapshot["digest"] == row.self_snapshot["digest"], "both sides keep the same verdict"
    with refused("lifecycle.needs"):
        conclude(row, office, "handler", "不达标")
    with refused("lifecycle.needs"):
        conclude(row, office, "signer", "差不多")
    with refused("campaign.not_yours"):
        conclude(row, office, "stranger", "不达标")
    row = conclude(row, office, "signer", "不达标")
    event = Event.objects.get(type="verification.concluded")
    assert event.id == row.told
    assert event.cause == row.event
    assert {k: event.data[k] for k in ("code", "outcome", "concluded_on")} == {
        "code": "D101B", "outcome": "不达标", "concluded_on": "2025-06-02",
    }  # fmt: skip
    field = EVENT_TYPES["verification.concluded"].field("outcome")
    assert field is not None
    assert field.options == OUTCOMES
    actions = list(Leaf.objects.order_by("pk").values_list("action", flat=True))
    assert [a.rpartition(".")[2] for a in actions if "campaigns.verification" in a] == [
        "open", "announce", "self_check", "review", "conclude",
    ]  # fmt: skip


def test_who_does_not_answer_is_reviewed_when_the_window_is_over(checked: Verification, office: Office) -> None:
    with refused("lifecycle.needs"):
        review(checked, office)
    assert checked.self_check_until is not None
    with clock.frozen(checked.self_check_until + dt.timedelta(days=1)):
        row = conclude(review(checked, office, finding="逾期未报送"), office, "reviewer", "拒不配合")
    assert row.state == "concluded"
    assert row.self_snapshot is None


def test_two_tabs_one_is_refused_and_rows_refuse_too(checked: Verification, office: Office) -> None:
    row = review(self_check(checked, office), office)
    conclude(row, office, "signer", "达标")
    with refused("campaign.changed"):
        services.verification_conclude(
            verification=row.pk, seen=row.revision, outcome="不达标", reasons="x", user=office.reviewer
        )
    with pytest.raises(IntegrityError), committed():
        Verification.objects.filter(pk=row.pk).update(concluder=office.handler)
    assert Event.objects.filter(type="verification.concluded").count() == 1


def test_over_the_pages_of_both_sides(checked: Verification, signed_in) -> None:
    here = f"/campaigns/verification/{checked.pk}"
    firm, rival, officer, other = map(signed_in, ("firm", "rival", "handler", "signer"))

    def post(client, action: str, **values) -> str:
        checked.refresh_from_db()
        answer = client.post(f"{here}/{action}", {"seen": checked.revision} | values, follow=True)
        return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)

    assert here in firm.get("/campaigns/own").content.decode()
    assert here not in rival.get("/campaigns/own").content.decode()
    assert rival.get(here).status_code == 404
    assert post(rival, "self-check", text="x") == "404"
    verdict("met")
    assert "自查已报送" in post(firm, "self-check", text="齐备", files=pdf("a.PDF"))
    page = firm.get(here).content.decode()
    assert "自查时的体检结论" in page
    assert "报送自查</button>" not in page
    assert here in officer.get("/campaigns/verifications?state=self_checked&mine=unit").content.decode()
    assert "已初审" in post(officer, "do/review", text="与登记数据一致")
    assert "初审人本人不能作出结论" in officer.get(here).content.decode()
    assert "请选择核查结论" in post(other, "do/conclude", text="一致", outcome="")
    assert "已作出结论" in post(other, "do/conclude", text="一致", outcome="达标")
    page = firm.get(here).content.decode()
    for part in ("依据", "事实", "证据", "告知", "救济", "结论本身不限制企业"):
        assert part in page, part
    assert here in officer.get("/campaigns/verifications?outcome=达标").content.decode()
