"""The part of the plan about persons: who is tied to the enterprise, who counts, for what.

From every staff list one row per fact, with a "sure" and a "may" flag per feature; then one row per
(enterprise, person) by MAX, so that persons are counted and not rows. The person's own conditions (counting rules
of 建市〔2015〕20号: at most 60, insured by the holder, registered with one enterprise) are judged once per person.
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
    """Flag columns of a person, in the order of every SELECT of this module."""
    bits = [f"{kind}{feature.bit}" for feature in features.all for kind in ("s", "m")]
    posts = [f"{kind}{post.bit}" for post in features.posts for kind in ("os", "om", "held")]
    return (*bits, *posts, *CONDITIONS)


def tied_rows(features: Features) -> Query:
    """CTE `tie`: one row per staff fact that the enterprise itself is named in."""
    return stack([_tie(features, name) for name in TIES])


def tied(features: Features) -> Query:
    """CTE `tied`: one row per (enterprise, person)."""
    return _grouped("tie", features)


def person_rows(features: Features) -> Query:
    """CTE `fact`: the tied persons, and what is known about each outside the enterprise."""
    base = select(col("t", "enterprise"), col("t", "person")).from_("tied AS t")
    queries: list[Query] = [base.select(*[col("t", name) for name in column_names(features)])]
    queries.append(_about(features, "person", _age()))
    queries.append(_about(features, "insurance", {"paid_elsewhere": _insured_on_the_day("x")}, other=True))
    sure, may = _valid("registration", "x")
    queries.append(_about(features, "registration", {"elsewhere_sure": sure, "elsewhere_may": may}, other=True))
    if titles := _flags(features, "title"):
        queries.append(_about(features, "title", titles))
    return stack(queries)


def persons(features: Features) -> Query:
    """CTE `person_all`: one row per (enterprise, person) with every flag."""
    return _grouped("fact", features)


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


def _grouped(source: str, features: Features) -> Query:
    flags = [named(biggest(col(source, name)), name) for name in column_names(features)]
    return (
        select(col(source, "enterprise"), col(source, "person"), *flags)
        .from_(source)
        .group_by(col(source, "enterprise"), col(source, "person"))
    )


def _tie(features: Features, name: str) -> Query:
    flags = _flags(features, name)
    if name == "insurance":
        flags["insured"] = _insured_on_the_day("x")
    if name == "officer":
        flags |= _posts(features)
    return (
        select(col("s", "enterprise"), col("x", "person"), *_columns(features, flags))
        .from_("scope AS s")
        .join(f"{name} AS x", on=eq(col("x", "enterprise"), col("s", "enterprise")))
        .where(visible("x"))
    )


def _about(features: Features, name: str, flags: dict[str, exp.Expr], *, other: bool = False) -> Query:
    """Rows of a table about the tied persons; `other` keeps those that name another enterprise."""
    on = eq(col("x", "person"), col("t", "person"))
    condition = every(visible("x"), exp.NEQ(this=col("x", "enterprise"), expression=col("t", "enterprise")))
    return (
        select(col("t", "enterprise"), col("t", "person"), *_columns(features, flags))
        .from_("tied AS t")
        .join(f"{name} AS x", on=on)
        .where(condition if other else visible("x"))
    )


def _columns(features: Features, flags: dict[str, exp.Expr]) -> list[exp.Expr]:
    return [named(flag(flags[n]) if n in flags else lit(0), n) for n in column_names(features)]


def _flags(features: Features, name: str) -> dict[str, exp.Expr]:
    """Sure and may of each feature of a table, for one row `x` of it."""
    out: dict[str, exp.Expr] = {}
    sure, may = _valid(name, "x")
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


def _valid(name: str, x: str) -> tuple[exp.Expr, exp.Expr]:
    """Whether a licence is surely, or may be, in force on the day."""
    if name not in EXPIRING:
        return every(), every()
    sure: exp.Expr = at_least(col(x, "valid_until"), param("as_of"))
    may = either(is_null(col(x, "valid_until")), sure.copy())
    if name == "registration":
        ended = is_null(col(x, "end_reason"))
        return every(sure, ended), every(may, ended.copy())
    return sure, may


def _insured_on_the_day(x: str) -> exp.Expr:
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


def _age() -> dict[str, exp.Expr]:
    """Born after the limit: at most 60 completed years. No person row at all leaves all three flags 0: unknown."""
    born = col("x", "birth_on")
    return {
        "age_ok": after(born, param("born_after")),
        "age_null": is_null(born.copy()),
        "age_over": at_most(born.copy(), param("born_after")),
    }
