"""The officers' pages of linkage: obligations as the morning goes, one obligation, the linkage ledger."""

from __future__ import annotations

from typing import Final, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.lifecycle import OBLIGATION, actions
from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.common.permissions import requires
from zhulian.server.linkage import ledger, selectors, services
from zhulian.server.linkage.models import Judged
from zhulian.server.linkage.permissions import HANDLE, VIEW

PAGE: Final = 50
MINE: Final = (("", "辖区全部"), ("unit", "本单位办理"), ("holder", "我领取的"))


@require_safe
@requires(VIEW)
def queue(request: HttpRequest) -> HttpResponse:
    """联动待办: 超期 → 今日到期 → 其余, by the last day."""
    state, mine = request.GET.get("state", ""), request.GET.get("mine", "")
    today = clock.today()
    page = Paginator(ledger.queue(request.user, state=state, mine=mine), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": ledger.lines(list(page.object_list), today=today),
        "totals": ledger.queue_totals(request.user, today=today),
        "states": [("", _("未办结")), ("all", _("全部")), *OBLIGATION.states.items()],
        "mine": MINE,
        "state": state,
        "whose": mine,
        "now": clock.now(),
    }
    return render(request, "linkage/queue.html", context)


@require_safe
@requires(VIEW)
def obligation(request: HttpRequest, obligation: int) -> HttpResponse:
    """One obligation: why it is there, by when, and the steps that are possible."""
    row = selectors.visible(request.user).filter(pk=obligation).first()
    if row is None:
        raise ZhulianError("linkage.none")
    ours = selectors.workable(request.user).filter(pk=row.pk).exists()
    steps = [(name, OBLIGATION.actions[name]) for name in actions(OBLIGATION, row.state)] if ours else []
    (line,) = ledger.lines([row], today=clock.today())
    context = {
        "row": row,
        "line": line,
        "steps": steps,
        "noted": ("pause", "finish", "cancel"),
        "judged": Judged.objects.filter(event=row.event, rule=row.rule).order_by("turn").last(),
        "now": clock.now(),
    }
    return render(request, "linkage/obligation.html", context)


@require_POST
@requires(HANDLE)
def move(request: HttpRequest, obligation: int, action: str) -> HttpResponse:
    """领取、退回、办结、取消."""
    if action not in OBLIGATION.actions:
        raise ZhulianError("request.not_found")
    seen = request.POST.get("seen", "")
    try:
        services.obligation_move(
            obligation=obligation,
            action=action,
            seen=int(seen) if seen.isdecimal() and len(seen) < 10 else -1,
            user=cast("User", request.user),
            note=request.POST.get("note", ""),
        )
    except ZhulianError as error:
        if error.kind.status == 404:
            raise
        messages.error(request, str(error))
    else:
        messages.success(request, _("已%s") % OBLIGATION.actions[action])
    return redirect("linkage:obligation", obligation=obligation)
