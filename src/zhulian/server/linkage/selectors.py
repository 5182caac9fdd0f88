"""Obligations as seen: a regulator those of his own unit, and those in the divisions of his grants. Scoped in SQL."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from zhulian.server.common import scopes
from zhulian.server.common.permissions import allowed
from zhulian.server.linkage.models import Obligation
from zhulian.server.linkage.permissions import HANDLE, VIEW


def visible(user: Any) -> QuerySet[Obligation]:
    """Obligations that a user may see."""
    return _scoped(user, VIEW, Q(unit=user.unit_id) | Q(division__in=scopes.divisions(user, VIEW)))


def workable(user: Any) -> QuerySet[Obligation]:
    """Obligations that a user may work on: those of his unit."""
    return _scoped(user, HANDLE, Q(unit=user.unit_id, division__in=scopes.divisions(user, HANDLE)))


def _scoped(user: Any, action: str, chosen: Q) -> QuerySet[Obligation]:
    rows = Obligation.objects.select_related("unit", "holder")
    return rows.filter(chosen) if allowed(user, action) and user.unit_id else rows.none()
