"""Where subjects belong, and which of them a viewer may see: both sides of a pair, decided in the query."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from zhulian.server.common import clock, scopes
from zhulian.server.registry.models import MODELS, Candidate, Contract, Enterprise, Identity, Participation, Project
from zhulian.server.registry.staff import STAFF_TABLES


def division_of(kind: str, subject: int) -> str:
    """The division that a subject's own row, else the name that others call it by, gives; empty for none."""
    if kind in {"enterprise", "project"}:
        model: Any = MODELS[kind]
        rows = model.objects.known().filter(**{kind: subject}, region__isnull=False).order_by("-fact_until")
        if (region := rows.values_list("region", flat=True).first()) is not None:
            return str(region)
    told = Identity.objects.filter(subject_id=subject, subject_kind=kind, kind="name", active=True).order_by("pk")
    value = told.values_list("value", flat=True).first()
    return value.rpartition("@")[2] if value else ""


def visible(user: Any, action: str) -> QuerySet[Candidate]:
    """Pairs of which the user may do `action` with both sides."""
    return Candidate.objects.filter(_side(user, action, "a"), _side(user, action, "b"))


def _side(user: Any, action: str, side: str) -> Q:
    """One side is in view: by its own division, or by whom it has to do with."""
    told = Q(**{f"{side}_division__in": scopes.divisions(user, action)})
    out = scopes.NOBODY
    for kind, look in _NEAR.items():
        own: Any = MODELS[kind].objects
        # Who has a row of his own is where that row says, today; what the pair remembers may be older.
        rowless = told & ~Exists(own.known().filter(**{kind: OuterRef(side)}))
        out |= Q(Q(subject_kind=kind), look(user, action, side) | rowless)
    return out


def _enterprise_side(user: Any, action: str, side: str) -> Q:
    return scopes.enterprises(user, action, field=side)


def _in_scope(user: Any, action: str) -> QuerySet[Any]:
    rows = Enterprise.objects.at(clock.today()).filter(scopes.enterprises(user, action))
    ids: QuerySet[Any] = rows.values("enterprise")
    return ids


def _person_side(user: Any, action: str, side: str) -> Q:
    seen = _in_scope(user, action)
    out = scopes.NOBODY
    for table in STAFF_TABLES:
        staff: Any = MODELS[table].objects
        out |= Q(Exists(staff.known().filter(person=OuterRef(side), enterprise__in=seen)))
    return out


def _project_side(user: Any, action: str, side: str) -> Q:
    seen = _in_scope(user, action)
    here = Project.objects.at(clock.today()).filter(project=OuterRef(side), region__in=scopes.divisions(user, action))
    out = Q(Exists(here))
    for work in (Contract, Participation):
        out |= Q(Exists(work.objects.known().filter(project=OuterRef(side), enterprise__in=seen)))
    return out


_NEAR: Final[dict[str, Any]] = {"enterprise": _enterprise_side, "person": _person_side, "project": _project_side}
