"""Plans are printed as sqlglot prints them; only the way to the text is shorter."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlglot import exp

from zhulian import rulebooks
from zhulian.core.rules import VERIFICATION, GradeRule, layer
from zhulian.core.rules.layer_rules import rows_query
from zhulian.core.rules.layer_verdicts import judged_query
from zhulian.core.rules.tree import DIALECTS, col, eq, lit, named, select, whole
from zhulian.core.rules.tree_print import MARK, printer

DAY = dt.date(2025, 12, 31)


def plans():
    """One plan of each kind of category, and what seldom occurs: reserved words, quotes, a cast to text."""
    library = rulebooks.library()
    rules = [library.rule(code, VERIFICATION, DAY, None, "") for code in library.codes()[::29]]
    rules = [rule for rule in rules if isinstance(rule, GradeRule)]
    bits = layer.bits_of_rules(rules)
    for rule in rules:
        rows = rows_query(rule, bits)
        yield judged_query(rule, rows, rows.tree.named_selects).tree
    odd = exp.Cast(this=whole(col("x", "select")), to=exp.DataType(this=exp.DataType.Type.TEXT))
    yield select(named(odd, "two words")).from_("a AS x").where(eq(col("x", "name"), lit("O'Hara"))).tree


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_text_is_that_of_sqlglot(dialect):
    trees = list(plans())
    assert len(trees) > 3
    for tree in trees:
        plain = tree.transform(
            lambda node: exp.column(f"mark_{node.name}") if isinstance(node, exp.Placeholder) else node
        )
        assert MARK.sub(r"mark_\1", printer(dialect).generate(tree, copy=False)) == plain.sql(dialect=dialect)
