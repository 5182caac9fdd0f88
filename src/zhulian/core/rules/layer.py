"""The facts layer: what a whole rulebook asks, read off the registry once; then each rule for the holders of its code.

Tables kept by the runner, in order (`steps`):

    layer_holder      (code, enterprise) held on the day
    layer_enterprise  per holder: what is covered, its province, its latest figures
    layer_words_T     per combination of the columns of a staff table T: which features it surely and possibly has
    layer_persons     per person: all features by one BIT_OR over all rows about him
    layer_shared      persons tied to several enterprises; layer_pairs: their rows by enterprise
    layer_person      per (enterprise, person) who may count: features as bits, with the counting rules applied

The plan uses what DuckDB, Spark and Sail have in common. A rule's own plan (`plan`) stays for SQLite and PostgreSQL
and for lists of enterprises; parity tests hold both to the oracle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from zhulian.core.rules import layer_people as people
from zhulian.core.rules import plan_people as staff
from zhulian.core.rules.layer_bits import Bits
from zhulian.core.rules.layer_enterprises import enterprises_query, holders_query
from zhulian.core.rules.layer_rules import (
    Overlays,
    histogram_query,
    holders_of_code_query,
    may_be_undecided,
    open_rows_query,
    rows_query,
)
from zhulian.core.rules.layer_verdicts import final_query, judged_query
from zhulian.core.rules.model import GradeRule
from zhulian.core.rules.tree import Statement, print_statement

HOLDER: Final = "layer_holder"


@dataclass(frozen=True, slots=True)
class Step:
    """A table to keep. `done` names the tables that nothing needs after it."""

    name: str
    statement: Statement
    done: tuple[str, ...] = ()


def holders(codes: Sequence[str] | None, dialect: str) -> Step:
    """The first step: who holds what; of all construction qualifications, or of some codes."""
    return Step(HOLDER, print_statement(holders_query(codes), dialect))


def steps(rules: Sequence[GradeRule], bits: Bits, dialect: str) -> Iterator[Step]:
    """The further steps, for these rules."""
    yield Step("layer_enterprise", print_statement(enterprises_query(rules), dialect))
    words = [table for table in (*staff.TIES, *people.ABOUT) if people.columns_of(bits, table)]
    for table in words:
        yield Step(people.words_name(table), print_statement(people.words_query(bits, table), dialect))
    yield Step("layer_persons", print_statement(people.persons_query(bits), dialect))
    yield Step("layer_shared", print_statement(people.shared_query(), dialect))
    done = ("layer_shared", *map(people.words_name, words))
    yield Step("layer_pairs", print_statement(people.pairs_query(bits), dialect), done)
    yield Step("layer_person", print_statement(people.judged_query(bits), dialect), ("layer_persons", "layer_pairs"))


@dataclass(frozen=True, slots=True)
class RulePlan:
    """Statements of one rule.

    Where a division may stay open, `judged` is kept as `layer_rows`; `histogram` reads its open rows; what the search
    found is put as `layer_searched`; `final` joins the two. Else both are None: every row of `judged` is decided.
    """

    judged: Statement
    histogram: Statement | None = None
    final: Statement | None = None


def rule_plan(rule: GradeRule, bits: Bits, dialect: str, overlays: Overlays | None = None) -> RulePlan:
    """The plan of one rule over the layer that was made with these bits."""
    rows = rows_query(rule, bits, overlays)
    judged = judged_query(rule, rows, rows.tree.named_selects)
    printed = print_statement(judged, dialect)
    if not may_be_undecided(rule):
        return RulePlan(printed)
    histogram = print_statement(histogram_query(rule, bits), dialect)
    return RulePlan(printed, histogram, print_statement(final_query(printed.columns), dialect))


def holders_of_code(dialect: str, overlays: Overlays | None = None) -> Statement:
    """The holders of a code that has no rule."""
    return print_statement(holders_of_code_query(overlays or Overlays()), dialect)


def open_rows(rule: GradeRule, dialect: str) -> Statement:
    """Open rows of `layer_rows`: enterprise, what the clauses but the joint one come to, and the coverage needed."""
    return print_statement(open_rows_query(rule), dialect)


def bits_of_rules(rules: Iterable[GradeRule]) -> Bits:
    """Places of the features of all rules, each once."""
    return Bits(rules)
