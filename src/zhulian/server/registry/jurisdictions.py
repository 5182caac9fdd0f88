"""How an enterprise belongs to a division: registered there, granted there, or with a project there (trust.md)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from zhulian.server.common import clock, scopes
from zhulian.server.registry.models import Authority, Contract, Enterprise, Project, Qualification
from zhulian.server.registry.selectors import ENDED


def registered(divisions: QuerySet[Any]) -> QuerySet[Any]:
    """Enterprises registered in these divisions today."""
    return Enterprise.objects.at(clock.today()).filter(region__in=divisions).values("enterprise")


def building(divisions: QuerySet[Any]) -> QuerySet[Any]:
    """Enterprises with a contract for a project in these divisions."""
    projects = Project.objects.at(clock.today()).filter(region__in=divisions).values("project")
    return Contract.objects.at(clock.today()).filter(project__in=projects).values("enterprise")


def granted(divisions: QuerySet[Any]) -> QuerySet[Any]:
    """Enterprises that hold a qualification granted by an authority of these divisions."""
    authorities = Authority.objects.filter(division__in=divisions).values("text")
    held = Qualification.objects.at(clock.today()).filter(authority__in=authorities).exclude(status__in=ENDED)
    return held.values("enterprise")


scopes.jurisdiction("registered", registered)
scopes.jurisdiction("granted", granted)
scopes.jurisdiction("project", building)
