"""What persons can count for: the features of a rule, one bit each, shared by its clauses.

A feature is "has a row of this table that passes these filters". A clause counts one feature, each value it must
cover is another, each credential of an officer is one too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from zhulian.core.rules.model import (
    Credential,
    Filter,
    GradeRule,
    LeadWorksClause,
    OfficerClause,
    PeopleClause,
)
from zhulian.core.tables.contract import CONSTRUCTOR_KINDS

CONSTRUCTOR: Final = Credential("registration", (("kind", CONSTRUCTOR_KINDS),))
TECHNICAL_LEAD: Final = "技术负责人"


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing a person can have; `bit` is its place in a mask and in the plan's column names."""

    bit: int
    table: str
    where: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """A staff group needs `at_least` persons with a feature; `clause` is the clause that says so."""

    clause: PeopleClause
    bit: int
    at_least: int


@dataclass(frozen=True, slots=True)
class Post:
    """An officer's post and the years asked; `bit` is its place in the plan's column names."""

    bit: int
    post: str
    years: int | None


class Features:
    """Features, posts and groups of a rule."""

    def __init__(self, rule: GradeRule) -> None:
        self._bits: dict[tuple[str, tuple[Filter, ...]], int] = {}
        self._posts: dict[tuple[str, int | None], int] = {}
        self.people = tuple(c for c in rule.clauses if isinstance(c, PeopleClause))
        self.officers = tuple(c for c in rule.clauses if isinstance(c, OfficerClause))
        self.lead_works = tuple(c for c in rule.clauses if isinstance(c, LeadWorksClause))
        for clause in self.people:
            self._add(clause.table, clause.where)
        for clause in self.people:
            for where in coverings(clause):
                self._add(clause.table, where)
        self.counted = len(self._bits)
        for officer in self.officers:
            self._posts.setdefault((officer.post, officer.years), len(self._posts))
            for credential in (c for alternative in officer.alternatives for c in alternative):
                self._add(credential.table, credential.where)
        if self.lead_works:
            self._posts.setdefault((TECHNICAL_LEAD, 0), len(self._posts))
            self._add(CONSTRUCTOR.table, CONSTRUCTOR.where)
        self.all = tuple(Feature(bit, table, where) for (table, where), bit in self._bits.items())
        self.posts = tuple(Post(bit, post, years) for (post, years), bit in self._posts.items())
        self.groups = self._groups()

    def __bool__(self) -> bool:
        return bool(self._bits or self._posts)

    def bit(self, table: str, where: tuple[Filter, ...]) -> int:
        """The bit of a feature of this rule."""
        return self._bits[table, where]

    def post(self, post: str, years: int | None) -> int:
        """The bit of a post of this rule."""
        return self._posts[post, years]

    def _add(self, table: str, where: tuple[Filter, ...]) -> None:
        self._bits.setdefault((table, where), len(self._bits))

    def _groups(self) -> dict[str, tuple[Demand, ...]]:
        """Demands of each binding group; empty where fewer than two groups bind, since then nobody is contested."""
        found: dict[str, list[Demand]] = {}
        for clause in self.people:
            if clause.group and clause.at_least is not None:
                demands = found.setdefault(clause.group, [])
                demands.append(Demand(clause, self.bit(clause.table, clause.where), clause.at_least))
                demands.extend(Demand(clause, self.bit(clause.table, w), 1) for w in coverings(clause))
        return {group: tuple(demands) for group, demands in found.items()} if len(found) > 1 else {}


def coverings(clause: PeopleClause) -> tuple[tuple[Filter, ...], ...]:
    """The filters of each value that the counted persons must cover."""
    if clause.covering is None:
        return ()
    column, values = clause.covering
    return tuple((*clause.where, (column, (value,))) for value in values)


@lru_cache(maxsize=1024)
def features_of(rule: GradeRule) -> Features:
    """The features of a rule, made once."""
    return Features(rule)
