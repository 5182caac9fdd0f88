"""Pages of the platform itself, for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from zhulian.server.common import selectors, services
from zhulian.server.common.permissions import requires


@requires("common.deadletter.view")
@require_safe
def dead_letters(request: HttpRequest) -> HttpResponse:
    """Events that no attempt could carry on."""
    after = request.GET.get("after", "")
    page = selectors.dead_letters(after=int(after) if after.isdecimal() else 0)
    return render(request, "common/dead_letters.html", {"page": page})


@requires("common.deadletter.replay")
@require_POST
def dead_letter_replay(request: HttpRequest, sequence: int) -> HttpResponse:
    """Try one again."""
    services.dead_letter_replay(sequence=sequence, actor=f"user:{request.user.pk}")
    messages.success(request, "已重新排队，将按原顺序处理。")
    return redirect("common:dead_letters")


@requires("common.deadletter.replay")
@require_POST
def dead_letter_discard(request: HttpRequest, sequence: int) -> HttpResponse:
    """Give one up, with a reason."""
    reason = request.POST.get("reason", "")
    services.dead_letter_discard(sequence=sequence, reason=reason, actor=f"user:{request.user.pk}")
    messages.success(request, "已放弃这条死信，其后的事件继续处理。")
    return redirect("common:dead_letters")
