"""Pages of notices: the list, the bell's count, a notice opened."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.messages import hearing, selectors, services
from zhulian.server.messages.models import Category, Notice
from zhulian.server.messages.permissions import DELIVERIES, READ
from zhulian.server.messages.selectors import Filters

PAGE: Final = 50
TABS: Final = ("unread", "all")


def _filters(given: Any) -> Filters:
    tab = given.get("tab", "")
    return Filters(
        tab=tab if tab in TABS else "unread",
        category=given.get("category", ""),
        urgent="1" if given.get("urgent") else "",
        sort=given.get("sort", ""),
    )


def _user(request: HttpRequest) -> Any:
    return request.user


@require_safe
@requires(READ)
def listed(request: HttpRequest) -> HttpResponse:
    """消息: unread ones first to be seen; filtered, ordered."""
    user, filters = _user(request), _filters(request.GET)
    page = Paginator(selectors.notices(user, filters), PAGE).get_page(request.GET.get("page"))
    unread = selectors.unread_count(user)
    tabs = [
        ("unread", _("未读"), "", unread),
        ("all", _("全部"), "", None),
        *(("all", label, value, None) for value, label in Category.choices),
    ]
    context = {
        "filters": filters,
        "page": page,
        "lines": selectors.lines(user, list(page.object_list)),
        "tabs": [
            {
                "label": label,
                "url": f"?{Filters(tab=tab, category=category).query}",
                "current": (filters.tab, filters.category) == (tab, category),
                **({} if count is None else {"count": count}),
            }
            for tab, label, category, count in tabs
        ],
        "categories": [("", _("全部类别")), *Category.choices],
        "unread": unread,
        "undo": request.session.pop("notices_undo", ""),
        "may_deliver": allowed(user, DELIVERIES),
        "now": clock.now(),
    }
    return render(request, "notices/list.html", context)


@never_cache
@require_safe
@requires(READ)
def count(request: HttpRequest) -> HttpResponse:
    """The bell's number anew, for the page that asks while it is looked at."""
    return render(request, "notices/_count.html", {"unread": selectors.unread_count(_user(request))})


@require_safe
@requires(READ)
def opened(request: HttpRequest, notice: int) -> HttpResponse:
    """Mark as read and go to the thing; whoever may no longer see it is told so."""
    user = _user(request)
    row = Notice.objects.filter(user=user.pk, pk=notice).first()
    if row is None:
        raise ZhulianError("message.none")
    services.notices_read(notices=[row.pk], read=True, user=user)
    if not hearing.may_see(user, row.kind, row.item):
        messages.warning(request, _("您已没有查看这件事的权限，消息里的内容不再显示。"))
        return redirect("notices:list")
    return HttpResponseRedirect(row.path)


@require_POST
@requires(READ)
def marked(request: HttpRequest, action: str) -> HttpResponse:
    """Mark the ticked ones, or all, as read or not; "all read" can be taken back."""
    user = _user(request)
    act = _ACTIONS.get(action)
    if act is None:
        raise ZhulianError("message.none")
    return _back(request, act(request, user))


def _chosen(request: HttpRequest) -> list[int]:
    return [int(value) for value in request.POST.getlist("notice") if value.isdecimal() and len(value) < 19]


def _read(request: HttpRequest, user: Any) -> str:
    changed = services.notices_read(notices=_chosen(request), read=True, user=user)
    messages.success(request, _("%d 条消息标为已读。") % changed)
    return ""


def _unread(request: HttpRequest, user: Any) -> str:
    changed = services.notices_read(notices=_chosen(request), read=False, user=user)
    messages.success(request, _("%d 条消息标为未读。") % changed)
    return ""


def _all_read(request: HttpRequest, user: Any) -> str:
    changed, at = services.notices_all_read(user=user)
    messages.success(request, _("%d 条消息标为已读。") % changed)
    return at.isoformat() if changed else ""


def _undo(request: HttpRequest, user: Any) -> str:
    try:
        at = dt.datetime.fromisoformat(request.POST.get("at", ""))
    except ValueError:
        raise ZhulianError("message.none") from None
    if at.tzinfo is None or not 1900 < at.year < 2999:  # the ends of the calendar have no moment in another zone
        raise ZhulianError("message.none")
    changed = services.notices_all_unread(at=at, user=user)
    messages.success(request, _("%d 条消息恢复为未读。") % changed)
    return ""


_ACTIONS: Final = {"read": _read, "unread": _unread, "all_read": _all_read, "undo": _undo}


def _back(request: HttpRequest, undo: str) -> HttpResponse:
    filters = _filters(request.POST)
    target = redirect(f"{reverse('notices:list')}?{filters.query}")
    if undo:
        request.session["notices_undo"] = undo
    return target
