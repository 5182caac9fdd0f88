"""The part of the plan about persons: who is tied to the enterprise, who counts, for what.

From every staff list one row per fact, with a "sure" and a "may" flag per feature; then one row per
(enterprise, person) by MAX, so that persons are counted and not rows. The person's own conditions (counting rules
of 建市〔2015〕20号: an age limit, insured by the holder, registered with one enterprise) are judged once per person.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from zhulian.core.rules.features import Feature, Features
from zhulian.core.rules.model import Filter
from zhulian.core.rules.tree import (
    Query,
    after,
    at_least,
    at_most,
    biggest,
    col,
    denied,
    either,
    eq,
    every,
    flag,
    is_null,
    is_one,
    lit,
    named,
    one_of,
    or_else,
    param,
    select,
    stack,
    visible,
)

TIES: Final = ("registration", "post_certificate", "safety_certificate", "skill", "insurance", "officer")
"""Tables whose visible row ties a person to an enterprise."""

EXPIRING: Final = ("registration", "post_certificate", "safety_certificate")
"""Licences that expire: `valid_until` null means that we were not told, so they may count."""

CONDITIONS: Final = ("insured", "paid_elsewhere", "age_ok", "age_null", "age_over", "elsewhere_sure", "elsewhere_may")
"""Columns of a person besides features and posts; all are flags."""


def column_names(features: Features) -> tuple[str, ...]:
    """Flag columns of a person: features, posts, conditions."""
    bits = [f"{kind}{feature.bit}" for feature in features.all for kind in ("s", "m")]
    posts = [f"{kind}{post.bit}" for post in features.posts for kind in ("os", "om", "held")]
    return (*bits, *posts, *CONDITIONS)


def person_parts(features: Features) -> list[tuple[str, Query]]:
    """The CTEs up to `person_all`: one row per (enterprise, person) with every flag.

    First the lists that name the enterprise, then what is known about each tied person outside it; each narrow and
    grouped by itself, since a union wide enough for all of them costs a multiple in bulk.
    """
    sure, may = valid("registration", "x")
    about: dict[str, tuple[str, dict[str, exp.Expr], bool]] = {
        # CTE → table, flags, whether only rows that name another enterprise
        "age": ("person", age_of("x"), False),
        "paid": ("insurance", {"paid_elsewhere": insured_on_the_day("x")}, True),
        "elsewhere": ("registration", {"elsewhere_sure": sure, "elsewhere_may": may}, True),
        "titled": ("title", _flags(features, "title"), False),
    }
    about = {name: part for name, part in about.items() if part[1]}
    parts = [("tie", stack([_tie(features, name) for name in TIES])), ("tied", _tied(features))]
    parts += [(name, _about(table, flags, other=other)) for name, (table, flags, other) in about.items()]
    return [*parts, ("person_all", _persons(features, {name: tuple(part[1]) for name, part in about.items()}))]


def _tie_names(features: Features) -> list[str]:
    """Flags that come from the lists which name the enterprise."""
    elsewhere = {*age_of("x"), "paid_elsewhere", "elsewhere_sure", "elsewhere_may", *_flags(features, "title")}
    return [name for name in column_names(features) if name not in elsewhere]


def _tied(features: Features) -> Query:
    flags = [named(biggest(col("u", name)), name) for name in _tie_names(features)]
    keys = (col("u", "enterprise"), col("u", "person"))
    return select(*keys, *flags).from_("tie AS u").group_by(*[key.copy() for key in keys])


def _about(table: str, flags: dict[str, exp.Expr], *, other: bool) -> Query:
    """Flags of the tied persons from one table; `other` keeps the rows that name another enterprise."""
    condition = [visible("x")]
    if other:
        condition.append(exp.NEQ(this=col("x", "enterprise"), expression=col("t", "enterprise")))
    keys = (col("t", "enterprise"), col("t", "person"))
    return (
        select(*keys, *[named(biggest(flag(holds)), name) for name, holds in flags.items()])
        .from_("tied AS t")
        .join(f"{table} AS x", on=eq(col("x", "person"), col("t", "person")))
        .where(every(*condition))
        .group_by(*[key.copy() for key in keys])
    )


def _persons(features: Features, about: dict[str, tuple[str, ...]]) -> Query:
    """CTE `person_all`; who is absent from a list about persons has none of its flags."""
    own = [col("t", name) for name in _tie_names(features)]
    others = [named(or_else(col(name, f), 0), f) for name, flags in about.items() for f in flags]
    query = select(col("t", "enterprise"), col("t", "person"), *own, *others).from_("tied AS t")
    for name in about:
        same = every(*[eq(col(name, key), col("t", key)) for key in ("enterprise", "person")])
        query = query.join(name, on=same, join_type="left")
    return query


def judged(features: Features) -> Query:
    """CTE `judged`: features with the person's conditions applied, `sure` and `may` of the conditions themselves."""
    p = "p"
    age_sure = every(is_one(col(p, "age_ok")), eq(col(p, "age_null"), lit(0)), eq(col(p, "age_over"), lit(0)))
    age_may = either(is_one(col(p, "age_ok")), is_one(col(p, "age_null")), eq(col(p, "age_over"), lit(0)))
    insured = is_one(col(p, "insured"))
    not_told = every(eq(col(p, "paid_elsewhere"), lit(0)), eq(or_else(col("k", "insurance"), 0), lit(0)))
    insured_may = either(insured, not_told)
    free_sure, free_may = eq(col(p, "elsewhere_may"), lit(0)), eq(col(p, "elsewhere_sure"), lit(0))
    conditions = {
        "sure": flag(every(age_sure, insured, free_sure)),
        "may": flag(every(age_may, insured_may, free_may)),
        "age_unknown": flag(denied(age_sure)),
        "insurance_unknown": flag(denied(insured)),
        "elsewhere_unknown": flag(denied(free_sure)),
    }
    kept = [name for name in column_names(features) if name not in CONDITIONS]
    return (
        select(col(p, "enterprise"), col(p, "person"))
        .select(*[col(p, name) for name in kept], *[named(value, name) for name, value in conditions.items()])
        .from_("person_all AS p")
        .join("cover AS k", on=eq(col("k", "enterprise"), col(p, "enterprise")), join_type="left")
    )


def _tie(features: Features, name: str) -> Query:
    flags = _flags(features, name)
    if name == "insurance":
        flags["insured"] = insured_on_the_day("x")
    if name == "officer":
        flags |= _posts(features)
    columns = [named(flag(flags[n]) if n in flags else lit(0), n) for n in _tie_names(features)]
    return (
        select(col("s", "enterprise"), col("x", "person"), *columns)
        .from_("scope AS s")
        .join(f"{name} AS x", on=eq(col("x", "enterprise"), col("s", "enterprise")))
        .where(visible("x"))
    )


def _flags(features: Features, name: str) -> dict[str, exp.Expr]:
    """Sure and may of each feature of a table, for one row `x` of it."""
    out: dict[str, exp.Expr] = {}
    sure, may = valid(name, "x")
    for feature in (f for f in features.all if f.table == name):
        out[f"s{feature.bit}"] = every(sure, *_surely_passes(feature, "x"))
        out[f"m{feature.bit}"] = every(may, *_may_pass(feature, "x"))
    return out


def _surely_passes(feature: Feature, x: str) -> list[exp.Expr]:
    return [one_of(col(x, column), values) for column, values in feature.where]


def _may_pass(feature: Feature, x: str) -> list[exp.Expr]:
    return [_may_be(col(x, column), (column, values)) for column, values in feature.where]


def _may_be(value: exp.Expr, condition: Filter) -> exp.Expr:
    return either(is_null(value), one_of(value.copy(), condition[1]))


def valid(name: str, x: str) -> tuple[exp.Expr, exp.Expr]:
    """Whether a licence is surely, or may be, in force on the day."""
    if name not in EXPIRING:
        return every(), every()
    sure: exp.Expr = at_least(col(x, "valid_until"), param("as_of"))
    may = either(is_null(col(x, "valid_until")), sure.copy())
    if name == "registration":
        ended = is_null(col(x, "end_reason"))
        return every(sure, ended), every(may, ended.copy())
    return sure, may


def insured_on_the_day(x: str) -> exp.Expr:
    """The payer paid for the month of the day; no last month means that it still pays."""
    paying = either(is_null(col(x, "month_until")), at_least(col(x, "month_until"), param("month_first")))
    return every(at_most(col(x, "month_from"), param("month_last")), paying)


def _posts(features: Features) -> dict[str, exp.Expr]:
    out: dict[str, exp.Expr] = {}
    years = col("x", "years_in_management")
    for post in features.posts:
        held = eq(col("x", "post"), lit(post.post))
        out[f"held{post.bit}"] = held.copy()
        enough = at_least(years.copy(), lit(post.years or 0))
        if post.years == 0:
            out[f"os{post.bit}"], out[f"om{post.bit}"] = held, held.copy()
        elif post.years is None:
            out[f"os{post.bit}"], out[f"om{post.bit}"] = every(held, eq(lit(1), lit(0))), held.copy()
        else:
            out[f"os{post.bit}"] = every(held, enough)
            out[f"om{post.bit}"] = every(held.copy(), either(is_null(years.copy()), enough.copy()))
    return out


def age_of(x: str) -> dict[str, exp.Expr]:
    """Born after the day that the age limit draws (`counting`). No person row at all leaves all three flags 0: unknown."""
    born = col(x, "birth_on")
    return {
        "age_ok": after(born, param("born_after")),
        "age_null": is_null(born.copy()),
        "age_over": at_most(born.copy(), param("born_after")),
    }
