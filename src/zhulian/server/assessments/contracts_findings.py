"""Findings about contracts as they were last judged, for lists too long to be judged while somebody waits.

A stored finding says where a contract stands and in which category, no more: what a list shows of the fifty rows on a
page is judged anew (docs/decisions/0085-findings-of-long-lists-are-stored.md). The job takes the enterprises whose
contracts, projects, papers, names or coverage changed, those with a contract that was never judged, and those judged
by other rules than today's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.db.models import Q

from zhulian import rulebooks
from zhulian.server.assessments import contracts
from zhulian.server.assessments.models import ContractFinding, ContractMark
from zhulian.server.assessments.moments import Moment
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.models import Contract

STEP_SECONDS: Final = 0.1
"""What a step aims at: the enterprise that it is at when time is up is written as well."""
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Judged:
    """What a step did: enterprises judged, and whether others wait."""

    enterprises: int
    more: bool


@cache
def rules_digest() -> str:
    """Of the limits and the mapping in force here: findings by other rules are made anew."""
    digest = hashlib.sha256()
    for name, text in sorted(rulebooks.scope_files().items()):
        digest.update(name.encode() + b"\0" + text + b"\0")
    return digest.hexdigest()[:16]


@writes
def contracts_mark(*, enterprises: Iterable[int], at: dt.datetime, actor: str) -> int:
    """Mark enterprises whose contracts are to be judged anew; returns how many of these have contracts."""
    wanted = sorted(set(enterprises))
    having: set[int] = set()
    for start in range(0, len(wanted), _BATCH):
        rows = Contract.objects.known().filter(enterprise__in=wanted[start : start + _BATCH])
        having.update(rows.values_list("enterprise", flat=True))
    if having:
        marks = [ContractMark(enterprise=pk) for pk in sorted(having)]
        ContractMark.objects.bulk_create(marks, batch_size=_BATCH, ignore_conflicts=True)
        data = {"enterprises": len(having)}
        leaf_append(action="assessments.contracts.mark", actor=actor, subject="assessments", data=data, at=at)
    return len(having)


@writes
def findings_record(*, at: dt.datetime, actor: str, seconds: float = STEP_SECONDS) -> Judged:
    """Judge the contracts of some enterprises that wait, for about `seconds`, and store where each stands."""
    started, done = time.monotonic(), 0
    chosen = _waiting(_BATCH)
    for enterprise in chosen:
        _store(enterprise, at)
        done += 1
        if time.monotonic() - started > seconds:
            break
    if done:
        data = {"enterprises": done, "rules": rules_digest()}
        leaf_append(action="assessments.contracts.judge", actor=actor, subject="assessments", data=data, at=at)
    return Judged(done, more=done < len(chosen) or len(chosen) == _BATCH)


def _waiting(most: int) -> list[int]:
    """Marked enterprises, then those with a contract that has no finding by today's rules."""
    marked = list(ContractMark.objects.order_by("enterprise").values_list("enterprise", flat=True)[:most])
    if marked:
        return marked
    old = ContractFinding.objects.exclude(rules=rules_digest()).values_list("enterprise", flat=True)
    if found := list(old.order_by("enterprise").distinct()[:most]):
        return found
    missing = Contract.objects.known().filter(Q(finding__isnull=True)).values_list("enterprise", flat=True)
    return list(missing.order_by("enterprise").distinct()[:most])


def _store(enterprise: int, at: dt.datetime) -> None:
    """All known contracts of an enterprise, also those of other days: which are listed is asked of the register."""
    rows = contracts.judged(Contract.objects.known().filter(enterprise=enterprise), Moment(at.date()))
    findings = [
        ContractFinding(
            contract_id=row.pk,
            enterprise=enterprise,
            standing=row.finding.standing.value,
            rank=row.rank,
            category=row.finding.category,
            name=row.name[:200],
            rules=rules_digest(),
        )
        for row in rows
    ]
    ContractMark.objects.filter(enterprise=enterprise).delete()
    ContractFinding.objects.filter(enterprise=enterprise).delete()
    ContractFinding.objects.bulk_create(findings)
