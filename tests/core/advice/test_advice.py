"""Advice keeps what it promises: a copy answers alike, a cure cures, nobody's leaving helps, zero distance is met."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.advice.worlds import CODES, ENTERPRISES, changed, pairs, plain_copy, sight, verdict, world
from parity.worlds import DAYS
from zhulian.core.advice import Leave, cures, distance, leavings, told
from zhulian.core.advice.hiring import Hiring, candidates, needs_of
from zhulian.core.advice.sight import rows
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules import APPLICATION
from zhulian.core.rules.division import divide
from zhulian.core.rules.model import Missing

SEEDS = range(2)


def _persons(seed, enterprise, rule):
    engine, _, day = world(seed)
    return rows(engine, rule, "persons", enterprise=enterprise, as_of=day, known_at=None)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_copy_answers_as_the_database_on_any_day(seed):
    for enterprise in range(1, ENTERPRISES + 1):
        copy = plain_copy(seed, enterprise)
        for code in CODES:
            for day in (DAYS[0], DAYS[2], dt.date(2016, 1, 1), dt.date(2026, 6, 1)):
                assert verdict(seed, enterprise, code, copy, day) == verdict(seed, enterprise, code, day=day)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_look_is_the_engines_verdict(seed):
    for enterprise, rule in pairs(seed):
        assert sight(seed, enterprise, rule).reason() == verdict(seed, enterprise, rule.code).reason


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cure_cures(seed):
    tried = wholly = 0
    for enterprise, rule in pairs(seed):
        day = world(seed)[2]
        for cure in cures(sight(seed, enterprise, rule), as_of=day):
            after = verdict(seed, enterprise, rule.code, changed(seed, enterprise, cure.changes))
            left = {c.id for c in after.reason.children if c.verdict is not Verdict.MET} - {"staff-together"}
            assert left <= set(cure.open), (enterprise, rule.code, cure)
            tried += 1
            if not cure.open:
                assert after.verdict is Verdict.MET, (enterprise, rule.code, cure)
                wholly += 1
    assert tried > 30
    assert wholly > 10


@pytest.mark.parametrize("seed", SEEDS)
def test_leaving_by_arithmetic_is_leaving_by_rows(seed):
    asked = 0
    for enterprise, rule in list(pairs(seed))[::5]:
        if any(type(c).__name__ == "LeadWorksClause" for c in rule.clauses):
            continue
        look, persons = sight(seed, enterprise, rule), _persons(seed, enterprise, rule)
        before = look.reason().verdict
        found = {leaving.person: leaving for leaving in leavings(look, persons)}
        for person in [p["person"] for p in persons]:
            copy = changed(seed, enterprise, [Leave(person, world(seed)[2])])
            after = verdict(seed, enterprise, rule.code, copy).verdict
            assert (found[person].after if person in found else before) is after, (enterprise, rule.code, person)
            asked += 1
    assert asked > 15


@pytest.mark.parametrize("seed", SEEDS)
def test_who_leaves_never_improves_a_count(seed):
    for enterprise, rule in list(pairs(seed))[::6]:
        before = {c.id: c for c in sight(seed, enterprise, rule).reason().children}
        for person in [p["person"] for p in _persons(seed, enterprise, rule)][:4]:
            copy = changed(seed, enterprise, [Leave(person, world(seed)[2])])
            for clause in sight(seed, enterprise, rule, copy).reason().children:
                was = before[clause.id]
                assert (clause.found_at_least or 0) <= (was.found_at_least or 0)
                assert was.found_at_most is None or (clause.found_at_most or 0) <= was.found_at_most


@pytest.mark.parametrize("seed", SEEDS)
def test_distance_is_zero_where_met_and_only_there(seed):
    for enterprise, rule in pairs(seed):
        reason = sight(seed, enterprise, rule).reason()
        far = distance(rule, reason)
        assert far.zero == (reason.verdict is Verdict.MET)
        assert (
            bool(told(rule, reason, lambda value, unit: f"{value}{unit}"))
            or far.zero
            or ({c.id for c in reason.children if c.verdict is not Verdict.MET} == {"staff-together"})
        )


@settings(max_examples=30)
@given(seed=st.sampled_from(list(SEEDS)), pick=st.integers(0, 10_000), price=st.integers(0, 10**9))
def test_prices_order_the_cures_and_change_no_promise(seed, pick, price):
    found = list(pairs(seed))
    enterprise, rule = found[pick % len(found)]
    prices = {"一级注册建造师": price, "二级注册建造师": price // 2, "岗位证书": 5}
    given_ = cures(sight(seed, enterprise, rule), as_of=world(seed)[2], prices=prices)
    costs = [cure.fen for cure in given_ if cure.fen is not None]
    assert costs == sorted(costs)
    for cure in given_:
        after = verdict(seed, enterprise, rule.code, changed(seed, enterprise, cure.changes))
        assert {c.id for c in after.reason.children if c.verdict is not Verdict.MET} <= {*cure.open, "staff-together"}


def test_the_world_has_rules_for_all_codes():
    _, library, day = world(0)
    assert not any(isinstance(library.rule(code, APPLICATION, day), Missing) for code in CODES)


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_is_hired_for_nothing(seed):
    """No plan of one person fewer: every smaller choice of the same kinds of people leaves somebody missing."""
    asked = 0
    for enterprise, rule in pairs(seed):
        look = sight(seed, enterprise, rule)
        if not look.features.people or any(c.at_least is None for c in look.features.people):
            continue
        kinds = candidates(look.features, None)
        plan = Hiring(needs_of(look.features, look.row), look.sure, kinds).plan()
        if plan is None or not plan.exact or not 0 < sum(n for _, n in plan.hires) <= 3:
            continue
        fewer = sum(n for _, n in plan.hires) - 1
        for chosen in combinations_with_replacement(kinds, fewer):
            masks = [each.mask for each in chosen]
            assert not _suffices(look, masks), (enterprise, rule.code, chosen)
        asked += 1
    assert asked > 10


def _suffices(look, masks):
    """Whether these newcomers, each with one paper, fill every demand."""
    histogram = Counter(look.sure) + Counter(masks)
    for group, demands in needs_of(look.features, look.row, masks).items():
        if group == "" and any(count for _, count in demands):
            return False
    needs = {group: [(d.bit, d.at_least) for d in demands] for group, demands in look.features.groups.items()}
    return not needs or divide(histogram, needs).missing == 0
