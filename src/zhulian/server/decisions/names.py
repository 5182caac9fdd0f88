"""What pages and documents call an enterprise, a project, a person who acted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from zhulian.server.registry.models import Enterprise, Project


def enterprise_name(enterprise: int, on: dt.date) -> str:
    """Its name on a day; its number where the register knows none."""
    return enterprise_names([enterprise], on).get(enterprise, f"企业 {enterprise}")


def enterprise_names(enterprises: Iterable[int], on: dt.date) -> dict[int, str]:
    """Names on a day by internal id."""
    rows = Enterprise.objects.at(on).filter(enterprise__in=set(enterprises))
    return dict(rows.values_list("enterprise", "name"))


def project_name(project: int | None, on: dt.date) -> str:
    """Name of a project on a day, empty where there is none."""
    if project is None:
        return ""
    return Project.objects.at(on).filter(project=project).values_list("name", flat=True).first() or f"项目 {project}"
