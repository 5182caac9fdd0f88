"""到期提醒: what runs out within 90, 60, 30, 15, 7 days, or already did, and which qualification that endangers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from zhulian.core.rules.model import Missing, PermitClause
from zhulian.core.tables import table
from zhulian.server.advice import seeing, staffing
from zhulian.server.assessments import facts, selectors, verification
from zhulian.server.assessments.moments import Moment

STEPS: Final = (7, 15, 30, 60, 90)
PAST: Final = 30
"""Days since which something ran out for it to be still listed."""
TABLES: Final = ("qualification", "safety_permit", "registration", "post_certificate", "safety_certificate")
_NUMBER: Final = {
    "qualification": "certificate_no",
    "safety_permit": "permit_no",
    "registration": "registration_no",
    "post_certificate": "certificate_no",
    "safety_certificate": "certificate_no",
}


@dataclass(frozen=True, slots=True)
class Expiry:
    """One paper that runs out."""

    kind: str
    what: str
    person: str
    number: str
    valid_until: dt.date
    days_left: int
    endangers: tuple[str, ...]

    @property
    def step(self) -> int:
        """The smallest step it is within; 0 where it has run out."""
        return 0 if self.days_left < 0 else next(step for step in STEPS if self.days_left <= step)


def expiries(enterprise: int, moment: Moment, *, opened: bool) -> list[Expiry]:
    """Everything that ran out within the last 30 days or runs out within 90, soonest first."""
    found = [(name, row) for name in TABLES for row in _running_out(name, enterprise, moment)]
    people = [row.person for name, row in found if name in staffing.PAPERS]
    names = seeing.names_of(people, moment, opened=opened)
    falls = staffing.falls_of(enterprise, moment) if people else {}
    permits = _asking_for_a_permit(enterprise, moment) if any(name == "safety_permit" for name, _ in found) else ()
    out = [_expiry(name, row, moment, names, _endangered(name, row, falls, permits)) for name, row in found]
    return sorted(out, key=lambda e: (e.valid_until, not e.endangers, e.kind, e.number))


def last_days(enterprise: int, moment: Moment) -> list[dt.date]:
    """The last day of every paper that ran out of late or will soon."""
    return [row.valid_until for name in TABLES for row in _running_out(name, enterprise, moment)]


def _running_out(name: str, enterprise: int, moment: Moment) -> list[Any]:
    first, last = moment.as_of - dt.timedelta(days=PAST), moment.as_of + dt.timedelta(days=STEPS[-1])
    rows = facts.facts_of(name, enterprise=enterprise, moment=moment).filter(
        valid_until__gte=first, valid_until__lte=last
    )
    if name == "qualification":
        rows = rows.exclude(status__in=selectors.ENDED)
    if name == "registration":
        rows = rows.filter(end_reason=None)
    return list(rows.order_by("valid_until", "row_id"))


def _asking_for_a_permit(enterprise: int, moment: Moment) -> tuple[str, ...]:
    province = seeing.province_of(enterprise, moment)
    ruled = [
        (code, seeing.rule_of(code, moment, moment.purpose, province)) for code in seeing.held_codes(enterprise, moment)
    ]
    return tuple(
        verification.code_name(code)
        for code, rule in ruled
        if not isinstance(rule, Missing) and any(isinstance(c, PermitClause) for c in rule.clauses)
    )


def _endangered(
    name: str, row: Any, falls: Mapping[int, list[tuple[staffing.Fall, bool]]], permits: tuple[str, ...]
) -> tuple[str, ...]:
    if name == "qualification":
        return (verification.code_name(row.code),)
    if name == "safety_permit":
        return permits
    return tuple(fall.name for fall, whole in falls.get(row.person, ()) if whole)


def _expiry(name: str, row: Any, moment: Moment, names: Mapping[int, str], endangers: tuple[str, ...]) -> Expiry:
    return Expiry(
        kind=table(name).label,
        what=_what(name, row),
        person=names[row.person] if name in staffing.PAPERS else "",
        number=getattr(row, _NUMBER[name]) or "",
        valid_until=row.valid_until,
        days_left=(row.valid_until - moment.as_of).days,
        endangers=endangers,
    )


def _what(name: str, row: Any) -> str:
    if name == "qualification":
        return verification.code_name(row.code)
    if name == "registration":
        return f"{row.specialty or ''}{row.kind}"
    if name == "post_certificate":
        return str(row.post)
    return f"{row.certificate_class} 类" if name == "safety_certificate" else "安全生产许可证"
