"""The layer's part about persons: one row per (enterprise, person) who may count, with all features as bits.

Nearly everybody is tied to one enterprise; for them one BIT_OR over all rows about the person says everything, and
no row needs to be joined with another. Only who is tied to several is looked at once more, pair by pair.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from zhulian.core.rules import layer_bits as b
from zhulian.core.rules import plan_people as staff
from zhulian.core.rules.layer_bits import Bits, Place
from zhulian.core.rules.tree import (
    Query,
    after,
    at_least,
    biggest,
    bits_of,
    bits_or,
    col,
    either,
    eq,
    every,
    given,
    has_bits,
    is_null,
    lit,
    named,
    number_of,
    one_of,
    same,
    select,
    smallest,
    stack,
    visible,
    when,
    whole,
)

ABOUT: Final = ("person", "title")
"""Tables about a person that name no enterprise."""


def words_name(table: str) -> str:
    """The kept table of what each combination of a table's columns gives."""
    return f"layer_words_{table}"


def columns_of(bits: Bits, table: str) -> list[str]:
    """Columns that the features of a table look at."""
    if table == "officer":
        return ["post", "years_in_management"] if bits.of(table) else []
    return sorted({column for place in bits.of(table) for column, _ in place.where})


def words_query(bits: Bits, table: str) -> Query:
    """Per combination of the columns' values the words of a row that surely holds (`full`) or may hold (`part`).

    A nation's millions of certificates have a few thousand combinations; each feature is tested once per combination.
    """
    names = columns_of(bits, table)
    seen = select(*[col("x", name) for name in names]).from_(f"{table} AS x").distinct()
    columns: list[exp.Expr] = [col("v", name) for name in names]
    for word in _words_of(bits, table):
        places = [place for place in bits.of(table) if place.word == word]
        columns.append(named(_summed([_full(p) for p in places]), f"full{word}"))
        columns.append(named(_summed([when(_may(p), lit(p.may), lit(0)) for p in places]), f"part{word}"))
    return select(*columns).from_tree(seen.subquery("v"))


def _words_of(bits: Bits, table: str) -> list[int]:
    return sorted({place.word for place in bits.of(table)})


def _summed(values: list[exp.Expr]) -> exp.Expr:
    total: exp.Expr = whole(values[0])
    for value in values[1:]:
        total = exp.Add(this=total, expression=whole(value))
    return total


def _full(place: Place) -> exp.Expr:
    case = when(_sure(place), lit(place.sure + place.may), lit(0))
    case.append("ifs", exp.If(this=_may(place), true=lit(place.may)))
    return case


def _sure(place: Place) -> exp.Expr:
    if place.table != "officer":
        return every(*[one_of(col("v", column), values) for column, values in place.where])
    held = eq(col("v", "post"), lit(place.post))
    if place.years is None:
        return every(held, either())
    return held if place.years == 0 else every(held, at_least(col("v", "years_in_management"), lit(place.years)))


def _may(place: Place) -> exp.Expr:
    if place.table != "officer":
        return every(*[either(is_null(col("v", c)), one_of(col("v", c), values)) for c, values in place.where])
    held = eq(col("v", "post"), lit(place.post))
    if not place.years:
        return held
    years = col("v", "years_in_management")
    return every(held, either(is_null(years), at_least(years.copy(), lit(place.years))))


def _row(bits: Bits, table: str, *, among: str = "") -> Query:
    """Rows of a table with their words; `among` keeps the persons of that table."""
    owner = whole(exp.Null()) if table in ABOUT else col("x", "enterprise")
    columns = [col("x", "person"), named(owner, "enterprise")]
    columns += [named(_word(bits, table, word), f"w{word}") for word in range(bits.words)]
    query = select(*columns).from_(f"{table} AS x")
    if among:
        query = query.join(f"{among} AS z", on=eq(col("z", "person"), col("x", "person")))
    if names := columns_of(bits, table):
        on = every(*[same(col("d", name), col("x", name)) for name in names])
        query = query.join(f"{words_name(table)} AS d", on=on)
    return query.where(visible("x"))


def _word(bits: Bits, table: str, word: int) -> exp.Expr:
    """What one row gives a word."""
    full, part = _known(bits, table, word)
    if table == "insurance" and word == 0:
        return whole(when(staff.insured_on_the_day("x"), lit(b.INSURED), lit(0)))
    if table == "person" and word == 0:
        age = staff.age_of("x")
        return whole(
            exp.Case(
                ifs=[
                    exp.If(this=age["age_null"], true=lit(b.AGE_NULL)),
                    exp.If(this=age["age_ok"], true=lit(b.AGE_OK)),
                ],
                default=lit(b.AGE_OVER),
            )
        )
    if table == "registration" and word == 0:
        full = _plus(full, b.REGISTERED + b.MAY_BE_REGISTERED)
        part = _plus(part, b.MAY_BE_REGISTERED)
    if full is None or part is None:
        return whole(lit(0))
    if table not in staff.EXPIRING:
        return full
    sure, may = staff.valid(table, "x")
    case = when(sure, full, lit(0))
    case.append("ifs", exp.If(this=may, true=part))
    return whole(case)


def _known(bits: Bits, table: str, word: int) -> tuple[exp.Expr | None, exp.Expr | None]:
    """What a row that holds gives a word, and what one that may hold; None: nothing."""
    places = [place for place in bits.of(table) if place.word == word]
    if not places:
        return None, None
    if columns_of(bits, table):
        return col("d", f"full{word}"), col("d", f"part{word}")
    both = sum(p.sure + p.may for p in places)  # no filter: every row passes
    return whole(lit(both)), whole(lit(sum(p.may for p in places)))


def _plus(value: exp.Expr | None, flags: int) -> exp.Expr:
    return lit(flags) if value is None else exp.Add(this=value, expression=lit(flags))


def persons_query(bits: Bits) -> Query:
    """Table `layer_persons`: per tied person all that is known of him, and the lowest and highest enterprise he is tied to."""
    rows = stack([_row(bits, table) for table in (*staff.TIES, *ABOUT)])
    first = smallest(col("u", "enterprise"))
    columns = [named(first, "enterprise"), named(biggest(col("u", "enterprise")), "other")]
    columns += [named(bits_or(col("u", f"w{word}")), f"w{word}") for word in range(bits.words)]
    query = select(col("u", "person"), *columns).from_tree(rows.subquery("u")).group_by(col("u", "person"))
    return query.having(given(first.copy()))


def shared_query() -> Query:
    """Table `layer_shared`: who is tied to several enterprises."""
    several = exp.NEQ(this=col("p", "enterprise"), expression=col("p", "other"))
    return select(col("p", "person")).from_("layer_persons AS p").where(several)


def pairs_query(bits: Bits) -> Query:
    """Table `layer_pairs`: for those, all that their rows with each enterprise say."""
    rows = stack([_row(bits, table, among="layer_shared") for table in staff.TIES])
    keys = (col("u", "enterprise"), col("u", "person"))
    words = [named(bits_or(col("u", f"w{word}")), f"w{word}") for word in range(bits.words)]
    return select(*keys, *words).from_tree(rows.subquery("u")).group_by(*[key.copy() for key in keys])


def judged_query(bits: Bits) -> Query:
    """Table `layer_person`: who may count for an enterprise, if it is covered as far as needed.

    Bits of features that surely count are kept only where the person surely counts. Whether an uninsured person may
    count depends on the enterprise's coverage, so it is left to the rule's plan.
    """
    both = stack([_alone(bits), _shared(bits)])
    names = ["enterprise", "person", *[f"w{word}" for word in range(bits.words)]]
    # In the order in which rules will add up: neighbours in memory. Of holders only: of one grade there are few.
    query = select(*[col("b", n) for n in names]).from_tree(both.subquery("b"))
    query = query.join("layer_enterprise AS z", on=eq(col("z", "enterprise"), col("b", "enterprise")))
    return query.order_by(col("b", "enterprise"))


def _alone(bits: Bits) -> Query:
    """Of one enterprise only: nobody else registered or insured him."""
    one = eq(col("p", "enterprise"), col("p", "other"))
    insured = has_bits(col("p", "w0"), b.INSURED)
    words: dict[int, exp.Expr] = {word: col("p", f"w{word}") for word in range(bits.words)}
    query = select(col("p", "enterprise"), col("p", "person"))
    query = query.select(*_finished(bits, words, insured, col("p", "w0"), either()))
    return query.from_("layer_persons AS p").where(every(one, *_may_count(bits, words, col("p", "w0"))))


def _shared(bits: Bits) -> Query:
    own, flags = "o", {"registered": b.REGISTERED, "listed": b.MAY_BE_REGISTERED, "payers": b.INSURED}
    counts = [named(number_of(has_bits(col("q", "w0"), bit)), name) for name, bit in flags.items()]
    others = select(col("q", "person"), *counts).from_("layer_pairs AS q").group_by(col("q", "person"))

    def elsewhere(name: str) -> exp.Expr:
        mine = when(has_bits(col(own, "w0"), flags[name]), lit(1), lit(0))
        return after(col("c", name), mine)

    insured = has_bits(col(own, "w0"), b.INSURED)
    words: dict[int, exp.Expr] = {}
    for word in range(bits.words):
        titles = bits.mask(word, table="title") + bits.mask(word, table="title", kind="sure")
        words[word] = (
            _with(col(own, f"w{word}"), bits_of(col("p", f"w{word}"), titles)) if titles else col(own, f"w{word}")
        )
    query = select(col(own, "enterprise"), col(own, "person"))
    query = query.select(*_finished(bits, words, insured, col("p", "w0"), elsewhere("listed")))
    query = query.from_(f"layer_pairs AS {own}")
    query = query.join("layer_persons AS p", on=eq(col("p", "person"), col(own, "person")))
    query = query.join_tree(others.subquery("c"), on=eq(col("c", "person"), col(own, "person")))
    free = exp.Not(this=exp.Paren(this=elsewhere("registered")))
    paid = either(insured.copy(), exp.Not(this=exp.Paren(this=elsewhere("payers"))))
    return query.where(every(free, paid, *_may_count(bits, words, col("p", "w0"))))


def _with(one: exp.Expr, other: exp.Expr) -> exp.Expr:
    return exp.Paren(this=exp.BitwiseOr(this=one, expression=other))


def _may_count(bits: Bits, words: dict[int, exp.Expr], age: exp.Expr) -> list[exp.Expr]:
    """Not surely too old, and has something that a rule may count."""
    something = [has_bits(value.copy(), bits.mask(word)) for word, value in words.items() if bits.mask(word)]
    only_over = eq(bits_of(age.copy(), b.AGE_OK + b.AGE_NULL + b.AGE_OVER), lit(b.AGE_OVER))
    return [exp.Not(this=exp.Paren(this=only_over)), either(*something)]


def _finished(
    bits: Bits, words: dict[int, exp.Expr], insured: exp.Expr, age: exp.Expr, elsewhere: exp.Expr
) -> list[exp.Expr]:
    """The words of a judged person."""
    fit = eq(bits_of(age.copy(), b.AGE_OK + b.AGE_NULL + b.AGE_OVER), lit(b.AGE_OK))
    free = exp.Not(this=exp.Paren(this=elsewhere.copy()))
    sure = every(fit.copy(), insured.copy(), free)
    columns = []
    for word, value in words.items():
        every_bit = bits.mask(word) + bits.mask(word, kind="sure")
        kept: exp.Expr = when(sure.copy(), bits_of(value.copy(), every_bit), bits_of(value.copy(), bits.mask(word)))
        if word == 0:
            flags = [
                when(insured.copy(), lit(b.INSURED), lit(0)),
                when(fit.copy(), lit(0), lit(b.AGE_UNKNOWN)),
                when(elsewhere.copy(), lit(b.ELSEWHERE_UNKNOWN), lit(0)),
            ]
            kept = _summed([kept, *flags])
        columns.append(named(whole(kept), f"w{word}"))
    return columns
