"""Random rules × random registers: the plan on every engine says what the oracle says, clause by clause."""

from __future__ import annotations

import os
from random import Random

import pytest
from parity.oracle import Oracle, World
from parity.worlds import DAYS, MOMENT, Maker

from zhulian.core.kernel.dates import micros
from zhulian.core.rules import APPLICATION, assess_held, assess_pair

LONG = os.environ.get("ZHULIAN_LONG") == "1"
SEEDS = range(40 if LONG else 3)
ENTERPRISES = 60
CODES = [f"D{number}A" for number in range(101, 109)]
LATEST = 2**63 - 2


def flat(assessment):
    """(verdict, {clause: (verdict, required, low, high)})."""
    return assessment.verdict.value, {
        r.id: (r.verdict.value, r.required, r.found_at_least, r.found_at_most) for r in assessment.reason.children
    }


def expected(world, library, enterprise, code, day, known):
    rule = library.rule(code, APPLICATION, day)
    verdict, bounds = Oracle(world, enterprise, day, known).answer(rule)
    return verdict, {name: (b.verdict, b.required, b.low, b.high) for name, b in bounds.items()}


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


@pytest.mark.parametrize("seed", SEEDS)
def test_plan_agrees_with_oracle(engine, seed, compared):
    maker = Maker(seed)
    library = maker.library(CODES)
    world = World(maker.register(ENTERPRISES, CODES))
    for table, rows in world.rows.items():
        engine.insert(table, rows)
    day = DAYS[seed % len(DAYS)]
    for known_at, known in ((None, LATEST), (MOMENT, micros(MOMENT))):
        found = assess_held(library, engine, as_of=day, known_at=known_at, purpose=APPLICATION)
        by_code = {code: {a.enterprise: a for a in found if a.code == code} for code in CODES}
        for code in CODES:
            assert set(by_code[code]) == held(world, code, day, known), (seed, code)
            for enterprise, assessment in by_code[code].items():
                assert flat(assessment) == expected(world, library, enterprise, code, day, known), (
                    seed,
                    code,
                    enterprise,
                    day,
                    known_at,
                    library.rule(code, APPLICATION, day),
                )
                compared[engine.dialect] += 1


@pytest.mark.parametrize("seed", SEEDS)
def test_one_some_and_all_agree(engine, seed, compared):
    """The same enterprise alone, in a list, and among all holders."""
    maker = Maker(1000 + seed)
    library = maker.library(CODES[:3])
    world = World(maker.register(20, CODES[:3]))
    for table, rows in world.rows.items():
        engine.insert(table, rows)
    ask = {"as_of": DAYS[0], "purpose": APPLICATION}
    everybody = assess_held(library, engine, **ask)
    chosen = Random(seed).sample(range(1, 21), 5)
    some = assess_held(library, engine, **ask, enterprises=chosen, codes=CODES[:2])
    assert some == [a for a in everybody if a.enterprise in chosen and a.code in CODES[:2]]
    for assessment in some[:6]:
        alone = assess_pair(library, engine, enterprise=assessment.enterprise, code=assessment.code, **ask)
        assert alone == assessment
        compared[engine.dialect] += 1
