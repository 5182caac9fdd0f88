"""Many items at once: what would change and what not, then each in a transaction of its own. Nothing is signed here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import OBLIGATION
from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.worklist import checking, services
from zhulian.server.worklist.checking import Facts, Ref, facts_of
from zhulian.server.worklist.listing import named

MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with the chosen items. `to`: the colleague; `note`: reason or outcome."""

    action: str
    user: User
    to: User | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One item: whether it changes (`will`), into what, or why not. `print` is empty when it does not."""

    ref: Ref
    label: str
    what: str
    name: str
    now: str
    will: bool
    text: str
    print: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """An action of the table. `note`: what the officer writes, empty: nothing; `to`: whether a colleague is chosen."""

    label: str
    note: str
    to: bool
    refusal: Callable[[Facts, Order], ZhulianError | None]
    becomes: Callable[[Facts, Order], str]
    do: Callable[[Facts, Order], None]


def _handing(facts: Facts, order: Order) -> ZhulianError | None:
    return checking.handing(facts, order.user, order.to) if order.to else ZhulianError("worklist.whom")


def _name(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else ""


ACTIONS: Final = {
    "take": Kind(
        "领取",
        "",
        False,
        lambda facts, order: checking.taking(facts, order.user),
        lambda facts, _: f"{OBLIGATION.states['taken']}，由您办理" if facts.kind == "obligation" else "由您办理",
        lambda facts, order: services.item_take(kind=facts.kind, pk=facts.pk, user=order.user),
    ),
    "hand_over": Kind(
        "转办",
        "转办理由",
        True,
        _handing,
        lambda _, order: f"由{_name(order.to)}办理",
        lambda facts, order: services.item_hand_over(
            kind=facts.kind, pk=facts.pk, to=order.to.pk if order.to else 0, user=order.user, reason=order.note
        ),
    ),
    "put_back": Kind(
        "退回本单位",
        "退回理由",
        False,
        lambda facts, order: checking.putting_back(facts, order.user),
        lambda *_: "本单位待领",
        lambda facts, order: services.item_put_back(kind=facts.kind, pk=facts.pk, user=order.user, reason=order.note),
    ),
    "finish": Kind(
        "办结",
        "办理结果",
        False,
        lambda facts, order: checking.finishing(facts, order.user),
        lambda *_: OBLIGATION.states["done"],
        lambda facts, order: services.item_finish(kind=facts.kind, pk=facts.pk, user=order.user, outcome=order.note),
    ),
}
"""What may be done with many at once. Steps of a decision are not among them."""


def refs_of(texts: Sequence[str]) -> list[Ref]:
    """Items as forms name them (`kind:key`, perhaps with a fingerprint); what is none is left out.

    Raises:
        ZhulianError: `worklist.chosen`, `worklist.too_many`.
    """
    refs = dict.fromkeys((parts[0], int(parts[1])) for parts in map(_parts, texts) if parts)
    if not refs:
        raise ZhulianError("worklist.chosen")
    if len(refs) > MOST:
        raise ZhulianError("worklist.too_many", limit=MOST, count=len(refs))
    return list(refs)


def _parts(text: str) -> list[str]:
    parts = text.split(":")
    return parts if len(parts) > 1 and parts[1].isdecimal() and len(parts[1]) < 19 else []


def preview(refs: Sequence[Ref], order: Order) -> list[Line]:
    """What an order would do with each item, in the order chosen; what is none of the viewer's says so."""
    facts = facts_of(order.user, refs, to=order.to)
    names = enterprise_names((f.enterprise for f in facts.values() if f.enterprise), clock.today())
    return [_line(ref, facts.get(ref), order, names) for ref in refs]


def done(prints: Sequence[str], order: Order) -> list[Line]:
    """Do it, item by item; what changed since the preview is left alone and told."""
    refs = refs_of(prints)
    facts = facts_of(order.user, refs, to=order.to)
    names = enterprise_names((f.enterprise for f in facts.values() if f.enterprise), clock.today())
    return [_acted(_line(ref, facts.get(ref), order, names), facts.get(ref), order, set(prints)) for ref in refs]


def _line(ref: Ref, facts: Facts | None, order: Order, names: dict[int, str]) -> Line:
    if facts is None:
        return Line(ref, "", f"{ref[0]}:{ref[1]}", "", "", will=False, text=str(ZhulianError("worklist.none")))
    kind = ACTIONS[order.action]
    error = kind.refusal(facts, order)
    now = f"{facts.state_word}，{facts.holder_name}" if facts.holder_name else facts.state_word
    name = named(names, facts.enterprise)
    if error is not None:
        return Line(ref, facts.label, facts.what, name, now, will=False, text=str(error))
    return Line(ref, facts.label, facts.what, name, now, will=True, text=kind.becomes(facts, order), print=facts.print)


def _acted(line: Line, facts: Facts | None, order: Order, prints: set[str]) -> Line:
    if facts is None or not line.will:
        return line
    if facts.print not in prints:
        return _failed(line, ZhulianError("worklist.changed", now=line.now))
    try:
        ACTIONS[order.action].do(facts, order)
    except ZhulianError as error:
        return _failed(line, error)
    return line


def _failed(line: Line, error: ZhulianError) -> Line:
    return Line(line.ref, line.label, line.what, line.name, line.now, will=False, text=str(error))
