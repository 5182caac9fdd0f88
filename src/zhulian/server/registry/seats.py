"""Where a power sits for a case (loop.md "Who acts"): the division that granted, registered or holds the project.

An authority outside this installation holds no duty here; then the caller makes a copy notice, never a restriction.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from zhulian.core.linkage import Seat
from zhulian.server.registry.models import Authority, Enterprise, Project, Qualification, SafetyPermit
from zhulian.server.registry.selectors import ENDED


def seat_division(seat: Seat, *, enterprise: int, on: dt.date, project: int | None = None, code: str = "") -> str:
    """Division code of a seat on a day; empty where the registry cannot tell.

    Granted: of the authority of the qualification `code`, of the safety permit when there is no code.
    """
    if seat is Seat.PROJECT and project is not None:
        return _first(Project.objects.at(on).filter(project=project).values_list("region", flat=True))
    if seat is Seat.GRANTED:
        papers: QuerySet[Any] = SafetyPermit.objects.at(on).filter(enterprise=enterprise)
        if code:
            held = Qualification.objects.at(on).filter(enterprise=enterprise, code=code)
            papers = held.exclude(status__in=ENDED)
        texts = papers.exclude(authority=None).order_by("-issued_on", "row_id").values("authority")[:1]
        return _first(Authority.objects.filter(text__in=texts).values_list("division", flat=True))
    return _first(Enterprise.objects.at(on).filter(enterprise=enterprise).values_list("region", flat=True))


def _first(values: QuerySet[Any, Any]) -> str:
    return next((str(value) for value in values[:1] if value), "")
