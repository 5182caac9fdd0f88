"""Events judged, effects once, ends told, obligations worked on: through the outbox as it runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.decisions.world import AT, DIVISION, FIRM, MONDAY, PROJECT
from server.linkage.telling import event, event_of, tell
from zhulian import rulebooks
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage import EVENT_TYPES, FACTS, LinkageBook
from zhulian.server.accounts.models import Duty
from zhulian.server.common import clock, outbox
from zhulian.server.common.models import Event
from zhulian.server.decisions.models import Proposal
from zhulian.server.linkage import handlers, judging, selectors, services
from zhulian.server.linkage.facts import COMPUTED, About, facts_of
from zhulian.server.linkage.models import CopyNotice, Flag, Judged, Obligation, Share
from zhulian.server.registry.merging.services import subjects_merge
from zhulian.server.registry.models import Accident, Enterprise, Project, Subject

pytestmark = pytest.mark.usefixtures("office", "authority")
HAZARD = {"enterprise": FIRM, "project": PROJECT, "hazard_no": "H1", "level": "重大"}
RIGGED = {"enterprise": FIRM, "record_no": "R1", "effective_on": "2025-05-30"}
ACCIDENT = {"enterprise": FIRM, "project": PROJECT, "occurred_on": "2025-06-01", "deaths": 1, "serious_injuries": 0}


@pytest.fixture
def site():
    Project.objects.create(project=PROJECT, name="一号楼", region="370202", status="在建", recorded_at=AT)


@pytest.fixture
def hazard(site) -> Obligation:  # noqa: ARG001 - the project must be known
    tell(event("site.hazard.found", **HAZARD))
    return Obligation.objects.get()


def test_every_fact_of_the_catalogue_has_its_query():
    assert FACTS.keys() == COMPUTED
    assert facts_of(About(FIRM, {}, MONDAY, MONDAY), sorted(FACTS))["safety_permit_status"] == "有效"


def test_every_type_that_rules_name_has_the_handler():
    for name in handlers.named_types():
        assert "zhulian.server.linkage.handlers.follow" in outbox.handlers[name]
    assert set(EVENT_TYPES) <= outbox.event_types.keys()


def test_a_decision_of_the_market_makes_proposals_and_raises_the_share():
    tell(event("market.bid.rigged", **RIGGED))
    assert {p.effect for p in Proposal.objects.all()} == {"verify", "bar"}
    share = Share.objects.get()
    assert (share.share, share.until) == ("raise", dt.date(2026, 6, 2))


def test_why_not_is_logged_with_what_was_asked():
    tell(event("site.hazard.found", **{**HAZARD, "level": "一般"}))
    row = Judged.objects.get(rule="major-hazard")
    assert row.verdict == "short"
    assert row.effects == []
    assert "一般" in row.reason["children"][0]["notes"][0]


def test_a_condition_nobody_can_tell_holds_back():
    tell(event("site.accident.reported", **{**ACCIDENT, "deaths": None, "serious_injuries": None}))
    assert Judged.objects.get(rule="accident-suspension").verdict == "unknown"
    assert not Proposal.objects.filter(rule="accident-suspension").exists()


def test_a_quick_report_without_the_loss_proposes_by_what_it_is_at_least():
    """The loss is known weeks later; one dead makes it an accident of the lowest grade or more."""
    tell(event("site.accident.reported", **ACCIDENT))
    row = Judged.objects.get(rule="accident-suspension")
    assert (row.verdict, row.facts["accident_grade_at_least"]) == ("met", "一般事故")
    assert Proposal.objects.filter(rule="accident-suspension", act="suspend_permit").count() == 1


def test_two_reports_of_one_accident_are_one_accident():
    for number, deaths in (("A-1", 1), ("B-1", 3)):
        told = {"enterprise": FIRM, "project": PROJECT, "occurred_on": dt.date(2025, 3, 1), "recorded_at": AT}
        Accident.objects.create(**told, accident_no=number, deaths=deaths, serious_injuries=0, direct_loss=0)
    asked = ["accidents_12_months", "accidents_1_year", "accidents_1_year_larger"]
    assert facts_of(About(FIRM, ACCIDENT, MONDAY, MONDAY), asked) == dict(zip(asked, (1, 2, 1), strict=True))


@pytest.mark.django_db
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.booleans(), min_size=1, max_size=4))
def test_an_event_again_or_under_a_newer_version_gives_one_effect(newer):
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        once = event("market.bid.rigged", **RIGGED)
        services.event_judge(event=once)
        book = rulebooks.linkage_book()
        for new in newer:
            rule = book.rules["bid-rigging"]
            later = replace(rule.versions[-1], id="2025", hash="f" * 64, valid_from=MONDAY)
            changed = LinkageBook({**book.rules, rule.id: replace(rule, versions=(*rule.versions, later))})
            patch.setattr(rulebooks, "linkage_book", lambda found=(changed if new else book): found)
            services.event_judge(event=once)
        assert Judged.objects.filter(event=once.id).count() == 1
        assert Share.objects.filter(event=once.id).count() == 1
        assert Proposal.objects.filter(event=once.id).count() == 2
        transaction.set_rollback(True)


def test_replay_of_the_log_says_the_same(site):  # noqa: ARG001 - the project must be known
    tell(
        event("market.bid.rigged", **RIGGED),
        event("site.hazard.found", **HAZARD),
        event("site.accident.reported", **ACCIDENT),
        event("site.presence.short", project=PROJECT, post="项目经理", month="2025-05-01"),
        event("site.presence.short", project=PROJECT, post="安全员", month="2025-05-01"),
    )
    rows = list(Judged.objects.all())
    assert len(rows) >= 6
    for row in rows:
        assert judging.replayed(row) == {
            "rule": row.rule, "version": row.version, "hash": row.hash,
            "verdict": row.verdict, "reason": row.reason, "effects": row.effects,
        }  # fmt: skip
    assert [r.effects == [] for r in rows if r.rule == "absent-key-posts"] == [False, True]
    changed = rows[0]
    changed.hash = "0" * 64
    with pytest.raises(KeyError):
        judging.replayed(changed)


def test_a_flag_stands_once_and_ends_with_its_event(monkeypatch):
    monkeypatch.setattr(judging, "facts_of", lambda _about, names: dict.fromkeys(names, True))
    tell(event("qualification.fell_short", code="D101B"), event("qualification.fell_short", code="D101B"))
    flag = Flag.objects.get()
    tell(event("qualification.recovered", code="D102A"))
    flag.refresh_from_db()
    assert flag.ended_at is None
    tell(event("qualification.recovered", code="D101B"))
    flag.refresh_from_db()
    assert flag.end_event is not None
    told = Event.objects.filter(type__startswith="qualification.").values_list("type", flat=True)
    assert {"qualification.flagged", "qualification.unflagged"} <= set(told)


def test_a_share_without_a_term_ends_with_its_event_and_with_what_is_held_no_more(monkeypatch):
    monkeypatch.setattr(judging, "facts_of", lambda _about, names: dict.fromkeys(names, True))
    tell(*(event("qualification.fell_short", code=code) for code in ("D101B", "D110B")))
    tell(event("qualification.recovered", code="D101B"))
    shares = {row.told["code"]: row for row in Share.objects.all()}
    assert (shares["D101B"].ended_at is not None, shares["D110B"].ended_at) == (True, None)
    tell(event("qualification.released", code="D110B"))
    assert not Share.objects.filter(ended_at=None).exists()
    assert not Flag.objects.filter(ended_at=None).exists()


def test_what_stands_about_a_firm_counts_and_ends_when_it_turns_out_to_be_another(site, monkeypatch):  # noqa: ARG001 - the project must be known
    monkeypatch.setattr(judging, "facts_of", lambda _about, names: dict.fromkeys(names, True))
    tell(event("qualification.fell_short", code="D101B"))
    monkeypatch.undo()
    tell(event("site.presence.short", project=PROJECT, post="项目经理", month="2025-05-01"))
    survivor = 171
    Subject.objects.create(pk=survivor, kind="enterprise", created_at=AT)
    Enterprise.objects.create(enterprise=survivor, name="青岛甲建筑公司", region="370202", recorded_at=AT)
    merged = {"survivor": survivor, "gone": FIRM, "reason": "同一营业执照", "codes_checked": True, "actor": "user:1"}
    subjects_merge(**merged, at=clock.now())
    assert facts_of(About(survivor, {}, MONDAY, MONDAY), ["flagged_codes"]) == {"flagged_codes": 1}
    about = {"enterprise": survivor, "subject": f"enterprise:{survivor}"}
    tell(event_of(survivor, "site.presence.short", project=PROJECT, post="安全员", month="2025-05-01"))
    assert Judged.objects.get(rule="absent-key-posts", **about).held == ["check"]
    tell(event_of(survivor, "qualification.recovered", code="D101B"))
    assert not Flag.objects.filter(ended_at=None).exists()


def test_the_repair_of_another_record_ends_nothing():
    tell(event("market.dishonesty.listed", **RIGGED))
    tell(event("credit.repaired", record_no="R2", effective_on="2025-05-30", repaired_on="2025-06-02"))
    assert Share.objects.get().ended_at is None
    tell(event("credit.repaired", record_no="R1", effective_on="2025-05-30", repaired_on="2025-06-02"))
    assert Share.objects.get().end_event is not None


def test_a_hazard_closed_finishes_its_own_obligation_alone(hazard):
    tell(event("site.hazard.closed", **{**HAZARD, "hazard_no": "H2"}))
    hazard.refresh_from_db()
    assert hazard.state == "open"
    tell(event("site.hazard.closed", **HAZARD))
    hazard.refresh_from_db()
    assert (hazard.state, hazard.end_event is not None) == ("done", True)
    assert Event.objects.filter(type="obligation.done").count() == 1


def test_where_nobody_here_holds_the_power_a_notice_goes_out(site):  # noqa: ARG001 - the project must be known
    Duty.objects.all().delete()
    tell(event("site.hazard.found", **HAZARD))
    assert not Obligation.objects.exists()
    assert CopyNotice.objects.get().to == judging.OUTSIDE


def test_an_obligation_is_taken_put_back_and_finished(office, hazard):
    taken = services.obligation_move(obligation=hazard.pk, action="take", seen=hazard.revision, user=office.handler)
    assert (taken.state, taken.holder) == ("taken", office.handler)
    refusals = {
        "linkage.not_holder": {"user": office.reviewer, "action": "finish", "seen": taken.revision, "note": "好"},
        "linkage.changed": {"user": office.handler, "action": "finish", "seen": 0, "note": "好"},
        "linkage.none": {"user": office.stranger, "action": "finish", "seen": taken.revision, "note": "好"},
        "lifecycle.needs": {"user": office.handler, "action": "finish", "seen": taken.revision, "note": " "},
    }
    for code, asked in refusals.items():
        with pytest.raises(ZhulianError) as caught:
            services.obligation_move(obligation=taken.pk, **asked)
        assert caught.value.code == code
    back = services.obligation_move(obligation=taken.pk, action="put_back", seen=taken.revision, user=office.handler)
    done = services.obligation_move(
        obligation=back.pk, action="finish", seen=back.revision, user=office.reviewer, note="已核查，隐患消除"
    )
    assert (done.state, done.outcome) == ("done", "已核查，隐患消除")


def test_a_pause_stops_the_clock_and_its_days_do_not_count(office, hazard):
    def move(action: str, note: str = "", user=office.handler) -> Obligation:
        hazard.refresh_from_db()
        return services.obligation_move(obligation=hazard.pk, action=action, seen=hazard.revision, user=user, note=note)

    due = hazard.due_on
    move("take")
    with pytest.raises(ZhulianError, match="理由"):
        move("pause")
    row = move("pause", "委托检测鉴定，行政强制法第二十五条")
    assert row.pauses == [{"since": "2025-06-02", "until": None, "reason": "委托检测鉴定，行政强制法第二十五条"}]
    with clock.frozen(due + dt.timedelta(days=1)):
        assert services.obligations_tell_overdue(today=clock.today(), limit=9) == 0, "nothing runs meanwhile"
        with pytest.raises(ZhulianError, match="办理"):
            move("resume", user=office.reviewer)
    with clock.frozen(MONDAY + dt.timedelta(days=7)):
        row = move("resume")
    assert (row.state, row.pauses[0]["until"]) == ("taken", "2025-06-09")
    stopped = sum(rulebooks.calendar().is_working(MONDAY + dt.timedelta(days=n)) for n in range(7))
    gained = sum(
        rulebooks.calendar().is_working(due + dt.timedelta(days=n + 1)) for n in range((row.due_on - due).days)
    )
    assert gained == stopped > 0
    with clock.frozen(row.due_on + dt.timedelta(days=1)):
        assert services.obligations_tell_overdue(today=clock.today(), limit=9) == 1


def test_what_ends_by_an_event_ends_while_it_is_paused(office, hazard):
    for action, note in (("take", ""), ("pause", "听证期间")):
        hazard.refresh_from_db()
        services.obligation_move(
            obligation=hazard.pk, action=action, seen=hazard.revision, user=office.handler, note=note
        )
    tell(event("site.hazard.closed", **HAZARD))
    hazard.refresh_from_db()
    assert hazard.state == "done"


def test_an_overdue_obligation_is_told_once_and_escalated(hazard):
    with clock.frozen(hazard.due_on + dt.timedelta(days=1)):
        today = clock.today()
        assert services.obligations_tell_overdue(today=today, limit=50) == 1
        assert services.obligations_tell_overdue(today=today, limit=50) == 0
        tell()
    assert Obligation.objects.get(rule="overdue-escalation").effect == "supervise"


def test_an_enterprise_and_a_stranger_see_no_obligations(office, hazard):
    assert list(selectors.visible(office.handler)) == [hazard]
    assert not selectors.visible(office.stranger)
    assert not selectors.visible(office.firm)
    Obligation.objects.update(division="110000")
    assert not selectors.workable(office.handler)
    Obligation.objects.update(division=DIVISION)
    assert selectors.workable(office.handler)
