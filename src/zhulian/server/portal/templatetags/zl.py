"""Filters and tags that pages and components share. `{% load zl %}`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.utils import timezone

from zhulian.core.kernel.codes import division_name, qualification_codes
from zhulian.core.rules.sources import EVIDENCE_LABELS
from zhulian.server.common.permissions import role_of
from zhulian.server.portal import navigation, states
from zhulian.server.registry import selectors as registry

register = template.Library()

register.filter("verdict_state", states.verdict_state)
register.filter("status_state", states.status_state)

WAN = 10_000


@register.filter
def lamp_state(remaining: object, done: object = None) -> states.State:
    """State of a time lamp; an empty value means no deadline."""
    return states.lamp_state(remaining if isinstance(remaining, int) else None, done=bool(done))


@register.filter
def expiry_state(days: object) -> states.State:
    """State of a certificate by the days it has left; an empty value means that the last day is unknown."""
    return states.expiry_state(days if isinstance(days, int) else None)


@register.filter
def number(value: object) -> str:
    """A count for reading: 2,345 and, from ten thousand, 1.2 万; empty for None is "—"."""
    if not isinstance(value, int):
        return "—"
    if abs(value) >= WAN:
        return f"{value / WAN:.1f} 万"
    return f"{value:,}"


@register.filter
def exact(value: object) -> str:
    """A count to the last unit: 12,345."""
    return f"{value:,}" if isinstance(value, int) else "—"


@register.filter
def day(value: object) -> str:
    """A date as 2025-03-01, a moment as 2025-03-01 08:30 in China's time; nothing is "—"."""
    if isinstance(value, dt.datetime):
        moment = timezone.localtime(value) if timezone.is_aware(value) else value
        return moment.strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, dt.date) else str(value or "—")


@register.filter
def qualification_name(code: object) -> str:
    """Name of a qualification code, 建筑工程施工总承包一级; the code itself when it is in no table."""
    row = qualification_codes().get(str(code))
    return str(code) if row is None else row.name


@register.filter
def division(code: object) -> str:
    """Full name of a division code."""
    return division_name(str(code)) if code else "—"


@register.simple_tag(takes_context=True)
def navigation_groups(context: Context) -> tuple[navigation.Group, ...]:
    """Groups of links for the user of this request; none for the public."""
    user = getattr(context.get("request"), "user", None)
    return navigation.groups_for(user) if user is not None and user.is_authenticated else ()


@register.filter
def role_label(user: Any) -> str:
    """Chinese word for what somebody is to the platform."""
    return role_of(user).label


@register.simple_tag(takes_context=True)
def sort_link(context: Context, field: str) -> dict[str, str]:
    """Link and direction of a sortable heading: a second click reverses; the page goes back to the first."""
    request: HttpRequest | None = context.get("request")
    query = QueryDict(mutable=True) if request is None else request.GET.copy()
    current = query.get("sort", "")
    query["sort"] = f"-{field}" if current == field else field
    for key in ("page", "after", "before"):
        query.pop(key, None)
    direction = {field: "ascending", f"-{field}": "descending"}.get(current, "")
    return {"url": f"?{query.urlencode()}", "direction": direction}


@register.simple_tag
def data_cutoff() -> dt.datetime | None:
    """When the register last took something in: the data cut-off in the footer."""
    return registry.fresh_at()


@register.filter
def evidence_label(value: object) -> str:
    """How sure we are of our reading of a clause (`core.kernel.reasons.Citation.evidence`)."""
    return EVIDENCE_LABELS.get(str(value), str(value))
