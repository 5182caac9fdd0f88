"""If this person leaves: which verdicts become short.

Only persons who may count for something are asked about. Those who count for the same things are one class, and for
each class the plan's row is lowered by one person and judged again: arithmetic and one division search, no query. Who
led a work that counts is the exception (his works leave with him); for him the shell asks the engine on a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from zhulian.core.advice.sight import Sight
from zhulian.core.kernel.verdicts import Verdict

Person: TypeAlias = Mapping[str, Any]
"""A row of the persons plan."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A person, and what of one rule changes without him."""

    person: int
    before: Verdict
    after: Verdict
    clauses: tuple[str, ...]
    """Clauses that become short."""

    @property
    def falls(self) -> bool:
        """Whether the verdict becomes short."""
        return self.after is Verdict.SHORT and self.before is not Verdict.SHORT


def leavings(
    sight: Sight, persons: Sequence[Person], asked: Mapping[int, Callable[[], Sight]] | None = None
) -> list[Leaving]:
    """Whose leaving changes the verdict or makes a clause short, for the worse.

    `asked` gives for persons whom arithmetic cannot answer a look without them.
    """
    before = sight.reason()
    was = {child.id: child.verdict for child in before.children}
    judged: dict[tuple[int, ...], tuple[Verdict, tuple[str, ...]]] = {}
    found = []
    for person in persons:
        key = _gives(sight, person)
        special = (asked or {}).get(person["person"])
        if special is not None:
            outcome = _outcome(special(), was)
        elif not any(key):
            continue
        elif key in judged:
            outcome = judged[key]
        else:
            outcome = judged[key] = _outcome(without(sight, person, persons), was)
        if outcome[0] is not before.verdict or outcome[1]:
            found.append(Leaving(person["person"], before.verdict, *outcome))
    return found


def _outcome(sight: Sight, was: Mapping[str, Verdict]) -> tuple[Verdict, tuple[str, ...]]:
    after = sight.reason()
    fallen = [c.id for c in after.children if c.verdict is Verdict.SHORT and was.get(c.id) is not Verdict.SHORT]
    return after.verdict, tuple(fallen)


def _gives(sight: Sight, person: Person) -> tuple[int, ...]:
    """What a person gives to the rule's row: flags of features, officers."""
    features = sight.features
    bits = [
        person[f"{k}{bit}"] and person[c] for bit in range(features.counted) for k, c in (("s", "sure"), ("m", "may"))
    ]
    posts = [person[f"officer_{k}{n}"] for n in range(len(features.officers)) for k in ("s", "m")]
    return tuple(int(bool(value)) for value in (*bits, *posts))


def without(sight: Sight, person: Person, persons: Sequence[Person]) -> Sight:
    """The same look without one person (who led no works)."""
    features, row = sight.features, dict(sight.row)
    for bit in range(features.counted):
        row[f"s{bit}"] -= int(bool(person["sure"] and person[f"s{bit}"]))
        row[f"m{bit}"] -= int(bool(person["may"] and person[f"m{bit}"]))
    for n in range(len(features.officers)):
        for kind in ("s", "m"):
            name = f"officer_{kind}{n}"
            others = (p[name] for p in persons if p["person"] != person["person"] and p["may"])
            row[name] = int(any(others))
    return Sight(sight.rule, row, _less(sight, sight.sure, person, "s"), _less(sight, sight.may, person, "m"))


def _less(sight: Sight, histogram: Mapping[int, int], person: Person, kind: str) -> dict[int, int]:
    """The histogram without one person."""
    condition = {"s": "sure", "m": "may"}[kind]
    bits = sorted({d.bit for demands in sight.features.groups.values() for d in demands})
    mask = sum(1 << bit for bit in bits if person[f"{kind}{bit}"]) if person[condition] else 0
    out = dict(histogram)
    if out.get(mask):
        out[mask] -= 1
    return out
