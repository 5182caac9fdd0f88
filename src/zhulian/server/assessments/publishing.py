"""What the API publishes of profiles and rulebooks: plain values of `schemas`."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any, Final

from zhulian.core.kernel.codes import division_name
from zhulian.core.rules.model import AnyClause, Rulebook, Version
from zhulian.server.portal import selectors as portal

_COMMON: Final = frozenset({"id", "label", "citation", "purposes"})


def certificate(paper: portal.Certificate) -> dict[str, Any]:
    """A qualification or a permit."""
    return {
        "code": paper.code,
        "name": paper.name,
        "number": paper.number,
        "status": paper.status,
        "issued_on": _day(paper.since),
        "valid_until": _day(paper.valid_until),
        "authority": paper.authority,
        "granted_how": paper.granted_how,
        "limit_content": paper.limit,
    }


def public_profile(found: portal.Profile) -> dict[str, Any]:
    """The public profile of an enterprise."""
    return {
        "key": found.key,
        "name": found.name,
        "uscc": found.uscc,
        "former_names": [name for name, _ in found.former_names],
        "legal_representative": found.legal_representative,
        "region": found.region,
        "region_name": division_name(found.region) if found.region else "",
        "address": found.address,
        "kind": found.kind,
        "status": found.status,
        "established_on": _day(found.established_on),
        "registered_capital": found.registered_capital,
        "people": found.people,
        "works": found.work_count,
        "qualifications": [certificate(c) for c in found.qualifications],
        "permits": [certificate(c) for c in found.permits],
        "latest_works": [
            {
                "number": w.number,
                "project": w.project,
                "completed_on": _day(w.completed_on),
                "accepted": w.accepted,
                "indicators": list(w.indicators),
            }
            for w in found.works
        ],
    }


def rulebook(book: Rulebook) -> dict[str, Any]:
    """A rulebook with its versions."""
    return {
        "code": book.code,
        "subject": book.subject,
        "versions": [
            {
                "id": v.id,
                "valid_from": v.valid_from.isoformat(),
                "published_at": v.published_at.isoformat(),
                "document": v.source.document,
                "title": v.source.title,
                "evidence": v.source.evidence,
                "grades": sorted(v.grades, key="TABCX".find),
            }
            for v in book.versions
        ],
    }


def rulebook_detail(book: Rulebook) -> dict[str, Any]:
    """A rulebook with the clauses of every version and grade."""
    rules = [
        {
            "version": version.id,
            "grade": grade,
            "code": book.code + grade if book.code[-1].isdigit() else book.code,
            "clauses": [_clause(clause) for clause in version.grades[grade]],
        }
        for version in book.versions
        for grade in _grades(version)
    ]
    return {**rulebook(book), "rules": rules}


def _grades(version: Version) -> list[str]:
    return sorted(version.grades, key="TABCX".find)


def _clause(clause: AnyClause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "label": clause.label,
        "kind": type(clause).__name__.removesuffix("Clause").lower(),
        "purposes": list(clause.purposes),
        "citation": str(clause.citation),
        "evidence": clause.citation.evidence,
        "parameters": {k: v for k, v in asdict(clause).items() if k not in _COMMON},
    }


def _day(value: dt.date | None) -> str | None:
    return value.isoformat() if value else None
