"""人员: for what each person counts and why not, whose leaving would break what, and when his papers run out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from zhulian import rulebooks
from zhulian.core import rules
from zhulian.core.advice import Leave, Leaving, leavings, look, steps
from zhulian.core.advice.sight import Sight, rows
from zhulian.core.kernel.dates import FOREVER
from zhulian.core.rules.features import features_of
from zhulian.core.rules.model import GROUPS, GradeRule, LeadWorksClause, Missing
from zhulian.server.advice import applying, copying, seeing
from zhulian.server.assessments import facts, verification
from zhulian.server.assessments.moments import Moment
from zhulian.server.assessments.runner import DjangoRunner

PAPERS: Final = ("registration", "post_certificate", "safety_certificate")
"""Tables whose papers run out."""
STATUSES: Final = (("key", "关键人员"), ("counts", "计入"), ("may", "可能计入"), ("not", "未计入"))


@dataclass(frozen=True, slots=True)
class Fall:
    """A qualification that would become short without somebody, and the clauses that break."""

    code: str
    name: str
    clauses: tuple[str, ...]


@dataclass(slots=True)
class Member:
    """One person tied to the enterprise."""

    person: int
    name: str = ""
    standings: list[tuple[str, str, rules.PersonClause]] = field(default_factory=list)
    """(code, name of the qualification, how he stands to one of its clauses)."""
    groups: list[str] = field(default_factory=list)
    falls: list[Fall] = field(default_factory=list)
    weakens: list[Fall] = field(default_factory=list)
    expires_on: dt.date | None = None
    days_left: int | None = None

    @property
    def status(self) -> str:
        """key, counts, may, or not."""
        found = {clause.status for _, _, clause in self.standings}
        if self.falls:
            return "key"
        return next((status for status in ("counts", "may") if status in found), "not")

    @property
    def counted(self) -> list[tuple[str, str, rules.PersonClause]]:
        """The clauses for which he surely or possibly counts."""
        return [s for s in self.standings if s[2].status != "not"]

    @property
    def why_not(self) -> list[str]:
        """Why he does not count, each reason once."""
        reasons = [r for _, _, clause in self.standings if clause.status != "counts" for r in clause.reasons]
        return list(dict.fromkeys(reasons))


def members(enterprise: int, moment: Moment, *, opened: bool) -> list[Member]:
    """Everybody tied to the enterprise, key persons first, then by how much they count for."""
    found: dict[int, Member] = {person: Member(person) for person in _tied(enterprise, moment)}
    for code in seeing.held_codes(enterprise, moment):
        _standings(found, enterprise, code, moment)
    for person, falls in falls_of(enterprise, moment).items():
        if person in found:
            found[person].falls = [f for f, whole in falls if whole]
            found[person].weakens = [f for f, whole in falls if not whole]
    for person, until in _expiries(enterprise, moment).items():
        if person in found:
            found[person].expires_on, found[person].days_left = until, (until - moment.as_of).days
    names = seeing.names_of(list(found), moment, opened=opened)
    for person, member in found.items():
        member.name = names[person]
    order = [status for status, _ in STATUSES]
    return sorted(
        found.values(), key=lambda m: (order.index(m.status), -len(m.falls), -len(m.weakens), -len(m.counted), m.person)
    )


def _tied(enterprise: int, moment: Moment) -> list[int]:
    return [pk for pk in facts.people_of(enterprise, moment).values_list("person", flat=True) if pk is not None]


def _standings(found: dict[int, Member], enterprise: int, code: str, moment: Moment) -> None:
    lines = rules.people(
        rulebooks.library(),
        DjangoRunner(),
        enterprise=enterprise,
        code=code,
        as_of=moment.as_of,
        known_at=moment.known_at,
        purpose=moment.purpose,
    )
    name = verification.code_name(code)
    for line in lines:
        member = found.setdefault(line.person, Member(line.person))
        member.standings += [(code, name, clause) for clause in line.clauses]
        if line.group:
            member.groups.append(f"{name}：{GROUPS.get(line.group, line.group)}")


def _expiries(enterprise: int, moment: Moment) -> dict[int, dt.date]:
    """Person → the first last day of a paper that still runs."""
    out: dict[int, dt.date] = {}
    for name in PAPERS:
        live = facts.facts_of(name, enterprise=enterprise, moment=moment).filter(valid_until__gte=moment.as_of)
        for person, until in live.order_by().values_list("person", "valid_until"):
            out[person] = min(out.get(person, FOREVER), until)
    return out


# ---- whose leaving breaks what ---------------------------------------------------------------------------------


def falls_of(enterprise: int, moment: Moment) -> dict[int, list[tuple[Fall, bool]]]:
    """Person → qualifications that he holds up: True where the verdict becomes short, False where only a clause does."""
    province = seeing.province_of(enterprise, moment)
    out: dict[int, list[tuple[Fall, bool]]] = {}
    for code in seeing.held_codes(enterprise, moment):
        rule = seeing.rule_of(code, moment, moment.purpose, province)
        if isinstance(rule, Missing) or not features_of(rule):
            continue
        labels = {clause.id: clause.label for clause in rule.clauses} | {"staff-together": "各类人员同时满足"}
        for leaving in _leavings(enterprise, rule, moment):
            clauses = tuple(labels.get(clause, clause) for clause in leaving.clauses)
            fall = Fall(code, verification.code_name(code), clauses)
            out.setdefault(leaving.person, []).append((fall, leaving.falls))
    return out


def _leavings(enterprise: int, rule: GradeRule, moment: Moment) -> list[Leaving]:
    sight = look(DjangoRunner(), rule, enterprise=enterprise, as_of=moment.as_of, known_at=moment.known_at)
    persons = rows(DjangoRunner(), rule, "persons", enterprise=enterprise, as_of=moment.as_of, known_at=moment.known_at)
    special: dict[int, Callable[[], Sight]] = {}
    if any(isinstance(clause, LeadWorksClause) for clause in rule.clauses):
        special = {person: _without(enterprise, rule, person, moment) for person in _leaders(persons, moment)}
    return leavings(sight, persons, special)


def _leaders(persons: Sequence[Mapping[str, Any]], moment: Moment) -> list[int]:
    """Those who led a work: what they bring is more than their papers."""
    ids = [person["person"] for person in persons]
    led = facts.rows_of("work").filter(moment.visible(), lead_person__in=ids)
    return list(led.order_by().values_list("lead_person", flat=True).distinct())


def _without(enterprise: int, rule: GradeRule, person: int, moment: Moment) -> Callable[[], Sight]:
    def seen() -> Sight:
        leave = steps([Leave(person, moment.as_of)], enterprise=enterprise, as_of=moment.as_of)
        with copying.borrowed(DjangoRunner(), enterprise=enterprise, known_at=moment.known_at) as copy:
            applying.apply(copy, leave, enterprise=enterprise)
            return look(copy, rule, enterprise=enterprise, as_of=moment.as_of, known_at=moment.known_at)

    return seen
