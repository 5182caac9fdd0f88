"""Events that arrive late: judged by what held on their day, asked again by what comes after, and what is history."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.decisions.world import AT, FIRM, MONDAY, OTHER, PROJECT
from server.linkage.telling import event, tell
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.linkage import EVENT_TYPES, FACTS
from zhulian.server.common import clock
from zhulian.server.decisions.models import Proposal
from zhulian.server.linkage import judging, narrowing
from zhulian.server.linkage.facts import About, facts_of
from zhulian.server.linkage.models import CopyNotice, Flag, Judged, Obligation, Share
from zhulian.server.registry.models import Accident, Participation, Project

pytestmark = pytest.mark.usefixtures("office", "authority")
OLD = "2022-03-01"


def told(name: str, day: str, **data):
    return event(name, **{EVENT_TYPES[name].day: day}, **data)


def accident(day: dt.date, project: int = PROJECT, number: str = "A-1") -> None:
    figures = {"deaths": 1, "serious_injuries": 0, "direct_loss": 0}
    place = {"enterprise": FIRM, "project": project, "occurred_on": day, "fact_from": day}
    Accident.objects.create(**place, **figures, accident_no=number, recorded_at=AT)


def concluded(day: dt.date, on: str, project: int = PROJECT):
    place = {"project": project, "occurred_on": str(day), "deaths": 1, "serious_injuries": 0, "direct_loss": 0}
    return event("site.accident.concluded", **place, concluded_on=on, responsible=True)


def test_what_happened_before_the_border_asks_nobody_for_anything_and_says_so():
    tell(
        told("market.bid.rigged", OLD, record_no="R1"),
        told("market.wages.unpaid", OLD, record_no="R2"),
        told("site.hazard.found", OLD, project=PROJECT, hazard_no="H1", level="重大"),
    )
    assert not any(model.objects.exists() for model in (Proposal, Obligation, CopyNotice, Share))
    rows = list(Judged.objects.all())
    assert {row.rule for row in rows} == {"bid-rigging", "unpaid-wages", "major-hazard"}
    for row in rows:
        assert (row.verdict, row.effects, row.happened_on) == ("met", [], dt.date(2022, 3, 1))
        assert row.border == MONDAY - dt.timedelta(days=365)
        assert "补录" in row.reason["notes"][-1]


def test_what_stands_until_something_ends_it_stands_though_it_began_long_ago():
    tell(told("market.dishonesty.listed", OLD, record_no="R1"))
    share = Share.objects.get()
    assert (share.share, share.ended_at) == ("key", None)
    assert not Proposal.objects.exists()
    assert "补录" in Judged.objects.get().reason["notes"][-1]
    tell(told("credit.repaired", "2024-03-01", record_no="R1", effective_on=OLD))
    share.refresh_from_db()
    assert share.end_event is not None


def test_a_late_report_within_the_window_still_acts(settings):
    day = str(MONDAY - dt.timedelta(days=300))
    tell(told("market.bid.rigged", day, record_no="R1"))
    assert Proposal.objects.count() == 2
    settings.HISTORY_DAYS = 200
    tell(told("market.bid.rigged", day, record_no="R2"))
    assert Proposal.objects.count() == 2


def test_what_happened_before_the_takeover_is_history_however_short_ago(settings):
    settings.TAKEOVER = MONDAY - dt.timedelta(days=1)
    tell(told("market.bid.rigged", str(MONDAY - dt.timedelta(days=2)), record_no="R1"))
    assert not Proposal.objects.exists()
    tell(told("market.bid.rigged", str(MONDAY - dt.timedelta(days=1)), record_no="R2"))
    assert Proposal.objects.count() == 2


def test_a_state_that_still_stands_is_no_history():
    """That a permit ran out three years ago and nobody renewed it is true today."""
    Participation.objects.create(project=PROJECT, enterprise=FIRM, role="施工总承包", recorded_at=AT)
    Project.objects.create(project=PROJECT, name="一号楼", region="370202", status="在建", recorded_at=AT)
    tell(event("permit.expired", permit_no="P1", valid_until=OLD))
    assert Judged.objects.get().border is None
    assert Obligation.objects.exists() or CopyNotice.objects.exists()


def test_the_ledger_marks_history_and_lists_it(office):
    tell(told("market.bid.rigged", OLD, record_no="R1"), told("market.bid.rigged", str(MONDAY), record_no="R2"))
    listed = narrowing.judged(office.handler, narrowing.filters_from({"fired": "history"}), today=MONDAY)
    assert [row.happened_on for row in listed] == [dt.date(2022, 3, 1)]
    fired = narrowing.judged(office.handler, narrowing.filters_from({}), today=MONDAY)
    assert [row.happened_on for row in fired] == [MONDAY]


def test_facts_are_those_of_the_day_of_the_event():
    day = dt.date(2025, 5, 1)
    Participation.objects.create(project=PROJECT, enterprise=FIRM, role="施工总承包", recorded_at=AT)
    one = {"project": PROJECT, "name": "一号楼", "recorded_at": AT}
    Project.objects.create(**one, status="在建", fact_until=day)
    Project.objects.create(**one, status="竣工", fact_from=day)
    before, after = (facts_of(About(FIRM, {}, on, MONDAY), ["running_sites"]) for on in (dt.date(2025, 4, 30), day))
    assert (before["running_sites"], after["running_sites"]) == (1, 0)
    tell(told("permit.suspended", "2025-04-30", permit_no="P1"))
    assert Judged.objects.get().facts == {"running_sites": 1}


def test_flags_count_as_they_stood_when_it_happened():
    made = {"event": "00000000-0000-0000-0000-000000000001", "rule": "x", "effect": "flag"}
    ended = dt.datetime(2025, 5, 10, tzinfo=SHANGHAI)
    Flag.objects.create(
        **made,
        enterprise=FIRM,
        code="D101B",
        made_at=ended - dt.timedelta(days=5),
        ended_at=ended,
        end_event=made["event"],
    )
    found = [
        facts_of(About(FIRM, {}, dt.date(2025, 5, day), MONDAY), ["flagged_codes"])["flagged_codes"]
        for day in (4, 5, 9, 10)
    ]
    assert found == [0, 1, 1, 0]


def test_an_accident_that_is_told_late_turns_the_bar_of_the_later_one():
    """Two accidents within a year bar an upgrade, in whichever order they are reported."""
    accident(dt.date(2025, 5, 20))
    tell(concluded(dt.date(2025, 5, 20), "2025-06-01"))
    assert Judged.objects.get(rule="accident-bar").verdict == "short"
    accident(dt.date(2025, 3, 1), OTHER, "B-1")
    late = told("site.accident.reported", "2025-03-01", project=OTHER, deaths=1, serious_injuries=0, direct_loss=0)
    tell(late)
    first, second = Judged.objects.filter(rule="accident-bar").order_by("turn")
    assert (first.verdict, first.effects, second.verdict, second.turn) == ("short", [], "met", 1)
    assert Proposal.objects.filter(rule="accident-bar", event=first.event).count() == 1
    assert all(judging.replayed(row)["verdict"] == row.verdict for row in (first, second))
    tell(told("site.accident.reported", "2025-03-02", project=OTHER, deaths=0))
    assert Judged.objects.filter(rule="accident-bar").count() == 2


def test_what_fired_stays_with_the_people_who_have_it():
    accident(dt.date(2025, 5, 20))
    accident(dt.date(2025, 3, 1), OTHER, "B-1")
    tell(concluded(dt.date(2025, 5, 20), "2025-06-01"))
    Accident.objects.filter(accident_no="B-1").delete()
    tell(told("market.bid.rigged", "2025-03-05", record_no="R1"))
    assert Judged.objects.filter(rule="accident-bar").count() == 1
    assert Proposal.objects.get(rule="accident-bar").state == "proposed"


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [("甲公司", "乙公司", False), ("甲公司", "甲公司", None), ("甲公司", None, None), (None, None, None)],
)
def test_adjacent_sections_are_ruled_out_by_other_clients_and_else_unknown(own, other, expected):
    Project.objects.create(project=PROJECT, name="一标段", owner=own, recorded_at=AT)
    Project.objects.create(project=OTHER, project_code="X-2", name="二标段", owner=other, status="停工", recorded_at=AT)
    about = About(FIRM, {"project": PROJECT, "other_project": "X-2"}, MONDAY, MONDAY)
    assert facts_of(about, ["adjacent_sections", "lawfully_paused"]) == {
        "adjacent_sections": expected,
        "lawfully_paused": True,
    }


def test_the_page_says_why_it_is_unknown_whether_sections_are_adjacent():
    tell(event("site.leader.overlapping", project=PROJECT, person=5, other_project="X-2", on="2025-06-01"))
    reason = Judged.objects.get().reason
    assert FACTS["adjacent_sections"].how in str(reason)


def test_a_project_without_a_code_is_found_by_its_name_unless_several_bear_it():
    Project.objects.create(project=OTHER, name="二标段", status="停工", recorded_at=AT)
    about = About(FIRM, {"project": PROJECT, "other_project": "二标段"}, MONDAY, MONDAY)
    assert facts_of(about, ["lawfully_paused"]) == {"lawfully_paused": True}
    Project.objects.create(project=PROJECT, name="二标段", status="在建", recorded_at=AT)
    assert facts_of(about, ["lawfully_paused"]) == {"lawfully_paused": None}


DAYS = st.integers(0, 900)


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["market.bid.rigged", "market.wages.unpaid"]), DAYS), min_size=1, max_size=5))
def test_nothing_before_the_border_has_a_deadline_and_everything_replays(arrived):
    with transaction.atomic(), clock.frozen(MONDAY):
        for number, (name, days) in enumerate(arrived):
            day = str(MONDAY - dt.timedelta(days=days))
            one = told(name, day, record_no=f"R{number}")
            judging.judge_event(one, FIRM)
            asked = Proposal.objects.filter(event=one.id).exists()
            assert asked == (days <= 365)
            for row in Judged.objects.filter(event=one.id):
                again = judging.replayed(row)
                assert (again["verdict"], again["effects"], again["reason"]) == (row.verdict, row.effects, row.reason)
        transaction.set_rollback(True)
