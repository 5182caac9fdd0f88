"""The bar above an item opened out of the work list: any page may show it."""

from __future__ import annotations

from django import template
from django.template import Context

from zhulian.server.worklist import trail

register = template.Library()


@register.simple_tag(takes_context=True)
def worklist_bar(context: Context) -> trail.Bar | None:
    """The bar of this page; None when it was not opened out of a list. One statement a kind when it was."""
    request = context.get("request")
    return trail.bar(request) if request is not None and hasattr(request, "session") else None
