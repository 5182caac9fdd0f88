"""Jurisdiction, put into the query (trust.md "Access"): no row is fetched first and checked after.

An enterprise is in a regulator's view when it is registered in a granted division's subtree, was granted there or
has a project there. Where subjects are located is the registry's knowledge, so it registers the look-ups here:

    scopes.jurisdiction("registered", lambda divisions: Enterprise.objects.known().filter(region__in=divisions)
                        .values("enterprise"))

and its selectors filter with `scopes.enterprises(user, "registry.enterprise.view")`. No identity: the empty set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.db.models import Q, QuerySet

from zhulian.server.common.permissions import REGULATORS, Role, allowed, role_of

Located = Callable[[QuerySet[Any]], QuerySet[Any]]
"""Division codes (a subquery) → subject ids of enterprises (a subquery with one column)."""

_jurisdictions: Final[dict[str, Located]] = {}
NOBODY: Final = Q(pk__in=[])


def jurisdiction(name: str, located: Located) -> None:
    """Register one way in which an enterprise belongs to a division: registered, granted, project."""
    _jurisdictions[name] = located


def jurisdictions() -> tuple[Located, ...]:
    """All ways in which an enterprise belongs to a division; the database's row policies ask by them too."""
    return tuple(_jurisdictions.values())


def divisions(user: Any, action: str) -> QuerySet[Any]:
    """Codes of the divisions in which the user's grants allow the action today, as a subquery of one column."""
    from zhulian.server.accounts import selectors

    return selectors.granted_divisions(user=user, action=action)


def tops(user: Any, action: str) -> tuple[str, ...]:
    """Codes of the divisions granted for the action today, without those below them; regulators' only."""
    from zhulian.server.accounts import selectors

    return selectors.granted_tops(user=user, action=action) if role_of(user) in REGULATORS else ()


def below(codes: tuple[str, ...]) -> QuerySet[Any]:
    """Codes of these divisions and of all below them, as a subquery of one column."""
    from zhulian.server.accounts import selectors

    return selectors.divisions_below(codes)


def within(codes: QuerySet[Any], *, field: str = "enterprise") -> Q:
    """The filter "in the view of these divisions": registered, granted or building there. `codes`: of one column."""
    return _any([Q(**{f"{field}__in": located(codes)}) for located in _jurisdictions.values()])


def lies_in(enterprise: int, codes: QuerySet[Any]) -> bool:
    """Whether an enterprise is in the view of these divisions. `codes`: of one column."""
    return any(located(codes).filter(enterprise=enterprise).exists() for located in _jurisdictions.values())


def enterprises(user: Any, action: str, *, field: str = "enterprise") -> Q:
    """The filter "this user may do `action` on that enterprise", on the column that holds the subject id."""
    from zhulian.server.accounts import selectors

    if not allowed(user, action):
        return NOBODY
    role = role_of(user)
    if role in REGULATORS:
        return within(divisions(user, action), field=field)
    if role is Role.ENTERPRISE:
        return Q(**{f"{field}__in": selectors.member_enterprises(user=user)})
    return NOBODY


def _any(filters: list[Q]) -> Q:
    out = NOBODY
    for one in filters:
        out = one if out is NOBODY else out | one
    return out
