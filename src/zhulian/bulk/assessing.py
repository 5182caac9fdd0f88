"""The rules engine over a snapshot: all that is held, or one pair with everybody who was looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from zhulian.bulk.findings import Item, code_name, item, ordered
from zhulian.bulk.snapshot import Snapshot
from zhulian.core import rules
from zhulian.core.kernel.codes import parse_qualification_code
from zhulian.core.kernel.dates import end_of_day
from zhulian.core.kernel.reasons import Reason
from zhulian.core.rules import Library, PersonClause
from zhulian.core.rules.library import Provincial


@dataclass(frozen=True, slots=True)
class PersonItem:
    """One person looked at; name and key are masked."""

    name: str
    shown: str
    group: str
    clauses: tuple[PersonClause, ...]


@dataclass(frozen=True, slots=True)
class ProvincialItem:
    """The province's own reading that was applied: its name and document, and the clauses that it leaves out."""

    subject: str
    document: str
    title: str
    evidence: str
    valid_from: str
    """ISO day."""
    national: str
    """The document of the nation's version that it reads."""
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One enterprise and code with its reason tree and its people."""

    enterprise: str
    name: str
    code: str
    code_name: str
    purpose: str
    as_of: dt.date
    known_at: dt.date | None
    rule_version: str
    rule_hash: str
    next_critical_on: dt.date | None
    reason: Reason
    people: tuple[PersonItem, ...]
    provincial: ProvincialItem | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values: the reason tree as `Reason.as_json`, dates as ISO text."""
        plain = {name: getattr(self, name) for name in ("enterprise", "name", "code", "code_name", "purpose")}
        dates = {name: _iso(getattr(self, name)) for name in ("as_of", "known_at", "next_critical_on")}
        return {
            **plain,
            **dates,
            "verdict": self.reason.verdict.value,
            "rule_version": self.rule_version,
            "rule_hash": self.rule_hash,
            "provincial": asdict(self.provincial) if self.provincial else None,
            "reason": self.reason.as_json(),
            "people": [asdict(person) for person in self.people],
        }


def check(
    snapshot: Snapshot,
    library: Library,
    *,
    as_of: dt.date,
    known_at: dt.date | None = None,
    purpose: str = rules.VERIFICATION,
    codes: Sequence[str] | None = None,
) -> Sequence[Item]:
    """Every qualification held on the day, judged. `known_at`: by the end of that day."""
    found = rules.assess_held(
        library, snapshot.runner, as_of=as_of, known_at=_moment(known_at), purpose=purpose, codes=codes
    )
    return ordered(item(a, snapshot.subject(a.enterprise, as_of), known_at) for a in found)


def explain(
    snapshot: Snapshot,
    library: Library,
    *,
    enterprise: str,
    code: str,
    as_of: dt.date,
    known_at: dt.date | None = None,
    purpose: str = rules.VERIFICATION,
) -> Explanation:
    """One enterprise and code, whether or not held, with people.

    Raises:
        ZhulianError: `enterprise.*`, `code.qualification`.
    """
    if code not in library.codes():
        code = parse_qualification_code(code)
    id_ = snapshot.find(enterprise)
    moment = _moment(known_at)
    assessment = rules.assess_pair(
        library, snapshot.runner, enterprise=id_, code=code, as_of=as_of, known_at=moment, purpose=purpose
    )
    lines = rules.people(
        library, snapshot.runner, enterprise=id_, code=code, as_of=as_of, known_at=moment, purpose=purpose
    )
    names = snapshot.people_names([line.person for line in lines])
    subject = snapshot.subject(id_, as_of)
    return Explanation(
        enterprise=subject.key,
        name=subject.name,
        code=code,
        code_name=code_name(code),
        purpose=purpose,
        as_of=as_of,
        known_at=known_at,
        rule_version=assessment.rule_version,
        rule_hash=assessment.rule_hash,
        next_critical_on=assessment.next_critical_on,
        reason=assessment.reason,
        people=tuple(PersonItem(*names[line.person], line.group, line.clauses) for line in lines),
        provincial=_provincial(library.provincial(code, purpose, assessment.rule_version, assessment.rule_hash)),
    )


def _provincial(found: Provincial | None) -> ProvincialItem | None:
    if found is None:
        return None
    source = found.version.source
    return ProvincialItem(
        subject=found.overlay.subject,
        document=source.document,
        title=source.title,
        evidence=source.evidence,
        valid_from=found.version.valid_from.isoformat(),
        national=found.national.source.document,
        left_out=tuple(clause.label for clause in found.left_out),
    )


def _moment(day: dt.date | None) -> dt.datetime | None:
    return end_of_day(day) if day else None


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
