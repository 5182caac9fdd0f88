"""Every shipped case on every engine."""

import functools
import re
from pathlib import Path

import pytest

from rulebooks.casebook import BadCaseError, load_cases, read_cases, verdict_of
from rulebooks.engines import ENGINES, engine
from zhulian.core.rules import assess_pair
from zhulian.core.rules.quantities import YUAN, parse_quantity
from zhulian.rulebooks import library

GUIDE = Path(__file__).resolve().parents[2] / "docs/rulebooks.md"
GUIDE_CASES = re.findall(r"^```yaml\n(- case:.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
CASES = [*load_cases(), *(case for block in GUIDE_CASES for case in read_cases("guide", block.encode()))]
COUNTS = {"缺": "short_by", "至少": "found_at_least", "至多": "found_at_most", "要求": "required"}


@functools.cache
def assessed(dialect, index):
    case = CASES[index]
    runner = engine(dialect)
    runner.fill(case.rows)
    return assess_pair(library(), runner, enterprise=1, code=case.code, as_of=case.as_of, purpose=case.purpose)


def as_figure(value):
    """Counts are plain numbers, money is written with its unit."""
    return parse_quantity(value, YUAN) if isinstance(value, str) else value


def told(reason):
    """The reason tree as lines, for the message of a failing case."""
    lines = [
        f"{r.id}: {r.verdict.label} 要求{r.required} 至少{r.found_at_least} 至多{r.found_at_most} 缺{r.short_by} {r.notes}"
        for r in reason.walk()
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("dialect", ENGINES)
@pytest.mark.parametrize("index", range(len(CASES)), ids=[str(case) for case in CASES])
def test_case(index, dialect):
    case, found = CASES[index], assessed(dialect, index)
    tree = told(found.reason)
    clauses = {r.id: r for r in found.reason.walk()}
    for key, value in case.expect.items():
        if key == "结论":
            assert found.verdict is verdict_of(value), tree
        elif key == "不考核":
            assert clauses.keys().isdisjoint(value), tree
        elif key == "说明":
            assert value in tree, tree
        elif key == "版本":
            assert found.rule_version == value
        else:
            assert key in clauses, f"没有条款 {key}\n{tree}"
            expected = {"结论": value} if isinstance(value, str) else value
            for what, figure in expected.items():
                if what == "结论":
                    assert clauses[key].verdict is verdict_of(figure), f"{key}\n{tree}"
                else:
                    assert getattr(clauses[key], COUNTS[what]) == as_figure(figure), f"{key}/{what}\n{tree}"


@pytest.mark.parametrize("index", range(len(CASES)), ids=[str(case) for case in CASES])
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
