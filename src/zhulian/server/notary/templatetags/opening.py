"""The choice of what values are opened for. `{% load opening %}`, then `{% opening_ground "correct" %}` in a form."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from zhulian.server.notary.opening import GROUNDS

register = template.Library()


@register.simple_tag
def opening_ground(usual: str = "") -> SafeString:
    """A select of the kinds of purposes, the page's usual one chosen; the words go into a field `purpose` beside it."""
    chosen = mark_safe(" selected")
    options = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((code, chosen if code == usual else "", label) for code, label in GROUNDS.items()),
    )
    return format_html(
        '<select class="form-select" name="ground" required aria-label="{}">{}</select>', _("查看事由"), options
    )
