"""The bell's number, for the top bar of every page."""

from __future__ import annotations

from django import template
from django.template import Context

from zhulian.server.common.permissions import allowed
from zhulian.server.messages.permissions import READ
from zhulian.server.messages.selectors import unread_count

register = template.Library()


@register.simple_tag(takes_context=True)
def notices_unread(context: Context) -> int | None:
    """How many unread notices the signed-in user has; None where there is nobody to have any."""
    user = context.get("user")
    return unread_count(user) if user is not None and allowed(user, READ) else None
