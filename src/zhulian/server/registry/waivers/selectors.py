"""Waivers in force, and those that a viewer may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db.models import QuerySet

from zhulian.core.kernel.identifiers import codes_waived
from zhulian.server.common import scopes
from zhulian.server.registry.models import Waiver

P = ParamSpec("P")
R = TypeVar("R")


def in_force() -> frozenset[str]:
    """Codes that are taken although their check character is wrong."""
    return frozenset(Waiver.objects.filter(state=Waiver.State.IN_FORCE).values_list("code", flat=True))


def marked(codes: Iterable[str]) -> frozenset[str]:
    """Those of some codes that a waiver is in force for: pages mark them."""
    wanted = [code for code in codes if code]
    rows = Waiver.objects.filter(state=Waiver.State.IN_FORCE, code__in=wanted)
    return frozenset(rows.values_list("code", flat=True))


def under_waivers(function: Callable[P, R]) -> Callable[P, R]:
    """A function in which waived codes are read as codes."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with codes_waived(in_force()):
            return function(*args, **kwargs)

    return wrapped


def waivers_for(user: Any, action: str) -> QuerySet[Waiver]:
    """Waivers of the divisions where the user may do `action`, newest first."""
    rows = Waiver.objects.filter(division__in=scopes.divisions(user, action))
    return rows.select_related("requested_by", "decided_by", "revoked_by").order_by("-pk")
