"""Every shipped case on every engine."""

import functools
import re
from collections import defaultdict
from pathlib import Path

import pytest

from rulebooks.engines import ENGINES, engine
from zhulian.core.rules import assess_pair
from zhulian.rulebooks import cases, library
from zhulian.rulebooks.casebook import BadCaseError, read_cases, verdict_of
from zhulian.rulebooks.trial import differences, told, tried

GUIDE = Path(__file__).resolve().parents[2] / "docs/rulebooks.md"
GUIDE_CASES = re.findall(r"^```yaml\n(- case:.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
SHIPPED = [case for name, data in cases().items() for case in read_cases(name, data)]
CASES = [*SHIPPED, *(case for block in GUIDE_CASES for case in read_cases("guide", block.encode()))]


@functools.cache
def assessed(dialect, index):
    case = CASES[index]
    runner = engine(dialect)
    runner.fill(case.rows)
    return assess_pair(library(), runner, enterprise=1, code=case.code, as_of=case.as_of, purpose=case.purpose)


ALL_ENGINES = {f"cases/{name}.yaml" for name in ("D101", "D105", "D106", "D110", "safety-permit", "special-grade")}
"""Cases of clauses in all their forms; the other categories have the same forms and run on one engine."""
ON_ALL = [i for i, case in enumerate(CASES) if case.file in ALL_ENGINES or case.file == "guide"]
"""Engines agree by the oracle's tests (tests/parity); the many plain cases need to run on one of them only."""
ON_ONE = [i for i in range(len(CASES)) if i not in set(ON_ALL)]
QUESTIONS = [*((i, dialect) for i in ON_ALL for dialect in ENGINES), *((i, "sqlite") for i in ON_ONE)]


@pytest.mark.parametrize(("index", "dialect"), QUESTIONS, ids=[f"{CASES[i]}-{dialect}" for i, dialect in QUESTIONS])
def test_case(index, dialect):
    found = assessed(dialect, index)
    assert not differences(CASES[index], found), told(found.reason)


@pytest.mark.parametrize("index", ON_ALL, ids=[str(CASES[i]) for i in ON_ALL])
def test_engines_give_the_same_tree(index):
    trees = {dialect: assessed(dialect, index).reason for dialect in ENGINES}
    assert all(tree == trees["sqlite"] for tree in trees.values())


def test_the_guide_shows_cases():
    assert GUIDE_CASES


def test_every_category_has_a_dozen_cases():
    for category in ("D101", "D105", "D106", "D110", "safety"):
        count = len([c for c in CASES if c.code.startswith(category)])
        assert count >= (6 if category == "safety" else 12), (category, count)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("facts: {净资 产: 900万元}", "不认识"),
        ("facts: {净资产: 900万斤}", "unit"),
        ("facts: {注册建造师: [{类别: 二级注册建造师, 专业: 水利水电工程, 社保: 未告知}]}", "未覆盖"),
        ("facts: {业绩: [{竣工: 2020-01-01, 指标: {层高: 3m}}]}", "层高"),
    ],
)
def test_a_case_that_says_nothing_does_not_load(text, message):
    spec = f"- {{case: 坏案例, code: D105C, as_of: 2023-01-01, expect: {{}}, {text}}}"
    with pytest.raises(BadCaseError, match=message):
        read_cases("bad.yaml", spec.encode())


def test_a_wrong_word_for_a_verdict_is_refused():
    with pytest.raises(BadCaseError, match="达标"):
        verdict_of("合格")


def test_every_category_has_cases_met_short_and_unknown():
    """Where the standard's figure of net assets was found; without it nothing can be short."""
    words = defaultdict(set)
    for case in (c for c in CASES if "结论" in c.expect):
        words[case.code[:-1] if case.code[-1].isupper() else case.code].add(case.expect["结论"])
    for book in library().rulebooks:
        clauses = [c for version in book.versions for grade in version.grades.values() for c in grade]
        told = any(c.id == "net-assets" and c.at_least is not None for c in clauses)
        if told and not book.code.endswith("T"):
            assert {"不达标", "数据不足"} <= words[book.code], book.code


def test_a_case_that_does_not_hold_says_what_came_out():
    spec = (
        "- {case: 一百元也缺, code: D105C, as_of: 2023-01-01, facts: {净资产: 799.99万元}, expect: {net-assets: 达标}}"
    )
    [(_, otherwise)] = tried(library(), read_cases("one.yaml", spec.encode()))
    assert otherwise == ["net-assets应为达标，实为不达标"]
