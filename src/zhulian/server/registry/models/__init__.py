"""Subjects, and one model per canonical table."""

from __future__ import annotations

from typing import Final

from zhulian.server.registry.models.enterprises import (
    Coverage,
    Enterprise,
    Equipment,
    Finance,
    Qualification,
    SafetyPermit,
)
from zhulian.server.registry.models.fields import Fact
from zhulian.server.registry.models.merging import Candidate, MatchMark, MemberRow, Merge, Provisional, Waiver
from zhulian.server.registry.models.people import (
    Insurance,
    Officer,
    Person,
    PostCertificate,
    Registration,
    SafetyCertificate,
    Skill,
    Title,
)
from zhulian.server.registry.models.projects import Bid, Contract, Participation, Project, Tender, Work
from zhulian.server.registry.models.sites import Accident, Appointment, CreditRecord, Hazard, Permit, PersonLock
from zhulian.server.registry.models.subjects import Authority, Identity, Source, Subject, SubjectKind

MODELS: Final[dict[str, type[Fact]]] = {
    "enterprise": Enterprise,
    "finance": Finance,
    "qualification": Qualification,
    "safety_permit": SafetyPermit,
    "person": Person,
    "registration": Registration,
    "title": Title,
    "post_certificate": PostCertificate,
    "safety_certificate": SafetyCertificate,
    "skill": Skill,
    "insurance": Insurance,
    "officer": Officer,
    "equipment": Equipment,
    "project": Project,
    "tender": Tender,
    "bid": Bid,
    "contract": Contract,
    "participation": Participation,
    "work": Work,
    "permit": Permit,
    "appointment": Appointment,
    "person_lock": PersonLock,
    "hazard": Hazard,
    "accident": Accident,
    "credit_record": CreditRecord,
    "coverage": Coverage,
}
"""Canonical table → model, in the contract's order: subjects before the rows that refer to them."""

__all__ = [
    "MODELS",
    "Accident",
    "Appointment",
    "Authority",
    "Bid",
    "Candidate",
    "Contract",
    "Coverage",
    "CreditRecord",
    "Enterprise",
    "Equipment",
    "Fact",
    "Finance",
    "Hazard",
    "Identity",
    "Insurance",
    "MatchMark",
    "MemberRow",
    "Merge",
    "Officer",
    "Participation",
    "Permit",
    "Person",
    "PersonLock",
    "PostCertificate",
    "Project",
    "Provisional",
    "Qualification",
    "Registration",
    "SafetyCertificate",
    "SafetyPermit",
    "Skill",
    "Source",
    "Subject",
    "SubjectKind",
    "Tender",
    "Title",
    "Waiver",
    "Work",
]
