"""What rules mean, by example: each test is one sentence of design/rulebooks.md or of the counting rules."""

from __future__ import annotations

import datetime as dt

import pytest

from parity import engines
from zhulian.core.kernel.dates import micros
from zhulian.core.rules import Library, assess_held, assess_pair, people

DAY = dt.date(2023, 6, 15)
LATER = dt.date(2026, 1, 1)
STAFF = """
subject: 水利水电工程施工总承包
code: D105
versions:
  - id: "2015"
    from: 2015-01-01
    published_at: 2014-11-06
    source: {document: 建市〔2014〕159号, evidence: weak}
    grades:
      B:
        clauses:
          - {id: net-assets, label: 净资产, measure: net_assets, at_least: 4000万元}
      C:
        clauses:
          - {id: constructors, label: 注册建造师, group: engineering, count: registration, where: {kind: [一级注册建造师, 二级注册建造师], specialty: [水利水电工程]}, at_least: 2人}
          - {id: skilled, label: 技术工人, group: skilled, count: skill, where: {grade: 中级工+}, at_least: 2人}
          - {id: unknown, label: 查无数值, equipment: {kind: [挖泥船]}, at_least: null, purposes: [申报]}
"""


@pytest.fixture
def engine():
    made = engines.sqlite()
    yield made
    made.connection.close()


@pytest.fixture
def library():
    return Library.load({"D105.yaml": STAFF.encode()})


def cover(engine, *tables):
    rows = [
        {"feed": "f", "table_name": t, "enterprise": 1, "period_from": dt.date(2015, 1, 1), "complete": True}
        for t in tables
    ]
    engine.insert("coverage", rows)


def register(engine, person, *, insured=True, birth=dt.date(1985, 1, 1), **changes):
    row = {
        "person": person,
        "enterprise": 1,
        "kind": "二级注册建造师",
        "specialty": "水利水电工程",
        "valid_until": LATER,
    }
    engine.insert("registration", [row | changes])
    engine.insert("person", [{"person": person, "name": "某", "birth_on": birth}])
    if insured:
        engine.insert("insurance", [{"person": person, "enterprise": 1, "month_from": dt.date(2020, 1, 1)}])


def clause(library, engine, name="constructors", day=DAY, **options):
    found = assess_pair(library, engine, enterprise=1, code="D105C", as_of=day, **options)
    return next(r for r in found.reason.children if r.id == name)


def bounds(reason):
    return reason.verdict.value, reason.found_at_least, reason.found_at_most


def test_persons_not_rows(library, engine):
    cover(engine, "registration")
    register(engine, 7)
    engine.insert(
        "registration",
        [{"person": 7, "enterprise": 1, "kind": "一级注册建造师", "specialty": "水利水电工程", "valid_until": LATER}],
    )
    assert bounds(clause(library, engine)) == ("short", 1, 1)
    assert clause(library, engine).short_by == 1


def test_absence_is_no_proof_without_coverage(library, engine):
    assert bounds(clause(library, engine)) == ("unknown", 0, None)
    cover(engine, "registration")
    assert bounds(clause(library, engine)) == ("short", 0, 0)


@pytest.mark.parametrize(("day", "counts"), [(DAY, 1), (DAY + dt.timedelta(days=1), 0)])
def test_sixty_counts_through_the_day_before_the_61st_birthday(library, engine, day, counts):
    cover(engine, "registration")
    register(engine, 7, birth=dt.date(1962, 6, 16))
    assert bounds(clause(library, engine, day=day))[1:] == (counts, counts)


@pytest.mark.parametrize(("until", "counts"), [(DAY, 1), (DAY - dt.timedelta(days=1), 0)])
def test_valid_on_its_last_day(library, engine, until, counts):
    cover(engine, "registration")
    register(engine, 7, valid_until=until)
    assert bounds(clause(library, engine))[1:] == (counts, counts)


def test_who_pays_the_insurance(library, engine):
    cover(engine, "registration")
    register(engine, 7, insured=False)
    assert bounds(clause(library, engine))[1:] == (0, 1)
    assert "社保信息未归集，1 人能否计入未定" in clause(library, engine).notes
    engine.insert("insurance", [{"person": 7, "enterprise": 2, "month_from": dt.date(2020, 1, 1)}])
    assert bounds(clause(library, engine))[1:] == (0, 0)
    line = people(library, engine, enterprise=1, code="D105C", as_of=DAY)[0]
    assert (line.clauses[0].status, line.clauses[0].reasons) == ("not", ("社保由其他单位缴纳",))


def test_registered_with_one_enterprise_only(library, engine):
    cover(engine, "registration")
    register(engine, 7)
    engine.insert("registration", [{"person": 7, "enterprise": 2, "kind": "注册监理工程师", "valid_until": LATER}])
    assert bounds(clause(library, engine))[1:] == (0, 0)
    assert people(library, engine, enterprise=1, code="D105C", as_of=DAY)[0].clauses[0].reasons == (
        "同时注册在其他企业",
    )


def test_one_person_one_group(library, engine):
    """Two people who are both: each clause alone is met, together two are missing."""
    cover(engine, "registration", "skill", "insurance")
    for person in (7, 8):
        register(engine, person)
        engine.insert("skill", [{"person": person, "enterprise": 1, "certificate_no": str(person), "grade": "高级工"}])
    assert bounds(clause(library, engine)) == ("met", 2, 2)
    assert bounds(clause(library, engine, "skilled")) == ("met", 2, 2)
    together = clause(library, engine, "staff-together")
    assert (*bounds(together), together.required, together.short_by) == ("short", 2, 2, 4, 2)
    engine.insert(
        "skill", [{"person": p, "enterprise": 1, "certificate_no": str(p), "grade": "中级工"} for p in (9, 10)]
    )
    engine.insert("person", [{"person": p, "name": "某", "birth_on": dt.date(1990, 1, 1)} for p in (9, 10)])
    engine.insert("insurance", [{"person": p, "enterprise": 1, "month_from": dt.date(2020, 1, 1)} for p in (9, 10)])
    assert assess_pair(library, engine, enterprise=1, code="D105C", as_of=DAY).verdict.value == "met"
    groups = {line.person: line.group for line in people(library, engine, enterprise=1, code="D105C", as_of=DAY)}
    assert groups == {7: "engineering", 8: "engineering", 9: "skilled", 10: "skilled"}


def test_a_figure_nobody_found_is_unknown_and_says_so(library, engine):
    cover(engine, "equipment")
    reason = clause(library, engine, "unknown", purpose="申报")
    assert reason.verdict.value == "unknown"
    assert reason.notes == ("标准数值未查到出处", "数据依据较弱，仅供参考")


def test_money_not_told_is_not_nothing(library, engine):
    def net_assets():
        return assess_pair(library, engine, enterprise=1, code="D105B", as_of=DAY).reason.children[0]

    assert bounds(net_assets()) == ("unknown", None, None)
    engine.insert("finance", [{"enterprise": 1, "as_of": dt.date(2021, 12, 31), "net_assets": 5_000_0000_00}])
    assert net_assets().verdict.value == "met"
    engine.insert("finance", [{"enterprise": 1, "as_of": dt.date(2022, 12, 31), "net_assets": 3_000_0000_00}])
    assert (net_assets().verdict.value, net_assets().short_by) == ("short", 1_000_0000_00)
    engine.insert("finance", [{"enterprise": 1, "as_of": dt.date(2023, 5, 31), "net_assets": None}])
    assert net_assets().verdict.value == "unknown"


def test_what_was_recorded_later_was_not_known(library, engine):
    told = dt.datetime(2023, 7, 1, tzinfo=dt.UTC)
    cover(engine, "registration")
    register(engine, 7, recorded_at=micros(told))
    before = told - dt.timedelta(microseconds=1)
    assert bounds(clause(library, engine, known_at=before))[1:] == (0, 0)
    assert bounds(clause(library, engine, known_at=told))[1:] == (1, 1)


def test_held_lists_what_has_no_rulebook_and_leaves_out_what_has_ended(library, engine):
    states = {"D105C": "有效", "D101B": None, "D110B": "停业整顿", "D106C": "注销", "A101A": "有效"}
    engine.insert("qualification", [{"enterprise": 1, "code": c, "status": s} for c, s in states.items()])
    found = assess_held(library, engine, as_of=DAY)
    assert [(a.code, a.verdict.value) for a in found] == [
        ("D101B", "unknown"),
        ("D105C", "unknown"),
        ("D110B", "unknown"),
    ]
    assert found[0].reason.notes == ("规则库中没有 D101B 的标准",)


def test_wakes_when_a_counted_licence_has_expired(library, engine):
    register(engine, 7, valid_until=dt.date(2023, 9, 30))
    assert assess_pair(library, engine, enterprise=1, code="D105C", as_of=DAY).next_critical_on == dt.date(2023, 10, 1)
