"""Pages of the scheduled feeds: how each is doing, its files, its settings."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, requires
from zhulian.server.exchange import arrivals, feeds, selectors
from zhulian.server.exchange.feed_forms import FeedForm, initial_of
from zhulian.server.exchange.models import Feed, FeedFile
from zhulian.server.exchange.permissions import FEED_MANAGE, FEED_VIEW

PAGE: Final = 50

register(ErrorKind("feed.none", "没有这个定时接入，或不在您可以查看的范围内", "请从定时接入列表重新进入", 404))


@require_GET
@requires(FEED_VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """定时接入: every feed, those with trouble first."""
    now = clock.now()
    states = selectors.feeds_state(request.user, now)
    chosen = request.GET.get("show", "")
    shown = [s for s in states if _is(s, chosen)]
    shown.sort(key=lambda s: (not s.problem, not s.late, s.feed.paused, s.feed.name))
    context = {
        "states": shown,
        "chosen": chosen,
        "may_manage": allowed(request.user, FEED_MANAGE),
        "total": [
            {"label": "接入", "count": len(states), "unit": "个"},
            {"label": "迟到", "count": sum(s.late for s in states), "unit": "个", "url": "?show=late"},
            {"label": "待更正", "count": sum(s.open for s in states), "unit": "条"},
        ],
    }
    return render(request, "exchange/feeds.html", context)


def _is(state: selectors.FeedState, chosen: str) -> bool:
    return {"late": state.late, "problem": bool(state.problem), "paused": state.feed.paused}.get(chosen, True)


def _chosen(request: HttpRequest, pk: int, action: str = FEED_VIEW) -> Feed:
    feed = selectors.feed_chosen(request.user, pk, action)
    if feed is None:
        raise ZhulianError("feed.none")
    return feed


@require_GET
@requires(FEED_VIEW)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One feed: state, settings, its files."""
    feed = _chosen(request, pk)
    state = next(s for s in selectors.feeds_state(request.user, clock.now()) if s.feed.pk == pk)
    files = feed.files.select_related("delivery").order_by("-arrived_at", "-pk")
    wanted = request.GET.get("state", "").strip()[:20]
    context = {
        "state": state,
        "feed": feed,
        "page": Paginator(files.filter(state=wanted) if wanted else files, PAGE).get_page(request.GET.get("page")),
        "file_states": FeedFile.State.choices,
        "wanted": wanted,
        "may_manage": allowed(request.user, FEED_MANAGE)
        and selectors.feed_chosen(request.user, pk, FEED_MANAGE) is not None,
    }
    return render(request, "exchange/feed.html", context)


@require_http_methods(["GET", "POST"])
@requires(FEED_MANAGE)
def create(request: HttpRequest) -> HttpResponse:
    """A new feed."""
    return _form(request, None)


@require_http_methods(["GET", "POST"])
@requires(FEED_MANAGE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Another setting of a feed."""
    return _form(request, _chosen(request, pk, FEED_MANAGE))


def _form(request: HttpRequest, feed: Feed | None) -> HttpResponse:
    units = selectors.units_for(request.user, FEED_MANAGE)
    form = FeedForm(request.POST or None, units=units, initial=initial_of(feed) if feed else None)
    if request.method == "POST" and form.is_valid():
        saved = _saved(request, form, feed)
        if saved is not None:
            return redirect("exchange:feed", saved.pk)
    folders = arrivals.folders(settings.FEED_ROOTS)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "feed": feed, "no_folder": not folders}
    return render(request, "exchange/feed_form.html", context, status=status)


def _saved(request: HttpRequest, form: FeedForm, feed: Feed | None) -> Feed | None:
    """The feed as set; a refusal becomes the form's error."""
    user: Any = request.user
    given = {"wanted": form.wanted(), "actor": user.actor, "at": clock.now()}
    try:
        return feeds.feed_change(feed=feed.pk, **given) if feed else feeds.feed_create(**given)
    except IntegrityError:
        form.add_error(None, "名称或文件夹已被另一个定时接入使用，请换一个。")
    except ZhulianError as error:
        form.add_error("folder" if error.code.startswith("feed.folder") else None, f"{error.text}。{error.cure}。")
    return None


@require_POST
@requires(FEED_MANAGE)
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause a feed, or let it go on."""
    feed = _chosen(request, pk, FEED_MANAGE)
    actor: str = request.user.actor  # type: ignore[union-attr]  # @requires lets nobody else in
    feeds.feed_pause(feed=feed.pk, paused=not feed.paused, actor=actor, at=clock.now())
    messages.success(request, "已恢复，按计划查看。" if feed.paused else "已暂停，文件留在文件夹里，不会丢失。")
    return redirect("exchange:feed", feed.pk)


@require_POST
@requires(FEED_MANAGE)
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Look into the folder now."""
    feed = _chosen(request, pk, FEED_MANAGE)
    actor: str = request.user.actor  # type: ignore[union-attr]  # @requires lets nobody else in
    feeds.feed_run(feed=feed.pk, actor=actor, at=clock.now())
    messages.success(request, "已安排查看。新放进来的文件要先确认传完，约一分钟后读入。")
    return redirect("exchange:feed", feed.pk)
