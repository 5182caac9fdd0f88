"""Where subjects belong, and which of them a viewer may see: both sides of a pair, decided in the query."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

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
    """Pairs of which the user may do `action` with both sides.

    Not for a subquery: the condition names the table of the outermost query.
    """
    tops = scopes.tops(user, action)
    condition = _condition(tops, clock.today()) if tops else None
    return Candidate.objects.none() if condition is None else Candidate.objects.filter(condition)


@functools.lru_cache(maxsize=512)
def _condition(tops: tuple[str, ...], today: dt.date) -> RawSQL | None:
    """The condition "both sides lie below these divisions" as SQL; None: nothing can.

    Whoever was granted the same divisions asks the same. Forty subqueries take a fifth of a second to compile, and
    one page asks six times.
    """
    codes = scopes.below(tops)
    query = Candidate.objects.filter(_side(codes, today, "a"), _side(codes, today, "b")).query
    try:
        sql, given = query.where.as_sql(query.get_compiler(connection=connection), connection)
    except EmptyResultSet:
        return None
    return RawSQL(sql, given, output_field=BooleanField())  # noqa: S611 - Django's own text, values are parameters


def _side(codes: QuerySet[Any], today: dt.date, side: str) -> Q:
    """One side is in view: by its own division, or by whom it has to do with."""
    told = Q(**{f"{side}_division__in": codes})
    out = scopes.NOBODY
    for kind, look in _NEAR.items():
        own: Any = MODELS[kind].objects
        # Who has a row of his own is where that row says, today; what the pair remembers may be older.
        rowless = told & ~Exists(own.known().filter(**{kind: OuterRef(side)}))
        out |= Q(Q(subject_kind=kind), look(codes, today, side) | rowless)
    return out


def _enterprise_side(codes: QuerySet[Any], today: dt.date, side: str) -> Q:  # noqa: ARG001 - one signature for all kinds
    return scopes.within(codes, field=side)


def _in_scope(codes: QuerySet[Any], today: dt.date) -> QuerySet[Any]:
    rows = Enterprise.objects.at(today).filter(scopes.within(codes))
    ids: QuerySet[Any] = rows.values("enterprise")
    return ids


def _person_side(codes: QuerySet[Any], today: dt.date, side: str) -> Q:
    seen = _in_scope(codes, today)
    out = scopes.NOBODY
    for table in STAFF_TABLES:
        staff: Any = MODELS[table].objects
        out |= Q(Exists(staff.known().filter(person=OuterRef(side), enterprise__in=seen)))
    return out


def _project_side(codes: QuerySet[Any], today: dt.date, side: str) -> Q:
    seen = _in_scope(codes, today)
    out = Q(Exists(Project.objects.at(today).filter(project=OuterRef(side), region__in=codes)))
    for work in (Contract, Participation):
        out |= Q(Exists(work.objects.known().filter(project=OuterRef(side), enterprise__in=seen)))
    return out


_NEAR: Final[dict[str, Any]] = {"enterprise": _enterprise_side, "person": _person_side, "project": _project_side}
