"""How an enterprise belongs to a division: registered there, granted there, or with a project there (trust.md)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from zhulian.server.common import clock, scopes
from zhulian.server.registry.models import Contract, Enterprise, Project


def registered(divisions: QuerySet[Any]) -> QuerySet[Any]:
    """Enterprises registered in these divisions today."""
    return Enterprise.objects.at(clock.today()).filter(region__in=divisions).values("enterprise")


def building(divisions: QuerySet[Any]) -> QuerySet[Any]:
    """Enterprises with a contract for a project in these divisions."""
    projects = Project.objects.at(clock.today()).filter(region__in=divisions).values("project")
    return Contract.objects.at(clock.today()).filter(project__in=projects).values("enterprise")


scopes.jurisdiction("registered", registered)
scopes.jurisdiction("project", building)
