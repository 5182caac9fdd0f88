"""个人信息: the schedule and the holds for administrators; a person's data for officers who answer applications."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.administration import selectors
from zhulian.server.accounts.models import User
from zhulian.server.accounts.permissions import MANAGE as ACCOUNTS
from zhulian.server.common import clock
from zhulian.server.common.permissions import requires
from zhulian.server.notary.opening import asked
from zhulian.server.privacy import persons, schedule, services
from zhulian.server.privacy.models import Hold
from zhulian.server.privacy.permissions import ERASE, MANAGE

ENDED: Final = 50


def _actor(request: HttpRequest) -> str:
    return cast("User", request.user).actor


@require_safe
@requires(MANAGE)
def index(request: HttpRequest) -> HttpResponse:
    """The schedule with what falls due, and the holds."""
    now, refused = clock.now(), ""
    try:
        rows = [(rule, _due(rule, now)) for rule in schedule.rules()]
    except ZhulianError as error:
        rows, refused = [], f"{error}。{error.cure}。"
    context = {
        "rows": rows,
        "refused": refused,
        "standing": Hold.objects.filter(ended_at=None).order_by("-pk"),
        "ended": Hold.objects.exclude(ended_at=None).order_by("-ended_at")[:ENDED],
        "kinds": Hold.Kind.choices,
        "now": now,
    }
    return render(request, "privacy/index.html", context)


def _due(rule: schedule.Rule, now: dt.datetime) -> int | None:
    return None if rule.days is None else rule.kind.rows(now - dt.timedelta(days=rule.days)).count()


@require_POST
@requires(MANAGE)
def hold_set(request: HttpRequest) -> HttpResponse:
    """冻结."""
    number = request.POST.get("subject", "").strip()
    kind = request.POST.get("kind", "")
    if kind not in Hold.Kind.values:
        raise ZhulianError("request.not_found")
    subject = int(number) if number.isdecimal() and len(number) < 18 else None
    services.hold_set(
        kind=Hold.Kind(kind), subject=subject, reason=request.POST.get("reason", ""), actor=_actor(request)
    )
    messages.success(request, _("已冻结：到期不删除，也不能依申请删除。"))
    return redirect("privacy:index")


@require_POST
@requires(MANAGE)
def hold_lift(request: HttpRequest, pk: int) -> HttpResponse:
    """解除冻结."""
    services.hold_lift(hold=pk, reason=request.POST.get("reason", ""), actor=_actor(request))
    messages.success(request, _("已解除冻结。"))
    return redirect("privacy:index")


@sensitive_post_parameters("id_no")
@require_http_methods(["GET", "HEAD", "POST"])
@requires(ERASE)
def person(request: HttpRequest) -> HttpResponse:
    """What is held of a person, by his ID number, which is sent in the form's body and stands in no address."""
    context: dict[str, Any] = {"found": None, "refused": "", "purpose": request.POST.get("purpose", "")[:200]}
    if request.method == "POST":
        try:
            number = persons.person_of(request.user, request.POST.get("id_no", ""))
            services.person_look(person=number, purpose=asked(request.POST), actor=_actor(request))
            context["found"] = persons.found(number)
        except ZhulianError as error:
            context["refused"] = f"{error}。{error.cure}。"
    status = 422 if context["refused"] else 200
    answer = render(request, "privacy/person.html", context, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@sensitive_post_parameters("id_no")
@require_POST
@requires(ERASE)
def person_erase(request: HttpRequest) -> HttpResponse:
    """Erase the person whose number is typed again, so that nobody is erased by a slip."""
    number = persons.person_of(request.user, request.POST.get("id_no", ""))
    done = services.person_erase(person=number, reason=request.POST.get("reason", ""), actor=_actor(request))
    told = _("已删除：%(versions)d 个版本的身份信息、%(quarantined)d 条隔离记录原文、%(openings)d 处留痕明文。") % done
    messages.success(request, told)
    return redirect("privacy:person")


@require_POST
@requires(ACCOUNTS)
def account_erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase who a closed account was."""
    row = selectors.person(request.user, pk)
    services.account_erase(user=row, reason=request.POST.get("reason", ""), by=cast("User", request.user))
    messages.success(request, _("账号的个人信息已删除，它办理过的事项保留。"))
    return redirect("access:person", pk)
