"""Public pages of the loop: the rules of linkage in words."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage import Domain
from zhulian.server.common import clock
from zhulian.server.common.permissions import public
from zhulian.server.portal import linkage_rules


@public
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """联动规则: all of them, by where they start."""
    domain, document = request.GET.get("domain", ""), request.GET.get("document", "").strip()
    context = {
        "parts": linkage_rules.listed(
            today=clock.today(), domain=domain if domain in set(Domain) else "", document=document
        ),
        "domains": [("", _("全部方向")), *((d.value, _("%s事件") % d.label) for d in Domain)],
        "domain": domain,
        "document": document,
    }
    return render(request, "portal/linkage_rules.html", context)


@public
@require_safe
def rule(request: HttpRequest, rule: str) -> HttpResponse:
    """One rule with all its versions."""
    shown = linkage_rules.rule(rule, today=clock.today())
    if shown is None:
        raise ZhulianError("request.not_found")
    return render(request, "portal/linkage_rule.html", {"shown": shown})
