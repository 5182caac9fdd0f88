"""核查批次: planned and approved by two people, chosen from a frozen frame, announced, closed when all is concluded."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import replace

import pytest
from django.db import IntegrityError

from server.campaigns.campaign_world import (
    FIRM,
    FIRMS,
    PLAN,
    USCC,
    announce,
    codes_of,
    conclude,
    move,
    open_all,
    plan,
    select,
)
from server.campaigns.world import carry_on, verdict
from server.decisions.world import Office, committed, refused
from zhulian.core.lifecycle import CAMPAIGN, Moved, actions
from zhulian.core.lifecycle import move as moves
from zhulian.server.accounts.models import EnterpriseMembership
from zhulian.server.campaigns import services
from zhulian.server.campaigns.campaigning import selection_of
from zhulian.server.campaigns.frames import frame_of
from zhulian.server.campaigns.models import Campaign, CampaignMember, Rectification, Verification
from zhulian.server.common import clock
from zhulian.server.common.files import file_chunks
from zhulian.server.common.models import Event
from zhulian.server.decisions.models import Proposal
from zhulian.server.notary.models import Leaf

ONE_FIRM = replace(PLAN, codes=("D101",), method="random", quantity=1, seed="7")


def frame_bytes(row: Campaign) -> bytes:
    assert row.frame is not None
    return b"".join(file_chunks(row.frame.sha256))


def test_without_another_officer_nothing_is_ever_announced() -> None:
    facts = dict.fromkeys(CAMPAIGN.facts, True) | {"other_than_planner": False}
    seen, frontier = {CAMPAIGN.first}, [CAMPAIGN.first]
    while frontier:
        state = frontier.pop()
        for action in actions(CAMPAIGN, state):
            result = moves(CAMPAIGN, state, action, facts)
            if isinstance(result, Moved) and result.state not in seen:
                seen.add(result.state)
                frontier.append(result.state)
    assert not {"approved", "announced", "closed"} & seen


def test_one_plans_another_approves_and_each_member_gets_its_verification(town: Office) -> None:
    row = select(plan(town), town)
    assert codes_of(row) == [(FIRM, "D101B", ""), *((n, "D101B", "") for n in (101, 102, 103))], "104: another city"
    with refused("lifecycle.needs"):
        move(row, "approve", town, "handler")
    with refused("campaign.not_yours"):
        move(row, "approve", town, "stranger")
    with refused("lifecycle.action"):
        move(row, "announce", town, "handler")
    row = move(row, "approve", town, "reviewer")
    with pytest.raises(IntegrityError), committed():
        Campaign.objects.filter(pk=row.pk).update(approver=town.handler)
    row = move(row, "announce", town, "handler")
    assert Verification.objects.count() == 0, "a step of the worker, not of the page"
    open_all(row)
    rows = list(Verification.objects.order_by("enterprise"))
    assert [v.enterprise for v in rows] == [FIRM, 101, 102, 103]
    assert {(v.state, v.self_check_until, v.campaign_id, v.proposal_id) for v in rows} == {
        ("announced", row.self_check_until, row.pk, None)
    }
    told = Event.objects.filter(type="verification.announced")
    assert told.count() == 4
    assert {e.cause for e in told} == {row.told} == {Event.objects.get(type="campaign.announced").id}
    acts = Leaf.objects.filter(subject=f"campaign:{row.pk}").order_by("pk").values_list("action", flat=True)
    assert [a.rpartition(".")[2] for a in acts] == ["plan", "select", "approve", "announce"]


def test_who_selected_does_not_approve_either(town: Office) -> None:
    row = select(plan(town), town, who="signer")
    with refused("lifecycle.needs"):
        move(row, "approve", town, "signer")
    assert move(row, "approve", town, "reviewer").state == "approved"


def test_a_draw_is_computed_again_from_the_file_and_the_seed_alone(town: Office) -> None:
    row = select(plan(town, method="random", quantity=2, seed="2025-06-02 双色球 03 09 14"), town)
    content = frame_bytes(row)
    digest = hashlib.sha256(content).hexdigest()
    assert row.frame is not None
    assert row.frame.sha256 == digest
    keys = [line["统一社会信用代码"] for line in csv.DictReader(io.StringIO(content.decode()))]
    assert keys == sorted({USCC, *list(FIRMS.values())[:3]})
    order = sorted(keys, key=lambda key: hashlib.sha256(f"{row.seed}\n{digest}\n{key}".encode()).hexdigest())
    members = {m.key: m.how for m in row.members.all()}
    assert members == {key: f"抽签第 {n} 位" for n, key in enumerate(order[:2], start=1)}
    others = {frozenset(f.key for f in frame_of(plan_of(row, str(n)), as_of=clock.today()).chosen(plan_of(row, str(n))))
              for n in range(12)}  # fmt: skip
    assert len(others) > 1, "another seed draws others"
    assert Leaf.objects.filter(action="campaigns.campaign.select").count() == 1


def plan_of(row: Campaign, seed: str) -> Campaign:
    return Campaign(method=row.method, division=row.division, codes=row.codes, quantity=row.quantity, seed=seed)


def test_a_list_is_taken_whole_or_not_at_all_and_every_row_says_why(town: Office) -> None:
    row = plan(town, method="listed")
    text = f"统一社会信用代码,资质\n{USCC},D101B\n123\n{FIRMS[104]}\n9137020000000099XX\n{FIRMS[101]} D201B\n{USCC}\n"
    problems = frame_of(row, as_of=clock.today(), listed=text).problems
    assert [(p.line, p.why) for p in problems] == [
        (3, "第一列不是 18 位统一社会信用代码"),
        (4, "注册地山东省济南市，不在批次的行政区划内"),
        (5, "登记簿里没有这个统一社会信用代码"),
        (6, "没有在批次范围内的资质 D201B"),
        (7, "与第 2 行重复"),
    ]
    with refused("campaign.listed"):
        selection_of(row, listed=text)
    row = select(row, town, listed=f"{USCC}\n{FIRMS[102]}")
    assert [(m.enterprise, m.how) for m in row.members.order_by("enterprise")] == [
        (FIRM, "名单第 1 行"),
        (102, "名单第 2 行"),
    ]


def test_flagged_ones_are_those_with_a_current_flag(town: Office) -> None:
    verdict("short", 102)
    verdict("met", 101)
    assert codes_of(select(plan(town, method="flagged"), town)) == [(102, "D101B", "")]


def test_nobody_is_in_two_open_campaigns_for_one_qualification(town: Office, proposed) -> None:
    town.serve(town.to_signature(proposed("verify")))
    carry_on()
    running = Verification.objects.get()
    first = select(plan(town, method="listed"), town, listed=f"{USCC}\n{FIRMS[101]}")
    assert codes_of(first) == [(FIRM, "D101B", f"正在核查：{running.document_no}"), (101, "D101B", "")]
    second = select(plan(town, title="另一批次"), town)
    assert {e: why for e, _, why in codes_of(second)}[101] == f"已列入批次「{first.title}」"
    with pytest.raises(IntegrityError), committed():
        CampaignMember.objects.filter(campaign=second, enterprise=101).update(open=True, skipped="")
    with refused("lifecycle.needs"):
        select(plan(town, method="listed"), town, listed=FIRMS[101])
    move(first, "drop", town, "handler", "计划有变")
    assert codes_of(select(plan(town, method="listed"), town, listed=FIRMS[101])) == [(101, "D101B", "")]


def test_a_verification_begun_after_selection_leaves_the_member_out(town: Office, proposed) -> None:
    row = select(plan(town), town)
    town.serve(town.to_signature(proposed("verify")))
    carry_on()
    announce(row, town)
    assert CampaignMember.objects.get(campaign=row, enterprise=FIRM).skipped.startswith("正在核查")
    assert Verification.objects.filter(campaign=row).count() == 3


def test_it_closes_when_every_member_is_concluded_and_not_before(town: Office) -> None:
    row = announce(select(plan(town, method="listed"), town, listed=f"{USCC}\n{FIRMS[101]}"), town)
    EnterpriseMembership.objects.create(user=town.firm, enterprise=101)
    first, second = Verification.objects.order_by("enterprise")
    conclude(first, town)
    assert [m.open for m in row.members.order_by("enterprise")] == [False, True]
    with refused("lifecycle.needs"):
        move(row, "close", town, "handler")
    conclude(second, town, "不在范围")
    row = move(row, "close", town, "handler")
    assert row.state == "closed"
    assert Event.objects.get(type="campaign.closed").data["enterprises"] == 2
    assert select(plan(town, title="下一批次"), town).members.filter(open=True).count() == 4, "free again"


def test_a_returned_plan_is_changed_and_selected_anew(town: Office) -> None:
    row = move(select(plan(town), town), "return", town, "reviewer", "范围过大")
    assert row.members.count() == 0
    with refused("campaign.changed"):
        services.campaign_plan(plan=ONE_FIRM, user=town.handler, campaign=row.pk, seen=0)
    row = services.campaign_plan(plan=ONE_FIRM, user=town.handler, campaign=row.pk, seen=row.revision)
    assert select(row, town).members.count() == 1
    with refused("lifecycle.action"):
        services.campaign_plan(plan=ONE_FIRM, user=town.handler, campaign=row.pk, seen=Campaign.objects.get().revision)


def test_a_plan_is_complete_and_of_a_place_that_was_granted(town: Office) -> None:
    with refused("campaign.place"):
        plan(town, division="370100")
    with refused("campaign.place"):
        plan(town, who="stranger")
    for wrong in ({"method": "random"}, {"method": "random", "quantity": 3}, {"seed": "1"}, {"basis": " "}):
        with refused("campaign.plan"):
            plan(town, **wrong)


def test_an_order_is_proposed_by_an_officer_and_the_conclusion_waits_for_it(town: Office, signed_in) -> None:
    row = announce(select(plan(town, method="listed"), town, listed=USCC), town)
    found = Verification.objects.get(campaign=row)
    assert Proposal.objects.count() == 0
    found = services.verification_self_check(
        verification=found.pk, seen=found.revision, text="少两人", files=[], user=town.firm
    )
    found = services.verification_review(
        verification=found.pk, seen=found.revision, finding="少两人", user=town.handler
    )
    assert found.snapshot["verdict"] == "unknown"
    with refused("campaign.not_short"):
        services.verification_order(verification=found.pk, seen=found.revision, user=town.handler)
    Verification.objects.filter(pk=found.pk).update(
        snapshot=found.snapshot | {"verdict": "short", "sentence": "缺 2 人"}
    )
    found = services.verification_order(verification=found.pk, seen=found.revision, user=town.handler)
    order = Proposal.objects.get()
    assert (found.order, order.act, order.event_type) == (order, "rectify", "verification.short")
    assert order.state == "proposed", "others decide it"
    page = signed_in("handler").get(f"/decisions/{order.pk}").content.decode()
    assert "核查初审发现不符合资质条件" in page
    assert found.finding in page, "why it was proposed"
    here = f"/campaigns/verification/{found.pk}"
    assert "提出责令限期改正" in signed_in("handler").get(here).content.decode()
    assert "提出责令限期改正" not in signed_in("firm").get(here).content.decode(), "told by the notice, not before"
    with refused("campaign.ordered"):
        services.verification_order(verification=found.pk, seen=found.revision, user=town.handler)
    with refused("lifecycle.needs"):
        services.verification_conclude(
            verification=found.pk, seen=found.revision, outcome="达标", reasons="x", user=town.signer
        )
    town.to_effect(order)
    carry_on()
    rectification = Rectification.objects.get()
    assert rectification.enterprise == FIRM
    with refused("lifecycle.needs"):
        services.verification_conclude(
            verification=found.pk, seen=found.revision, outcome="达标", reasons="x", user=town.signer
        )
    Rectification.objects.update(state="overdue", overdue_at=clock.now())
    found = services.verification_conclude(
        verification=found.pk, seen=found.revision, outcome="不达标", reasons="逾期未改", user=town.signer
    )
    assert found.state == "concluded"
