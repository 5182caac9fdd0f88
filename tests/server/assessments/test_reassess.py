"""Re-assessment by change: whatever happens in whatever order, it says what judging everybody anew says."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from server.assessments import sequences as seq
from server.assessments.sequences import FIRMS, LIBRARIES, PEOPLE, Reference, World, recorded, told_since
from zhulian import rulebooks
from zhulian.core.rules import counting
from zhulian.core.rules.plan import ONE, PLANS
from zhulian.server.assessments import affected, handlers, selectors, services
from zhulian.server.assessments.models import Assessment, Mark, Run
from zhulian.server.common import clock, jobs, models, outbox

LONG = os.environ.get("ZHULIAN_LONG") == "1"
DAY = seq.START.date()

firm, person = st.sampled_from(FIRMS), st.sampled_from(PEOPLE)
days = st.dates(dt.date(2023, 6, 1), dt.date(2025, 6, 1))
maybe = st.none() | days


def row(table: str, **cells: Any) -> st.SearchStrategy[seq.Told]:
    return st.tuples(st.just(table), st.fixed_dictionaries(cells))


ROWS = st.one_of(
    row(
        "qualification",
        enterprise=firm,
        code=st.sampled_from(("D105B", "D105C", "D207A", "D207B", "D207C", "D999A")),
        certificate_no=st.sampled_from(("C1", "C2")),
        status=st.sampled_from(("有效", "有效", "有效", "停业整顿", "注销", None)),
    ),
    row("enterprise", enterprise=firm, name=st.just("某公司"), region=st.sampled_from(("370202", "610102", None))),
    row("finance", enterprise=firm, as_of=days, net_assets=st.sampled_from((None, 1, 150_000_000, 400_000_000))),
    row(
        "registration",
        person=person,
        enterprise=firm,
        kind=st.just("二级注册建造师"),
        valid_until=maybe,
        end_reason=st.sampled_from((None, None, "注销")),
    ),
    row("person", person=person, name=st.just("某人"), birth_on=st.sampled_from((dt.date(1963, 9, 1), dt.date(1990, 1, 1), None))),
    row("insurance", person=person, enterprise=firm, month_from=days.map(lambda d: d.replace(day=1)), month_until=st.none()),
    row("title", person=person, specialty=st.just("水利"), grade=st.sampled_from(("初级", "中级"))),
    row("officer", person=person, enterprise=firm, post=st.just("技术负责人"), years_in_management=st.sampled_from((3, 9, None))),
    row("skill", person=person, enterprise=firm, certificate_no=st.sampled_from(("S1", "S2")), grade=st.just("高级工"), trade=st.just("钢筋工")),
    row("safety_permit", enterprise=firm, permit_no=st.sampled_from(("P1", "P2")), status=st.sampled_from(("有效", "暂扣")), issued_on=st.just(dt.date(2023, 1, 1)), valid_until=days),
    row("equipment", enterprise=firm, kind=st.just("起重机"), spec=st.just("x"), owned=st.sampled_from((True, False, None)), count=st.integers(1, 3)),
    row("work", enterprise=firm, work=st.sampled_from(("W1", "W2")), indicator=st.just("span_m"), value=st.sampled_from((20_000, 40_000)), accepted=st.sampled_from((True, None)), completed_on=maybe, lead_person=st.none() | person),
    row("hazard", enterprise=firm, project=st.just("local:1"), hazard_no=st.just("H1"), level=st.just("重大"), found_on=st.just(DAY)),
    row(
        "coverage",
        feed=st.just("示例"),
        table_name=st.sampled_from(("registration", "insurance", "skill", "work", "equipment", "safety_permit", "officer", "title")),
        enterprise=st.none() | firm,
        division=st.sampled_from((None, "370000", "370202")),
        period_from=st.just(dt.date(2020, 1, 1)),
        period_until=st.none() | st.dates(dt.date(2024, 4, 1), dt.date(2025, 6, 1)),
        complete=st.booleans(),
    ),
)  # fmt: skip
STEPS = st.one_of(
    st.tuples(st.just("deliver"), st.lists(ROWS, min_size=1, max_size=5), maybe, maybe, st.none() | st.integers(0, 9)),
    st.tuples(st.just("deliver"), st.lists(ROWS, min_size=1, max_size=5), st.none(), st.none(), st.none()),
    st.tuples(st.just("merge"), st.sampled_from((("enterprise", FIRMS[0], FIRMS[1]), ("person", PEOPLE[0], PEOPLE[1])))),
    st.tuples(st.just("part")),
    st.tuples(st.just("pass"), st.sampled_from((1, 30, 100, 370))),
    st.tuples(st.just("law")),
)  # fmt: skip
HELD = [
    ("qualification", {"enterprise": f, "code": c, "certificate_no": "C0", "status": "有效"})
    for f, c in (
        (FIRMS[0], "D105C"),
        (FIRMS[0], "D207A"),
        (FIRMS[1], "D207C"),
        (FIRMS[1], "D105B"),
        (FIRMS[2], "D207B"),
    )
]


@pytest.fixture
def world(db, monkeypatch):  # noqa: ARG001 - rows are made
    """An empty register under small rulebooks, of which only re-assessment takes notice."""
    ours = {
        kind: {name: function for name, function in found.items() if name.startswith("zhulian.server.assessments.")}
        for kind, found in outbox.handlers.items()
    }
    monkeypatch.setattr(outbox, "handlers", ours)
    made = World()
    monkeypatch.setattr(rulebooks, "library", lambda: LIBRARIES[made.library])
    return made


def act(world: World, step: tuple[Any, ...]) -> None:
    match step:
        case ("deliver", rows, start, until, corrects):
            if start is not None and until is not None and start >= until:
                start, until = until, None
            world.deliver(rows, start=start, until=until, corrects=corrects)
        case ("merge", (kind, first, second)):
            world.merge(kind, first, second)
        case ("part",):
            world.part()
        case ("law",):
            world.library = 1 - world.library


def check(world: World, reference: Reference, step: tuple[Any, ...]) -> None:
    """One step of the world: rows, flags, days and events are what judging everybody anew says."""
    world.now += dt.timedelta(minutes=1, days=step[1] if step[0] == "pass" else 0)
    before = models.Event.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    written = Assessment.objects.count()
    with clock.frozen(world.now):
        act(world, step)
        if step[0] in ("pass", "law"):
            world.wake()
        world.settle()
        events, changed = reference.judge(world.now.date())
    assert recorded() == reference.verdicts, step
    assert told_since(before) == events, step
    assert Assessment.objects.count() - written == changed, step


@settings(
    max_examples=150 if LONG else 4,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a sequence is told as it is: shrinking one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps=st.lists(STEPS, min_size=3, max_size=8))
def test_after_any_sequence_it_says_what_judging_everybody_anew_says(world, steps) -> None:
    world.__init__()
    with transaction.atomic():
        reference = Reference()
        for step in (("deliver", HELD, None, None, None), *steps):
            check(world, reference, step)
        transaction.set_rollback(True)


def happens(world: World, *rows: seq.Told) -> list[tuple[int, str]]:
    """Deliver rows and carry on; the pairs whose verdict was judged again."""
    world.now += dt.timedelta(minutes=1)
    judged: list[tuple[int, str]] = []
    real = services.rules.assess_held

    def watched(*args: Any, **asked: Any) -> list[Any]:
        found = real(*args, **asked)
        judged.extend((one.enterprise, one.code) for one in found)
        return found

    with clock.frozen(world.now), pytest.MonkeyPatch.context() as patch:
        patch.setattr(services.rules, "assess_held", watched)
        world.deliver(list(rows), start=None, until=None, corrects=None)
        world.settle()
    return sorted(judged)


@pytest.fixture
def firms(world) -> list[int]:
    happens(world, *HELD)
    return sorted({enterprise for enterprise, _ in recorded()})


def test_exactly_the_pairs_whose_rule_reads_the_table_are_judged(world, firms) -> None:
    first, second, _ = firms
    runs = Run.objects.count()
    about = {"enterprise": FIRMS[0]}
    assert happens(world, ("finance", about | {"as_of": DAY, "net_assets": 5})) == [(first, "D207A")]
    licence = {"person": PEOPLE[0], "kind": "二级注册建造师", "specialty": "水利", "valid_until": None}
    assert happens(world, ("registration", about | licence)) == [(first, "D105C")]
    title = {"person": PEOPLE[0], "specialty": "水利", "grade": "中级"}
    assert happens(world, ("title", title)) == [(first, "D105C")], "told of his employer"
    assert happens(world, ("enterprise", about | {"name": "某公司", "region": "370202"})) == [
        (first, "D105C"),
        (first, "D207A"),
    ]
    hazard = {"project": "local:1", "hazard_no": "H1", "level": "重大", "found_on": DAY}
    runs = Run.objects.count()
    assert happens(world, ("hazard", about | hazard)) == []
    assert Run.objects.count() == runs, "no run for what no rule reads"
    more = {"certificate_no": "C9", "status": "有效", "enterprise": FIRMS[1], "code": "D105C"}
    assert happens(world, ("qualification", more)) == [(second, "D105C")], "what begins, and nothing else"
    assert happens(world, ("qualification", more | {"status": "注销"})) == []
    assert (second, "D105C") not in recorded()


def test_a_work_led_elsewhere_counts_where_the_leader_is_employed(world, firms) -> None:
    lead = {"person": PEOPLE[0], "enterprise": FIRMS[1], "post": "技术负责人"}
    happens(world, ("officer", lead))
    work = {"work": "W1", "enterprise": FIRMS[2], "indicator": "span_m", "value": 40_000, "completed_on": DAY}
    judged = happens(world, ("work", work | {"lead_person": PEOPLE[0], "accepted": True}))
    assert (firms[1], "D207C") in judged


@pytest.mark.parametrize("library", LIBRARIES)
def test_no_plan_reads_a_table_that_the_map_leaves_out(library) -> None:
    for code in library.codes():
        rule = library.rule(code, "动态核查", dt.date(2024, 7, 1))
        read = affected.tables_read(library, code, dt.date(2024, 7, 1))
        named = {table.name for which in PLANS for table in PLANS[which](rule, ONE).tree.find_all(affected.exp.Table)}
        assert {name for name in named if name.endswith(("permit", "work", "equipment", "finance"))} - {
            "permit"
        } <= read
    assert "safety_permit" in affected.tables_read(library, "D207A", DAY)
    assert affected.tables_read(library, "D207A", DAY).isdisjoint({"permit", "registration", "work", "qualification"})
    assert affected.tables_read(library, "D999A", DAY) == {"enterprise"}


def test_other_rulebooks_touch_the_codes_on_which_they_read_otherwise() -> None:
    before, after = (affected.law_of(library) for library in LIBRARIES)
    assert {code for code in before if before[code] != after[code]} == {"D207A", "D207B", "D207C"}


def test_another_age_limit_touches_the_codes_whose_rules_count_people(monkeypatch) -> None:
    before = affected.law_of(LIBRARIES[0])
    (limit, *_) = counting.age_limits()
    later = replace(limit, id="later", valid_from=dt.date(2027, 1, 1), max_age=limit.max_age + 1)
    monkeypatch.setattr(counting, "age_limits", lambda: (limit, later))
    after = affected.law_of.__wrapped__(LIBRARIES[0])
    touched = {code for code in before if before[code] != after[code]}
    counting_people = {
        code for code in before if counting.limits_of(LIBRARIES[0].rule(code, "动态核查", dt.date(2024, 7, 1)).clauses)
    }
    assert touched == counting_people
    assert touched
    assert set(before) - touched


def test_what_comes_while_the_job_is_at_work_is_not_left_to_the_schedule(world, firms) -> None:
    def told(enterprise: int) -> None:
        handlers.mark([outbox.Event("facts.changed", f"enterprise:{enterprise}", {"tables": ["finance"]})])

    with clock.frozen(world.now):
        told(firms[2])
        view = jobs.JobView(1, handlers.REFRESH, {}, {}, 0, None, "")
        first = handlers.refresh(view)
        assert not first.finished
        told(firms[0])
        second = handlers.refresh(jobs.JobView(1, handlers.REFRESH, {}, first.state, first.done, None, ""))
        assert not second.finished
        assert not Mark.objects.exists()
        assert not selectors.work_waiting(today=world.now.date(), limit=9).enterprises


def test_coverage_that_comes_while_everybody_is_judged_begins_again(world, firms) -> None:
    with clock.frozen(world.now):
        cover = outbox.Event("coverage.changed", "source:1")
        handlers.restart(cover)
        state, finished, restarted = {}, 0, False
        while not finished:
            step = handlers.assess_all(jobs.JobView(1, handlers.ALL, {"step": 1}, state, 0, None, ""))
            if step.state.get("after") == firms[0] and not restarted:
                handlers.restart(cover)
                restarted = True
            state, finished = dict(step.state), step.finished
    assert Run.objects.filter(everyone=True).count() == 2
    assert not Mark.objects.exists()
