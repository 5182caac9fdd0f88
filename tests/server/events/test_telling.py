"""Rows tell events: each happening once, whatever brings it and however often it is corrected."""

# ruff: noqa: ARG001 - fixtures are asked for by name

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from server.events.conftest import BOSS, FIRM, OTHER, SITE, SITE2, TODAY, drain, told, types
from zhulian.core.linkage import EVENT_TYPES
from zhulian.server.common import dispatch, jobs
from zhulian.server.common.models import Event, Job
from zhulian.server.events import watching
from zhulian.server.events.models import Look, Watch
from zhulian.server.events.stories import STORIES
from zhulian.server.registry.merging.services import subjects_merge
from zhulian.server.registry.models import Identity

DAY = dt.timedelta(days=1)
DOMAIN = ("market.", "site.", "permit.", "person.", "credit.")


def accident(record, **more: str) -> None:
    given = {"accident_no": "A1", "enterprise": FIRM, "project": SITE, "occurred_on": "2025-05-30", "deaths": "1"}
    record("accident", **(given | more))


def hazard(record, **more: str) -> None:
    given = {"hazard_no": "H1", "enterprise": FIRM, "project": SITE, "level": "重大", "found_on": "2025-05-20"}
    record("hazard", **(given | more))


def credit(record, **more: str) -> None:
    given = {
        "record_no": "C1",
        "enterprise": FIRM,
        "polarity": "不良",
        "kind": "行政处罚",
        "effective_on": "2025-05-01",
    }
    record("credit_record", **(given | more))


def registered(record, enterprise: str = FIRM, **more: str) -> None:
    given = {"person": BOSS, "enterprise": enterprise, "kind": "一级注册建造师", "specialty": "建筑工程"}
    record("registration", **(given | more))


def permit(record, **more: str) -> None:
    given = {
        "permit_no": "S1",
        "enterprise": FIRM,
        "issued_on": "2022-09-01",
        "valid_until": "2025-08-31",
        "status": "有效",
    }
    record("safety_permit", **(given | more))


def watch(today, day: dt.date) -> None:
    """Run the daily look on a day."""
    today(day)
    with transaction.atomic():
        jobs.job_start(kind=watching.JOB)
    while dispatch.jobs_step():
        pass
    drain()


def test_every_story_and_type_fit_each_other() -> None:
    for story in STORIES:
        fields = {field.name for field in EVENT_TYPES[story.type].fields}
        assert set(story.fields) <= fields
        assert set(EVENT_TYPES[story.type].key) <= set(story.fields), "two reports could not be told to be one"


def test_an_accident_is_told_and_later_its_conclusion(record, today) -> None:
    accident(record)
    assert types(*DOMAIN) == ["site.accident.reported"]
    today(TODAY + 60 * DAY)
    accident(record, concluded_on="2025-07-20", responsible="1")
    assert types(*DOMAIN) == ["site.accident.reported", "site.accident.concluded"]
    row = Event.objects.get(type="site.accident.concluded")
    firm, site = (Identity.objects.get(value=v).subject_id for v in ("1", "P-1"))
    assert row.subject == row.ordering_key == f"enterprise:{firm}"
    assert row.affects == [f"project:{site}"]
    assert row.data["responsible"] is True
    assert row.data["concluded_on"] == "2025-07-20"
    assert row.business_key == f"{firm}|{site}|2025-05-30"
    assert Event.objects.get(id=row.cause).type == "facts.changed"


def test_two_feeds_report_one_accident_under_two_numbers(record) -> None:
    accident(record, feed="应急")
    accident(record, feed="住建", accident_no="B-77", deaths="2")
    assert types(*DOMAIN) == ["site.accident.reported"]


@pytest.mark.parametrize("change", [{"occurred_on": "2025-05-29"}, {"project": SITE2}, {"deaths": "3"}])
def test_a_correction_is_not_told_again(record, today, change) -> None:
    accident(record)
    today(TODAY + DAY)
    accident(record, **change)
    assert types(*DOMAIN) == ["site.accident.reported"]


def test_the_same_file_again_tells_nothing(record) -> None:
    for _ in range(2):
        accident(record)
        hazard(record)
        credit(record)
    assert sorted(types(*DOMAIN)) == [
        "credit.recorded",
        "market.penalty.effective",
        "site.accident.reported",
        "site.hazard.found",
    ]


def test_a_conclusion_that_comes_first_tells_both_in_order(record) -> None:
    accident(record, occurred_on="2025-01-05", concluded_on="2025-05-05", responsible="1")
    accident(record, occurred_on="2025-01-05")
    assert types(*DOMAIN) == ["site.accident.reported", "site.accident.concluded"]


def test_a_hazard_runs_over_its_term_and_is_closed(record, today) -> None:
    hazard(record, due_on="2025-06-10")
    watch(today, dt.date(2025, 6, 10))
    assert types("site.hazard") == ["site.hazard.found"]
    watch(today, dt.date(2025, 6, 11))
    watch(today, dt.date(2025, 6, 12))
    assert types("site.hazard") == ["site.hazard.found", "site.hazard.overdue"]
    hazard(record, due_on="2025-06-10", closed_on="2025-06-12")
    assert types("site.hazard") == ["site.hazard.found", "site.hazard.overdue", "site.hazard.closed"]


def test_a_longer_term_is_respected_and_its_own_end_told(record, today) -> None:
    hazard(record, due_on="2025-06-10")
    today(dt.date(2025, 6, 9))
    hazard(record, due_on="2025-06-20")
    watch(today, dt.date(2025, 6, 15))
    assert types("site.hazard") == ["site.hazard.found"]
    watch(today, dt.date(2025, 6, 21))
    assert [d["due_on"] for _, d in told("site.hazard.overdue")] == ["2025-06-20"]


def test_what_was_closed_in_time_or_late_is_not_overdue(record) -> None:
    hazard(record, due_on="2025-05-25", closed_on="2025-05-30")
    assert types("site.hazard") == ["site.hazard.found", "site.hazard.closed"]


@pytest.mark.parametrize(
    ("kind", "more", "type_"),
    [
        ("行政处罚", {}, "market.penalty.effective"),
        ("违法发承包", {"act": "转包"}, "market.contract.illegal"),
        ("串通投标", {}, "market.bid.rigged"),
        ("虚假材料", {}, "market.material.false"),
        ("严重失信", {}, "market.dishonesty.listed"),
        ("拖欠工资", {}, "market.wages.unpaid"),
        ("投诉查实", {}, "market.complaint.confirmed"),
    ],
)
def test_a_bad_record_is_an_event_of_the_market(record, kind, more, type_) -> None:
    credit(record, kind=kind, **more)
    assert types(*DOMAIN) == [type_, "credit.recorded"]


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "表彰奖励", "polarity": "良好"},
        {"kind": "行政处罚", "polarity": "良好"},
        {"kind": "违法发承包", "act": "说不清"},
    ],
)
def test_a_good_record_or_an_unclear_act_is_only_recorded(record, more) -> None:
    credit(record, **more)
    assert types(*DOMAIN) == ["credit.recorded"]


def test_a_decision_is_told_when_it_is_effective_and_when_it_is_repaired(record, today) -> None:
    credit(record, effective_on="2025-06-10", decided_on="2025-06-01")
    assert types(*DOMAIN) == []
    watch(today, dt.date(2025, 6, 10))
    assert types(*DOMAIN) == ["market.penalty.effective", "credit.recorded"]
    credit(record, effective_on="2025-06-10", decided_on="2025-06-01", repaired_on="2025-06-10")
    assert types(*DOMAIN)[2:] == ["credit.repaired"]


def test_a_suspicion_without_a_decision_tells_nothing(record) -> None:
    record("credit_record", record_no="C1", enterprise=FIRM, polarity="不良", kind="串通投标")
    record("credit_record", record_no="C2", person=BOSS, polarity="不良", kind="行政处罚", effective_on="2025-05-01")
    assert types(*DOMAIN) == []


def test_a_permit_runs_out_three_months_after_that_was_foreseen(record, today) -> None:
    permit(record, valid_until="2025-09-15")
    assert types(*DOMAIN) == []
    watch(today, dt.date(2025, 6, 14))
    assert types(*DOMAIN) == []
    watch(today, dt.date(2025, 6, 15))
    assert types(*DOMAIN) == ["permit.expiring"]
    watch(today, dt.date(2025, 9, 15))
    assert types(*DOMAIN) == ["permit.expiring"]
    watch(today, dt.date(2025, 9, 16))
    assert types(*DOMAIN) == ["permit.expiring", "permit.expired"]


@pytest.mark.parametrize("status", ["注销", "吊销"])
def test_a_permit_that_ended_otherwise_does_not_expire(record, status) -> None:
    permit(record, valid_until="2025-01-01", status=status)
    assert types(*DOMAIN) == []


def test_a_permit_followed_by_another_does_not_expire(record) -> None:
    permit(record, permit_no="S2", issued_on="2024-12-01", valid_until="2027-12-01")
    permit(record, valid_until="2025-01-01")
    assert types(*DOMAIN) == []


def test_a_permit_is_suspended_and_restored_once_each(record, today) -> None:
    permit(record)
    today(TODAY + DAY)
    permit(record, status="暂扣")
    permit(record, status="暂扣")
    today(TODAY + 31 * DAY)
    permit(record)
    states = [(t, d["on"]) for t, d in told("permit.suspended", "permit.restored")]
    assert states == [("permit.suspended", "2025-06-03"), ("permit.restored", "2025-07-03")]


def test_people_who_are_there_at_first_are_no_news_and_newcomers_are(record, today) -> None:
    registered(record)
    assert types("person.") == []
    today(TODAY + DAY)
    registered(record, person="RY_ID:10")
    registered(record, person="RY_ID:10", specialty="市政公用工程")
    assert [(t, d["on"]) for t, d in told("person.")] == [("person.joined", "2025-06-03")]


def test_somebody_leaves_and_a_correction_of_the_day_is_no_second_leaving(record, today) -> None:
    registered(record, fact_from="2024-01-01")
    registered(record, fact_from="2025-06-01", end_reason="注销注册")
    assert [(t, d["on"]) for t, d in told("person.")] == [("person.left", "2025-06-01")]
    today(TODAY + 9 * DAY)
    registered(record, fact_from="2025-05-20", end_reason="注销注册")
    assert types("person.") == ["person.left"]


def test_one_specialty_less_is_no_leaving(record) -> None:
    registered(record, fact_from="2024-01-01")
    registered(record, fact_from="2024-01-01", specialty="市政公用工程")
    registered(record, fact_from="2025-06-01", specialty="市政公用工程", end_reason="注销注册")
    assert types("person.") == []


@pytest.mark.parametrize("first", [FIRM, OTHER])
def test_somebody_moves_whichever_side_is_told_first(record, first) -> None:
    registered(record, fact_from="2024-01-01")
    if first == OTHER:
        registered(record, OTHER, fact_from="2025-06-01")
    registered(record, fact_from="2025-06-01", end_reason="变更注册")
    registered(record, OTHER, fact_from="2025-06-01")
    firm = Identity.objects.get(value="1").subject_id
    assert [(t, d["on"]) for t, d in told("person.") if d["enterprise"] == firm] == [("person.moved", "2025-06-01")]


def test_an_end_that_was_known_before_is_told_when_it_comes(record, today) -> None:
    registered(record, fact_from="2024-01-01", fact_until="2025-06-20")
    watch(today, dt.date(2025, 6, 19))
    assert types("person.") == []
    watch(today, dt.date(2025, 6, 20))
    assert types("person.") == ["person.left"]


def test_who_comes_back_joins_again(record, today) -> None:
    registered(record, fact_from="2024-01-01")
    registered(record, fact_from="2025-06-01", end_reason="注销注册")
    today(TODAY + 30 * DAY)
    registered(record, fact_from="2025-07-02", end_reason="")
    assert types("person.") == ["person.left", "person.joined"]


def test_a_bid_that_won_names_the_project(record) -> None:
    record("tender", tender_no="T1", project=SITE, opened_on="2025-05-28")
    record("bid", tender_no="T1", enterprise=FIRM, won="1")
    record("bid", tender_no="T1", enterprise=OTHER, won="0")
    ((type_, data),) = told(*DOMAIN)
    assert (type_, data["on"]) == ("market.tender.won", "2025-05-28")
    assert data["project"] == Identity.objects.get(value="P-1").subject_id


def leads(record, site: str, since: str, status: str = "在建") -> None:
    record("project", project=site, name=f"工程{site[-1]}", region="370202", status=status)
    record("appointment", project=site, post="项目负责人", person=BOSS, enterprise=FIRM, fact_from=since)


def test_one_leader_of_two_running_sites_is_told_once(record, today) -> None:
    leads(record, SITE, "2025-01-01")
    leads(record, SITE2, "2025-03-01")
    watch(today, TODAY)
    watch(today, TODAY + DAY)
    ((_, data),) = told("site.leader")
    assert data["on"] == "2025-03-01"
    assert len(Event.objects.get(type="site.leader.overlapping").affects) == 3


@pytest.mark.parametrize("status", ["竣工", "停工", "未开工"])
def test_a_site_that_does_not_run_is_no_overlap(record, today, status) -> None:
    leads(record, SITE, "2025-01-01")
    leads(record, SITE2, "2025-03-01", status)
    watch(today, TODAY)
    assert types("site.leader") == []


def test_who_was_let_go_does_not_lead(record, today) -> None:
    leads(record, SITE, "2025-01-01")
    leads(record, SITE2, "2025-03-01")
    record(
        "person_lock", person=BOSS, project=SITE, post="项目负责人", locked_on="2025-01-01", unlocked_on="2025-02-01"
    )
    watch(today, TODAY)
    assert types("site.leader") == []


def test_a_merge_tells_nothing_again(record, today) -> None:
    accident(record)
    credit(record)
    registered(record, fact_from="2024-01-01")
    registered(record, fact_from="2025-06-01", end_reason="注销注册")
    hazard(record, hazard_no="H2", enterprise=OTHER)
    before = types(*DOMAIN)
    firm, other = (Identity.objects.get(value=v, subject_kind="enterprise").subject_id for v in ("1", "2"))
    from zhulian.server.common import clock

    subjects_merge(survivor=other, gone=firm, reason="同一家", codes_checked=True, actor="user:1", at=clock.now())
    drain()
    assert types(*DOMAIN) == before


def test_the_look_is_remembered_by_row_and_the_watch_by_day(record, today) -> None:
    hazard(record)
    first = Look.objects.get(table_name="hazard").row
    hazard(record, hazard_no="H2")
    assert Look.objects.get(table_name="hazard").row > first
    watch(today, TODAY)
    assert set(Watch.objects.values_list("through", flat=True)) == {TODAY}
    assert set(Watch.objects.values_list("name", flat=True)) == set(watching.LOOKS)
    assert Job.objects.get(kind=watching.JOB).state == "finished"
