"""Marks that belong to registered values wherever they are shown. `{% load registry_marks %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from zhulian.server.registry.waivers.selectors import marked

register = template.Library()


@register.simple_tag
def waived_mark(code: Any) -> SafeString | str:
    """Beside a credit code that fails its check character and is taken by a waiver; nothing beside others."""
    if not code or not marked([str(code)]):
        return ""
    return format_html(
        '<span class="zl-tag" title="{}">{}</span>', _("原件如此，经核实并复核，登记了豁免"), _("校验位不符，已豁免")
    )
