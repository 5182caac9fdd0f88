"""Enterprises of the parity tests' random registers, on copies that a change may be tried on."""

from __future__ import annotations

import sqlite3
from functools import cache

from parity import engines
from parity.worlds import DAYS, Maker
from zhulian.bulk.runners import SqliteRunner
from zhulian.core import rules
from zhulian.core.advice import look, steps
from zhulian.core.rules import APPLICATION
from zhulian.core.rules.model import Missing
from zhulian.server.advice import copying
from zhulian.server.advice.applying import apply

CODES = [f"D{number}A" for number in range(101, 106)]
ENTERPRISES = 24


@cache
def world(seed):
    """(engine, library, day) of a seed."""
    maker = Maker(seed)
    library = maker.library(CODES)
    engine = engines.sqlite()
    for table, rows in maker.register(ENTERPRISES, CODES).items():
        engine.insert(table, rows)
    return engine, library, DAYS[seed % len(DAYS)]


def pairs(seed):
    """Every enterprise and rule of a seed."""
    _, library, day = world(seed)
    for enterprise in range(1, ENTERPRISES + 1):
        for code in CODES:
            rule = library.rule(code, APPLICATION, day)
            if not isinstance(rule, Missing):
                yield enterprise, rule


def sight(seed, enterprise, rule, runner=None):
    """A look at a pair, on the world or on a copy."""
    engine, _, day = world(seed)
    return look(runner or engine, rule, enterprise=enterprise, as_of=day, known_at=None)


def verdict(seed, enterprise, code, runner=None, day=None):
    """What the engine says."""
    engine, library, today = world(seed)
    return rules.assess_pair(
        library, runner or engine, enterprise=enterprise, code=code, as_of=day or today, purpose=APPLICATION
    )


def changed(seed, enterprise, changes):
    """A copy with changes made."""
    engine, _, day = world(seed)
    copy = copying.copy(engine, enterprise=enterprise)
    apply(copy, steps(changes, enterprise=enterprise, as_of=day), enterprise=enterprise)
    return copy


def plain_copy(seed, enterprise) -> SqliteRunner:
    """A copy as it is."""
    copy = copying.copy(world(seed)[0], enterprise=enterprise)
    assert isinstance(copy.connection, sqlite3.Connection)
    return copy
