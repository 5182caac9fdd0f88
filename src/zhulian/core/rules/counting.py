"""How people are counted, as dated data (`counting.yaml`): up to which age a person counts for an enterprise.

It binds every rule that asks for people, whatever its category, so it stands beside the engine and not in a rulebook.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from zhulian.core.kernel.dates import BEGINNING, SHANGHAI
from zhulian.core.kernel.reasons import Citation
from zhulian.core.rules.fields import Fields
from zhulian.core.rules.model import AnyClause, OfficerClause, PeopleClause
from zhulian.core.rules.quantities import YEARS
from zhulian.core.rules.sources import read_source
from zhulian.core.rules.yamlfile import read_yaml

FILE: Final = "counting.yaml"


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """Who is at most `max_age` completed years old counts, from a day on.

    `valid_from` is `BEGINNING` where no source tells the day, and `published_at` None: then it was always known.
    """

    id: str
    subject: str
    valid_from: dt.date
    published_at: dt.date | None
    max_age: int
    citation: Citation
    note: str = ""

    @property
    def requirement(self) -> str:
        """The limit in words."""
        return f"{self.max_age} 周岁以下（含 {self.max_age} 周岁）"

    @property
    def too_old(self) -> str:
        """What is said of somebody above it."""
        return f"年满 {self.max_age + 1} 周岁"


def read_limits(file: str, data: bytes) -> tuple[AgeLimit, ...]:
    """The versions of a file, in order of their days.

    Raises:
        ZhulianError: `rulebook.*`.
    """
    with Fields(file, "全文", read_yaml(file, data)) as fields:
        subject = fields.text("subject")
        limits = [_limit(each, subject) for each in fields.children("versions")]
    if not limits:
        raise fields.error("rulebook.value", "versions", [], "至少一个版本")
    return tuple(sorted(limits, key=lambda limit: limit.valid_from))


def _limit(fields: Fields, subject: str) -> AgeLimit:
    with fields:
        source = read_source(fields)
        max_age = fields.quantity("at_most", YEARS)
        if max_age is None:
            raise fields.error("rulebook.value", "at_most", None, "带单位的年龄，如 60周岁")
        return AgeLimit(
            id=fields.text("id"),
            subject=subject,
            valid_from=_day(fields, "from") or BEGINNING,
            published_at=_day(fields, "published_at"),
            max_age=max_age,
            citation=Citation(source.document, fields.text("citation", ""), source.evidence),
            note=fields.text("note", ""),
        )


def _day(fields: Fields, name: str) -> dt.date | None:
    """A date, or null: no source tells it."""
    return None if fields.raw(name) is None else fields.day(name)


@cache
def age_limits() -> tuple[AgeLimit, ...]:
    """The shipped versions, in order of their days; the first has no beginning."""
    return read_limits(FILE, resources.files(__package__).joinpath(FILE).read_bytes())


def age_limit(as_of: dt.date, known_at: dt.datetime | None = None) -> AgeLimit:
    """The version in force on a day, as was known at a moment."""
    return in_force(age_limits(), as_of, known_at)


def in_force(limits: tuple[AgeLimit, ...], as_of: dt.date, known_at: dt.datetime | None) -> AgeLimit:
    """The last of the limits that had begun on the day and was known; the first one if none had."""
    begun = [limit for limit in limits if limit.valid_from <= as_of and _known(limit, known_at)]
    return begun[-1] if begun else limits[0]


def limits_of(clauses: Iterable[AnyClause]) -> tuple[AgeLimit, ...]:
    """All limits, if one of the clauses asks for people; none otherwise."""
    return age_limits() if any(isinstance(clause, (PeopleClause, OfficerClause)) for clause in clauses) else ()


def next_limit(as_of: dt.date, known_at: dt.datetime | None = None) -> dt.date | None:
    """The first later day on which another limit begins, as was known."""
    later = [limit.valid_from for limit in age_limits() if limit.valid_from > as_of and _known(limit, known_at)]
    return min(later, default=None)


def _known(limit: AgeLimit, known_at: dt.datetime | None) -> bool:
    told = limit.published_at
    return known_at is None or told is None or told <= known_at.astimezone(SHANGHAI).date()
