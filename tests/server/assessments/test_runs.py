"""Verdicts are recorded once, closed when they change, and told about when a flag is raised or lifted."""

from __future__ import annotations

import datetime as dt

import pytest

from server.assessments.world import AT, NOW, assessed, assets, hold
from zhulian.core.kernel.dates import STILL_KNOWN, micros
from zhulian.server.assessments import handlers, selectors, services
from zhulian.server.assessments.models import Assessment, Mark, Run
from zhulian.server.common import clock, jobs, models, outbox
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Finance, Qualification

pytestmark = pytest.mark.usefixtures("register")
TODAY = NOW.date()


def run(at: dt.datetime = NOW) -> Run:
    services.law_look(at=at, actor="system:test")
    return assessed(at)


def verdict(enterprise: int) -> str:
    return selectors.current().get(enterprise=enterprise).verdict


def events(kind: str) -> list[str]:
    return list(models.Event.objects.filter(type=kind).order_by("sequence").values_list("subject", flat=True))


def replace_assets(enterprise: int, yuan: int, source: int, at: dt.datetime) -> None:
    Finance.objects.filter(enterprise=enterprise, superseded_at=STILL_KNOWN).update(superseded_at=micros(at))
    assets(enterprise, yuan, source=source, at=micros(at))


def test_every_held_pair_gets_a_verdict_with_reasons(register):
    found = run()
    assert found.pairs == 3
    assert [verdict(e) for e in (register.short, register.met, register.far)] == ["short", "met", "unknown"]
    row = selectors.current().get(enterprise=register.short)
    assert row.shortfall == "净资产差 5,000 万元"
    assert row.rule_hash
    assert {c["id"] for c in row.reason["children"]} >= {"net-assets", "lead"}


def test_an_unchanged_verdict_writes_no_row():
    run()
    again = run(NOW + dt.timedelta(hours=1))
    assert (again.pairs, again.changed) == (3, 0)
    assert Assessment.objects.count() == 3


def test_a_changed_fact_closes_the_old_verdict_and_keeps_it(register):
    run()
    later = NOW + dt.timedelta(hours=1)
    replace_assets(register.met, 60_000_000, register.source, later)
    assert run(later).changed == 1
    old, new = Assessment.objects.filter(enterprise=register.met).order_by("pk")
    assert (old.verdict, old.superseded_at) == ("met", micros(later))
    assert (new.verdict, new.recorded_at, new.superseded_at) == ("short", micros(later), STILL_KNOWN)
    turns = selectors.history(register.met, "D105A", purpose="动态核查")
    assert turns[0].changes == ("净资产：达标 → 不达标",)
    assert turns[1].changes == ("首次核查",)


def test_a_pair_no_longer_held_is_closed_without_a_successor(register):
    run()
    Qualification.objects.filter(enterprise=register.far).update(status="注销")
    run(NOW + dt.timedelta(hours=1))
    assert not selectors.current().filter(enterprise=register.far).exists()
    assert Assessment.objects.filter(enterprise=register.far).count() == 1


def test_one_event_for_each_flag_raised_or_lifted(register):
    run()
    assert events(services.FELL_SHORT) == [f"enterprise:{register.short}"]
    at = NOW
    for yuan in (None, 50_000_000, None, 200_000_000):
        at += dt.timedelta(hours=1)
        replace_assets(register.short, yuan or 1, register.source, at)
        if yuan is None:
            Finance.objects.filter(enterprise=register.short, superseded_at=STILL_KNOWN).update(net_assets=None)
        run(at)
    # Short, unknown, short again: still the one flag. Net assets suffice but no lead is known: unknown, not recovered.
    assert verdict(register.short) == "unknown"
    assert events(services.FELL_SHORT) == [f"enterprise:{register.short}"]
    assert events(services.RECOVERED) == []
    assert selectors.current().get(enterprise=register.short).flagged


def test_recovery_is_told_even_after_a_time_without_data(register):
    at = NOW + dt.timedelta(hours=1)
    replace_assets(register.met, 50_000_000, register.source, at)
    run(at)
    Finance.objects.filter(enterprise=register.met, superseded_at=STILL_KNOWN).update(net_assets=None)
    run(at + dt.timedelta(hours=1))
    replace_assets(register.met, 200_000_000, register.source, at + dt.timedelta(hours=2))
    run(at + dt.timedelta(hours=2))
    assert events(services.RECOVERED) == [f"enterprise:{register.met}"]


def test_a_step_and_what_it_tells_commit_together(monkeypatch):
    def die(*_args, **_kwargs):
        raise RuntimeError("killed")

    monkeypatch.setattr(services.notary, "leaf_append", die)
    found = Run.objects.create(as_of=TODAY, purpose="动态核查", everyone=True, started_at=1)
    with pytest.raises(RuntimeError, match="killed"):
        services.run_step(run_id=found.pk, enterprises=[1], at=NOW, actor="system:test")
    assert not Assessment.objects.exists()
    assert events(services.FELL_SHORT) == []


def test_every_step_leaves_a_leaf():
    run()
    actions = set(Leaf.objects.values_list("action", flat=True))
    assert actions >= {"assessments.run.start", "assessments.run.step", "assessments.run.finish"}


def step_until_done(kind: str) -> int:
    """Drive the open job of a kind as the worker does; returns the number of steps."""
    row = models.Job.objects.filter(kind=kind, state__in=["waiting", "running"]).get()
    steps, state, done = 0, {}, 0
    while True:
        view = jobs.JobView(row.pk, kind, row.payload, state, done, row.total, row.actor)
        step = jobs.step_functions[kind](view)
        steps, state, done = steps + 1, dict(step.state), step.done
        if step.finished:
            return steps


def test_changed_facts_mark_the_enterprise_and_the_job_assesses_it(register):
    run()
    at = NOW + dt.timedelta(hours=1)
    replace_assets(register.met, 60_000_000, register.source, at)
    with clock.frozen(at):
        handlers.mark([outbox.Event("facts.changed", f"enterprise:{register.met}", {"tables": ["finance"]})])
        handlers.mark([outbox.Event("facts.changed", f"enterprise:{register.met}", {"tables": ["finance"]})] * 2)
        assert Mark.objects.count() == 2
        step_until_done(handlers.REFRESH)
    assert verdict(register.met) == "short"
    assert Mark.objects.count() == 0
    assert Run.objects.latest("pk").pairs == 1


def test_the_day_of_a_critical_date_wakes_the_pair(register):
    run()
    Assessment.objects.filter(enterprise=register.met).update(next_critical_on=TODAY + dt.timedelta(days=1))
    tomorrow = TODAY + dt.timedelta(days=1)
    assert not selectors.work_waiting(today=TODAY, limit=9).enterprises
    assert selectors.work_waiting(today=tomorrow, limit=9).due == {(register.met, "D105A")}
    with clock.frozen(tomorrow):
        jobs.job_start(kind=handlers.REFRESH, key=handlers.REFRESH)
        step_until_done(handlers.REFRESH)
        assert not selectors.work_waiting(today=tomorrow, limit=9).enterprises


def test_the_job_over_everybody_goes_on_after_a_crash(register, monkeypatch):
    for n in range(40):
        hold(register.far, f"D2{n:02}A", register.source)
    monkeypatch.setattr(services, "STEP", 1)
    jobs.job_start(kind=handlers.ALL, payload={"as_of": TODAY.isoformat()})
    first = jobs.step_functions[handlers.ALL](jobs.JobView(1, handlers.ALL, {}, {}, 0, None, ""))
    assert first.done == 1
    assert first.total == 3
    # A new process: nothing but the stored state is left.
    state, done = dict(first.state), first.done
    while True:
        step = jobs.step_functions[handlers.ALL](jobs.JobView(1, handlers.ALL, {}, state, done, None, ""))
        state, done = dict(step.state), step.done
        if step.finished:
            break
    assert Run.objects.count() == 1
    assert Run.objects.get().pairs == 43
    assert selectors.current().count() == 43


def test_a_job_that_nobody_waits_for_takes_larger_steps(monkeypatch):
    monkeypatch.setattr(services, "STEP", 1)
    first = jobs.step_functions[handlers.ALL](jobs.JobView(1, handlers.ALL, {"step": 2}, {}, 0, None, ""))
    assert (first.done, first.total) == (2, 3)


def test_nothing_to_do_starts_no_run():
    run()
    view = jobs.JobView(1, handlers.REFRESH, {}, {}, 0, None, "")
    assert jobs.step_functions[handlers.REFRESH](view).finished
    assert Run.objects.count() == 1, "that of everybody"


def test_a_run_that_dies_in_a_step_leaves_nothing_of_it(register, monkeypatch):
    found = services.run_start(as_of=TODAY, purpose="动态核查", everyone=True, at=NOW, actor="system:test")

    def die(*_args, **_kwargs):
        raise RuntimeError("killed")

    monkeypatch.setattr(services.notary, "leaf_append", die)
    with pytest.raises(RuntimeError, match="killed"):
        services.run_step(run_id=found.pk, enterprises=[register.short], at=NOW, actor="system:test")
    assert not Assessment.objects.exists()
    assert Run.objects.get().pairs == 0


def test_verdicts_of_an_earlier_knowledge_stay_readable(register):
    """What we said before a late fact is what the history still says."""
    run()
    later = NOW + dt.timedelta(days=1)
    replace_assets(register.short, 200_000_000, register.source, later)
    run(later)
    known = Assessment.objects.filter(
        enterprise=register.short, recorded_at__lte=AT + 2_000_000, superseded_at__gt=AT + 2_000_000
    )
    assert [row.verdict for row in known] == ["short"]
