"""Random rules × random registers: the plan on every engine says what the oracle says, clause by clause."""

from __future__ import annotations

import datetime as dt
import os
from functools import cache

import pytest

from parity import engines
from parity.oracle import Oracle, World
from parity.worlds import DAYS, MOMENT, Maker
from zhulian.core.kernel.dates import micros
from zhulian.core.rules import APPLICATION, assess_held, assess_pair

LONG = os.environ.get("ZHULIAN_LONG") == "1"
SEEDS = range(40 if LONG else 2)
ENTERPRISES = 120
CODES = [f"D{number}A" for number in range(101, 106)]
MOMENTS = ((None, 2**63 - 2), (MOMENT, micros(MOMENT)))


@cache
def world_of(seed, enterprises=ENTERPRISES, codes=5):
    """Rows and rules of a seed."""
    maker = Maker(seed)
    library = maker.library(CODES[:codes])
    return World(maker.register(enterprises, CODES[:codes])), library


def flat(assessment):
    """(verdict, {clause: (verdict, required, low, high)})."""
    return assessment.verdict.value, {
        r.id: (r.verdict.value, r.required, r.found_at_least, r.found_at_most) for r in assessment.reason.children
    }


@cache
def answers(seed, day, known):
    """(code, enterprise) → what the oracle says, for every holder."""
    world, library = world_of(seed)
    found = {}
    for code in CODES:
        rule = library.rule(code, APPLICATION, day)
        for enterprise in held(world, code, day, known):
            verdict, bounds = Oracle(world, enterprise, day, known).answer(rule)
            found[code, enterprise] = verdict, {k: (b.verdict, b.required, b.low, b.high) for k, b in bounds.items()}
    return found


def held(world, code, day, known):
    """Enterprises holding the code, read off the rows."""
    ended = {"降级", "撤回", "撤销", "吊销", "注销", "过期"}
    return {
        r["enterprise"]
        for r in world.rows.get("qualification", [])
        if r["code"] == code
        and r["status"] not in ended
        and r["recorded_at"] <= known < r["superseded_at"]
        and r["fact_from"] <= day < r["fact_until"]
    }


CRITICAL: dict[tuple, object] = {}
"""Next critical day by case, from the engine that was asked first: the others must agree."""


@pytest.mark.parametrize("seed", SEEDS)
def test_plan_agrees_with_oracle(engine, seed, compared):
    world, library = world_of(seed)
    for table, rows in world.rows.items():
        engine.insert(table, rows)
    day = DAYS[seed % len(DAYS)]
    for known_at, known in MOMENTS:
        found = assess_held(library, engine, as_of=day, known_at=known_at, purpose=APPLICATION)
        expected = answers(seed, day, known)
        assert {(a.code, a.enterprise) for a in found} == set(expected)
        for a in found:
            rule = library.rule(a.code, APPLICATION, day)
            assert flat(a) == expected[a.code, a.enterprise], (seed, a.code, a.enterprise, day, known_at, rule)
            case = (seed, known, a.code, a.enterprise)
            assert CRITICAL.setdefault(case, a.next_critical_on) == a.next_critical_on, case
            compared[engine.dialect] += 1


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_changes_before_the_next_critical_day(seed):
    """Between the day and the next critical day the oracle gives the same bounds on every day tried."""
    world, library = world_of(seed)
    engine = engines.sqlite()
    for table, rows in world.rows.items():
        engine.insert(table, rows)
    day, random, changed = DAYS[seed % len(DAYS)], Maker(seed).r, 0
    known = MOMENTS[0][1]
    for a in random.sample(assess_held(library, engine, as_of=day, purpose=APPLICATION), 100):
        rule = library.rule(a.code, APPLICATION, day)
        last = (a.next_critical_on or dt.date(2031, 1, 1)) - dt.timedelta(days=1)
        tried = {last, day + dt.timedelta(days=random.randint(0, (last - day).days))}
        for later in tried:
            verdict, bounds = Oracle(world, a.enterprise, later, known).answer(rule)
            then = verdict, {k: (b.verdict, b.required, b.low, b.high) for k, b in bounds.items()}
            assert flat(a) == then, (seed, a.code, a.enterprise, day, later, a.next_critical_on)
        if a.next_critical_on:
            verdict, bounds = Oracle(world, a.enterprise, a.next_critical_on, known).answer(rule)
            changed += flat(a)[1] != {k: (b.verdict, b.required, b.low, b.high) for k, b in bounds.items()}
    engine.connection.close()
    assert changed > 5, "on the critical days themselves something does change"


@pytest.mark.parametrize("seed", SEEDS)
def test_one_some_and_all_agree(engine, seed, compared):
    """The same enterprise alone, in a list, and among all holders."""
    world, library = world_of(1000 + seed, 20, 3)
    for table, rows in world.rows.items():
        engine.insert(table, rows)
    ask = {"as_of": DAYS[0], "purpose": APPLICATION}
    everybody = assess_held(library, engine, **ask)
    chosen = Maker(seed).r.sample(range(1, 21), 5)
    some = assess_held(library, engine, **ask, enterprises=chosen, codes=CODES[:2])
    assert some == [a for a in everybody if a.enterprise in chosen and a.code in CODES[:2]]
    for assessment in some[:6]:
        alone = assess_pair(library, engine, enterprise=assessment.enterprise, code=assessment.code, **ask)
        assert alone == assessment
        compared[engine.dialect] += 1
