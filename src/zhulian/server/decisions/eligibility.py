"""May it bid, contract, get a permit, declare? (一处违规，处处受限.) One indexed query answers; proposals never count.

`allowed` speaks of effective restrictions only. What else the asker should look at (is the safety permit valid, is the
qualification held, how fresh are the data) is told beside and decides nothing: absence of data is not a refusal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Q

from zhulian.core.kernel.canonical import Json
from zhulian.core.linkage import Refusal
from zhulian.core.linkage.acts import END_LABELS, End
from zhulian.server.decisions.models import Restriction
from zhulian.server.registry.merging.selectors import members_of
from zhulian.server.registry.models import Enterprise, Identity, Qualification, SafetyPermit
from zhulian.server.registry.selectors import ENDED, fresh_at

LIMIT: Final = 1000
"""Enterprises of one batch."""
PURPOSES: Final = tuple(word.value for word in Refusal)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: an enterprise, what for, with which qualification and for which project (both may be empty)."""

    uscc: str
    purpose: str
    code: str = ""
    project: int | None = None


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The answer. `known` False: the register has no such enterprise, and then `allowed` is None."""

    asked: Asked
    on: dt.date
    known: bool
    name: str = ""
    restrictions: tuple[Restriction, ...] = ()
    elsewhere: tuple[Restriction, ...] = ()
    """Effective, but about another qualification or a single site: told, refusing nothing here."""
    permit: Mapping[str, Json] = field(default_factory=dict)
    qualification: Mapping[str, Json] = field(default_factory=dict)
    fresh_at: dt.datetime | None = None

    @property
    def allowed(self) -> bool | None:
        """Whether nothing effective refuses."""
        return not self.restrictions if self.known else None

    def as_json(self) -> dict[str, Any]:
        """Plain values for the API."""
        return {
            "uscc": self.asked.uscc,
            "name": self.name,
            "purpose": self.asked.purpose,
            "code": self.asked.code,
            "on": self.on.isoformat(),
            "known": self.known,
            "allowed": self.allowed,
            "restrictions": [_told(row) for row in self.restrictions],
            "elsewhere": [_told(row) for row in self.elsewhere],
            "facts": {"safety_permit": dict(self.permit), "qualification": dict(self.qualification)},
            "fresh_at": self.fresh_at.isoformat() if self.fresh_at else None,
        }


def eligibility(uscc: str, purpose: str, code: str = "", *, on: dt.date, project: int | None = None) -> Eligibility:
    """May this enterprise do that on a day?"""
    return eligibility_many([Asked(uscc, purpose, code, project)], on=on)[0]


def eligibility_many(asked: Sequence[Asked], *, on: dt.date) -> list[Eligibility]:
    """Many at once, in the order asked: the number of queries does not grow with them."""
    codes = {a.uscc for a in asked}
    subjects = dict(
        Identity.objects.filter(subject_kind="enterprise", kind="uscc", value__in=codes, active=True).values_list(
            "value", "subject_id"
        )
    )
    ids = set(subjects.values())
    effective = _effective(ids, on)
    names = dict(Enterprise.objects.at(on).filter(enterprise__in=ids).values_list("enterprise", "name"))
    permits = _by_enterprise(SafetyPermit.objects.at(on).filter(enterprise__in=ids).order_by("-valid_until", "row_id"))
    wanted = {a.code for a in asked if a.code}
    held = _by_enterprise(Qualification.objects.at(on).filter(enterprise__in=ids, code__in=wanted).order_by("row_id"))
    fresh = fresh_at()
    return [
        _answer(a, subjects[a.uscc], on, effective, names, permits, held, fresh)
        if a.uscc in subjects
        else Eligibility(a, on, known=False, fresh_at=fresh)
        for a in asked
    ]


def _effective(ids: set[int], on: dt.date) -> dict[int, list[Restriction]]:
    """Enterprise → what refuses on a day, also what was decided about an enterprise that was merged into it."""
    root = {member: survivor for survivor, members in members_of(ids).items() for member in members}
    rows = effective_on(on).filter(enterprise__in=ids | root.keys()).order_by("effective_from", "pk")
    out: dict[int, list[Restriction]] = {}
    for row in rows:
        out.setdefault(root.get(row.enterprise, row.enterprise), []).append(row)
    return out


def effective_on(on: dt.date) -> Any:
    """Restrictions that refuse on a day, also on a past one; a term that is over refuses no more, swept up or not."""
    rows = Restriction.objects.filter(effective_from__isnull=False, effective_from__lte=on)
    return rows.filter(Q(ended_on=None) | Q(ended_on__gt=on)).exclude(ends=End.TERM, until__lt=on)


def _answer(
    asked: Asked,
    subject: int,
    on: dt.date,
    effective: Mapping[int, list[Restriction]],
    names: Mapping[int, str],
    permits: Mapping[int, list[SafetyPermit]],
    held: Mapping[int, list[Qualification]],
    fresh: dt.datetime | None,
) -> Eligibility:
    refusing = [row for row in effective.get(subject, ()) if getattr(row, f"refuses_{asked.purpose}")]
    here = tuple(row for row in refusing if _concerns(row, asked))
    return Eligibility(
        asked,
        on,
        known=True,
        name=names.get(subject, ""),
        restrictions=here,
        elsewhere=tuple(row for row in refusing if row not in here),
        permit=_permit(permits.get(subject, ()), on),
        qualification=_held(held.get(subject, ()), asked.code, on),
        fresh_at=fresh,
    )


def _concerns(row: Restriction, asked: Asked) -> bool:
    """Whether a restriction refuses what is asked.

    One about a qualification refuses work with that one, and whoever names none is told no: he must say which. One
    about a site refuses for that site only.
    """
    of_code = not row.code or not asked.code or row.code == asked.code
    return of_code and row.project in (None, asked.project)


def _permit(rows: Iterable[SafetyPermit], on: dt.date) -> dict[str, Json]:
    for row in rows:
        over = row.valid_until is not None and row.valid_until < on
        return {
            "permit_no": row.permit_no,
            "status": "过期" if over and row.status in (None, "有效") else row.status,
            "valid_until": row.valid_until.isoformat() if row.valid_until else None,
        }
    return {"permit_no": "", "status": None, "valid_until": None}


def _held(rows: Iterable[Qualification], code: str, on: dt.date) -> dict[str, Json]:
    if not code:
        return {}
    papers = [row for row in rows if row.code == code]
    valid = [r for r in papers if r.status not in ENDED and (r.valid_until is None or r.valid_until >= on)]
    best = next(iter(valid or papers), None)
    return {
        "code": code,
        "held": bool(valid) if papers else None,
        "status": best.status if best else None,
        "valid_until": best.valid_until.isoformat() if best and best.valid_until else None,
    }


def _told(row: Restriction) -> dict[str, Json]:
    return {
        "act": row.act,
        "label": row.label,
        "code": row.code,
        "project": row.project,
        "refuses": [word.value for word in row.refuses],
        "clause": row.clause,
        "evidence": row.evidence,
        "document_no": row.document_no,
        "authority": row.authority,
        "decided_on": row.decided_on.isoformat(),
        "effective_from": row.effective_from.isoformat() if row.effective_from else None,
        "until": row.until.isoformat() if row.until else None,
        "ends": row.ends,
        "ends_label": END_LABELS[End(row.ends)],
    }


def _by_enterprise(rows: Iterable[Any]) -> dict[int, list[Any]]:
    out: dict[int, list[Any]] = {}
    for row in rows:
        out.setdefault(row.enterprise, []).append(row)
    return out
