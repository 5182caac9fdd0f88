"""What changes do to the rows of a copy: rows to add, ties to end, columns to revise, a statement to restate.

Newcomers get negative ids, which no subject has. Their rows hold for ever and were always known, so that an answer
for any day and any knowledge counts them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from zhulian.core.advice.changes import (
    Assets,
    Change,
    Hire,
    Insure,
    Leave,
    Machines,
    Paper,
    Permit,
    Renew,
    Work,
)
from zhulian.core.kernel.dates import BEGINNING, FOREVER, add_years

Values: TypeAlias = tuple[tuple[str, Any], ...]

NEWCOMER_AGE: Final = 35
LICENCE_YEARS: Final = 3


@dataclass(frozen=True, slots=True)
class Add:
    """A row of a table."""

    table: str
    values: Values


@dataclass(frozen=True, slots=True)
class End:
    """Every row that ties a person to the enterprise ends on the day; what would begin later never does."""

    person: int
    on: dt.date


@dataclass(frozen=True, slots=True)
class Revise:
    """A column of a person's rows of a table gets a value; `elsewhere`: only the rows that name others."""

    table: str
    person: int
    column: str
    value: Any
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Restate:
    """A statement of the day that repeats the last one but for one figure."""

    on: dt.date
    measure: str
    value: int


Step: TypeAlias = Add | End | Revise | Restate


def steps(changes: Sequence[Change], *, enterprise: int, as_of: dt.date) -> list[Step]:
    """The steps of changes, in order. `as_of` is the day on which newcomers are of age, insured and licensed."""
    return list(_Maker(enterprise, as_of).all(changes))


class _Maker:
    def __init__(self, enterprise: int, as_of: dt.date) -> None:
        self.enterprise, self.as_of, self.newcomers, self.numbers = enterprise, as_of, 0, 0

    def all(self, changes: Sequence[Change]) -> Iterator[Step]:
        for change in changes:
            yield from self._MAKERS[type(change)](self, change)

    def _number(self) -> str:
        self.numbers += 1
        return f"模拟-{self.numbers}"

    def _hire(self, change: Hire) -> Iterator[Step]:
        for _ in range(change.count):
            self.newcomers -= 1
            person = self.newcomers
            born = add_years(self.as_of, -NEWCOMER_AGE)
            yield Add("person", (("person", person), ("name", f"拟聘 {-person}"), ("birth_on", born)))
            yield self._insurance(person)
            for paper in change.papers:
                yield self._paper(person, paper)
            if change.post:
                officer = (("post", change.post), ("person", person), ("years_in_management", change.years))
                yield Add("officer", (("enterprise", self.enterprise), *officer))
            for indicator, value, works in change.led:
                for _work in range(works):
                    yield self._work(indicator, value, self.as_of, (("lead_person", person),))

    def _insurance(self, person: int) -> Step:
        month = self.as_of.replace(day=1)
        return Add("insurance", (("person", person), ("enterprise", self.enterprise), ("month_from", month)))

    def _paper(self, person: int, paper: Paper) -> Step:
        values: dict[str, Any] = {**DEFAULTS[paper.table], **dict(paper.values), "person": person}
        if paper.table != "title":
            values["enterprise"] = self.enterprise
        if paper.table in {"registration", "post_certificate", "safety_certificate"}:
            values["valid_until"] = add_years(self.as_of, LICENCE_YEARS)
        if paper.table in {"post_certificate", "safety_certificate", "skill"}:
            values["certificate_no"] = self._number()
        return Add(paper.table, tuple(values.items()))

    def _work(self, indicator: str, value: int, done: dt.date, more: Values) -> Step:
        own: Values = more or (("enterprise", self.enterprise),)
        facts = (("completed_on", done), ("accepted", 1), ("indicator", indicator), ("value", value))
        # A work led elsewhere is another enterprise's; no subject has the id 0.
        return Add("work", (("work", self._number()), ("enterprise", 0), *own, *facts))

    def _insure(self, change: Insure) -> Iterator[Step]:
        month = self.as_of.replace(day=1)
        before = month - dt.timedelta(days=1)
        yield Revise("insurance", change.person, "month_until", before.replace(day=1), elsewhere=True)
        yield self._insurance(change.person)

    def _machines(self, change: Machines) -> Iterator[Step]:
        values = (("kind", change.kind), ("count", change.count), ("owned", 1), ("spec", self._number()))
        yield Add("equipment", (("enterprise", self.enterprise), *values))

    def _permit(self, change: Permit) -> Iterator[Step]:
        values = (("issued_on", self.as_of), ("valid_until", change.until), ("status", "有效"))
        yield Add("safety_permit", (("permit_no", self._number()), ("enterprise", self.enterprise), *values))

    _MAKERS: Final[dict[type, Callable[[_Maker, Any], Iterator[Step]]]] = {
        Hire: _hire,
        Leave: lambda _, change: iter((End(change.person, change.on),)),
        Insure: _insure,
        Renew: lambda _, change: iter((Revise(change.table, change.person, "valid_until", change.until),)),
        Assets: lambda self, change: iter((Restate(self.as_of, change.measure, change.fen),)),
        Machines: _machines,
        Work: lambda self, change: iter((self._work(change.indicator, change.value, change.completed_on, ()),)),
        Permit: _permit,
    }


DEFAULTS: Final[dict[str, dict[str, str]]] = {
    "registration": {"kind": "二级注册建造师"},
    "title": {"grade": "中级"},
    "post_certificate": {"post": "施工员"},
    "safety_certificate": {"class": "C3"},
    "skill": {"grade": "中级工"},
}
"""Required columns where a clause asks for no particular value."""

TIMES: Final[Values] = (
    ("fact_from", BEGINNING),
    ("fact_until", FOREVER),
    ("recorded_at", 0),
)
"""Added rows hold for ever and were always known."""
