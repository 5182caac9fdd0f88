"""机构与授权: pages for whoever administers units, people and grants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.administration import limits, selectors, services
from zhulian.server.accounts.administration.forms import (
    ClerkForm,
    DutyForm,
    GrantForm,
    MembershipForm,
    MoveForm,
    PersonForm,
    UnitForm,
    WhoForm,
)
from zhulian.server.accounts.models import Duty, Function, Grant, User
from zhulian.server.accounts.permissions import MANAGE, SEE_AS, VIEW
from zhulian.server.assessments.documents import attachment
from zhulian.server.assessments.exports import FORMATS, Sheet, as_csv
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role, allowed, requires
from zhulian.server.notary import wording

PAGE: Final = 50


def _by(request: HttpRequest) -> User:
    return cast("User", request.user)


def _manages(request: HttpRequest) -> bool:
    """Whether to show what changes things: administrators of the platform, officers with a grant that names it."""
    by = _by(request)
    return limits.is_platform(by) or any(limits.matches(g.action, MANAGE) for g in limits.own_grants(by))


def _tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    names = (("units", _("机构")), ("people", _("人员")), ("grants", _("授权")), ("who", _("谁能做什么")))
    del request
    return [{"label": label, "url": reverse(f"access:{name}"), "current": name == current} for name, label in names]


def _page(
    request: HttpRequest, template: str, current: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {"tabs": _tabs(request, current), "manages": _manages(request), "now": clock.now()}
    return render(request, f"accounts/{template}.html", shared | context, status=status)


def _form(
    request: HttpRequest,
    form: forms.Form,
    do: Callable[[dict[str, Any]], HttpResponse],
    context: dict[str, Any],
) -> HttpResponse:
    """A form on a page of its own: what is refused is told in it, and nothing typed is lost."""
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                return do(form.cleaned_data)
            except ZhulianError as error:
                form.add_error(None, f"{error}。{error.cure}。")
        status = 422
    return render(request, "accounts/form.html", {"form": form, **context}, status=status)


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "")


@require_safe
@requires(VIEW)
def units(request: HttpRequest) -> HttpResponse:
    """机构: the units in view with their people, grants and duties."""
    text, ended = request.GET.get("q", "").strip()[:60], request.GET.get("ended") == "1"
    rows = selectors.units_counted(request.user, text=text, ended=ended)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return _page(request, "units", "units", {"page": page, "text": text, "ended": ended, "today": clock.today()})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MANAGE)
def unit_new(request: HttpRequest) -> HttpResponse:
    """新建机构."""
    form = UnitForm(request.POST or None, initial={"parent": request.GET.get("parent", "")})
    cast("Any", form.fields["parent"]).queryset = selectors.units(request.user, day=clock.today())

    def do(given: dict[str, Any]) -> HttpResponse:
        row = services.unit_open(**given, by=_by(request))
        messages.success(request, _("已新建机构，现在可以登记人员、授权。"))
        return redirect("access:unit", row.pk)

    return _form(request, form, do, {"title": _("新建机构"), "back": reverse("access:units"), "verb": _("新建")})


@require_safe
@requires(VIEW)
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit: people, grants, duties, history."""
    row = selectors.unit(request.user, pk)
    grants = row.grant_set.select_related("unit", "user", "division").order_by("-valid_until", "pk")
    duties = Duty.objects.filter(unit=row).select_related("division").order_by("-valid_until", "power")
    context = {
        "row": row,
        "where": limits.named(row.division_id),
        "ended": row.valid_until <= clock.today(),
        "people": row.user_set.order_by("-is_active", "username"),
        "grants": selectors.held(list(grants)),
        "duties": [(d, selectors.power_label(d.power), d.valid_until <= clock.today()) for d in duties],
        "history": _history(f"unit:{row.pk}"),
    }
    return _page(request, "unit", "units", context)


@require_POST
@requires(MANAGE)
def unit_close(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销机构."""
    services.unit_close(unit=selectors.unit(request.user, pk), reason=_reason(request), by=_by(request))
    messages.success(request, _("机构已撤销，它的记录保留。"))
    return redirect("access:unit", pk)


@require_safe
@requires(VIEW)
def people(request: HttpRequest) -> HttpResponse:
    """人员: accounts in view."""
    filters = selectors.PeopleFilters(
        text=request.GET.get("q", "").strip()[:60], role=request.GET.get("role", ""), state=request.GET.get("state", "")
    )
    page = Paginator(selectors.people_found(request.user, filters), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "filters": filters, "roles": [(r.value, r.label) for r in Role if r is not Role.PUBLIC]}
    return _page(request, "people", "people", context | {"platform": limits.is_platform(_by(request))})


@sensitive_variables("password")
def _given(request: HttpRequest, user: User, password: str) -> HttpResponse:
    """The first password, on this answer only."""
    response = render(request, "accounts/given.html", {"row": user, "password": password})
    response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MANAGE)
def officer_new(request: HttpRequest, unit: int) -> HttpResponse:
    """登记人员: an officer of a unit."""
    row = selectors.unit(request.user, unit)

    def do(given: dict[str, Any]) -> HttpResponse:
        return _given(request, *services.officer_open(**given, unit=row, by=_by(request)))

    context = {"title": _("登记人员"), "told": row.name, "back": reverse("access:unit", args=[unit]), "verb": _("登记")}
    return _form(request, PersonForm(request.POST or None), do, context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MANAGE)
def clerk_new(request: HttpRequest) -> HttpResponse:
    """登记企业经办人."""

    def do(given: dict[str, Any]) -> HttpResponse:
        return _given(request, *services.clerk_open(**given, by=_by(request)))

    context = {"title": _("登记企业经办人"), "back": reverse("access:people"), "verb": _("登记")}
    return _form(request, ClerkForm(request.POST or None), do, context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MANAGE)
def administrator_new(request: HttpRequest) -> HttpResponse:
    """登记系统管理员."""

    def do(given: dict[str, Any]) -> HttpResponse:
        return _given(request, *services.administrator_open(**given, by=_by(request)))

    context = {"title": _("登记系统管理员"), "back": reverse("access:people"), "verb": _("登记")}
    return _form(request, PersonForm(request.POST or None), do, context)


@require_safe
@requires(VIEW)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: what it may do and by what, its grants, its enterprises, its history."""
    row = selectors.person(request.user, pk)
    grants = Grant.objects.filter(user=row).select_related("unit", "user", "division").order_by("-valid_until", "pk")
    context = {
        "row": row,
        "abilities": selectors.abilities(row) if row.is_active else [],
        "grants": selectors.held(list(grants)),
        "firms": selectors.enterprises(row),
        "history": _history(row.actor),
        "may_see_as": allowed(request.user, SEE_AS) and row.role != Role.ADMINISTRATOR and row.is_active,
        "own": row.pk == _by(request).pk,
        "factor": is_mfa_enabled(row),
        "officer": row.unit is not None,
        "clerk": row.role == Role.ENTERPRISE,
    }
    return _page(request, "person", "people", context)


@require_POST
@requires(MANAGE)
def account_close(request: HttpRequest, pk: int) -> HttpResponse:
    """停用账号."""
    row = selectors.person(request.user, pk)
    services.account_close(user=row, reason=_reason(request), by=_by(request))
    messages.success(request, _("账号已停用，正在使用的会话已退出。"))
    return redirect("access:person", pk)


@require_POST
@requires(MANAGE)
def account_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """重新启用账号."""
    row = selectors.person(request.user, pk)
    return _given(request, row, services.account_reopen(user=row, reason=_reason(request), by=_by(request)))


@require_POST
@requires(MANAGE)
def password_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """重设密码."""
    row = selectors.person(request.user, pk)
    return _given(request, row, services.password_reset(user=row, reason=_reason(request), by=_by(request)))


@require_POST
@requires(MANAGE)
def factors_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销动态口令."""
    services.factors_remove(user=selectors.person(request.user, pk), reason=_reason(request), by=_by(request))
    messages.success(request, _("动态口令已撤销，本人下次登录时重新设置。"))
    return redirect("access:person", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MANAGE)
def officer_move(request: HttpRequest, pk: int) -> HttpResponse:
    """调动人员."""
    row = selectors.person(request.user, pk)
    form = MoveForm(request.POST or None)
    cast("Any", form.fields["unit"]).queryset = selectors.units(request.user, day=clock.today())

    def do(given: dict[str, Any]) -> HttpResponse:
        services.officer_move(user=row, **given, by=_by(request))
        messages.success(request, _("已调动；授予本人的授权已收回，角色随新机构的层级。"))
        return redirect("access:person", pk)

    name = row.get_full_name() or row.username
    back = reverse("access:person", args=[pk])
    return _form(request, form, do, {"title": _("调动人员"), "told": name, "back": back, "verb": _("调动")})


@require_safe
@requires(VIEW)
def grants(request: HttpRequest) -> HttpResponse:
    """授权: all in view, those that end soon marked."""
    rows = _grants_found(request)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "held": selectors.held(list(page)), "state": request.GET.get("state", "")}
    return _page(request, "grants", "grants", context)


def _grants_found(request: HttpRequest) -> Any:
    rows = selectors.grants(request.user)
    state, today = request.GET.get("state", ""), clock.today()
    if state == "ended":
        return rows.filter(valid_until__lte=today)
    rows = rows.filter(valid_until__gt=today)
    return rows.filter(valid_until__lte=today + selectors.soon()) if state == "soon" else rows


@require_safe
@requires(VIEW)
def grants_export(request: HttpRequest) -> HttpResponse:
    """The grants shown, as CSV."""
    rows = selectors.held(list(_grants_found(request)))
    services.grants_export(rows=len(rows), by=_by(request))
    head = (_("编号"), _("授予"), _("权限"), _("行政区划"), _("职能"), _("自"), _("截止"), _("依据或者事由"))
    body = tuple(
        (
            str(h.row.pk),
            h.holder,
            h.row.action,
            h.row.division_id,
            Function(h.row.function).label,
            h.row.valid_from.isoformat(),
            h.until.isoformat() if h.until else "",
            h.row.purpose,
        )
        for h in rows
    )
    response = HttpResponse(as_csv([Sheet(_("授权"), head, body)]), content_type=FORMATS["csv"])
    response.headers["Content-Disposition"] = attachment(f"grants-{clock.today()}.csv")
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MANAGE)
def grant_new(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """授权: to a unit or to one officer."""
    unit, user = None, None
    if kind == "unit":
        unit = selectors.unit(request.user, pk)
        name, division = unit.name, unit.division_id
    else:
        user = selectors.person(request.user, pk)
        name, division = user.get_full_name() or user.username, user.unit.division_id if user.unit else ""
    back = reverse(f"access:{kind}", args=[pk])
    form = GrantForm(request.POST or None, initial={"division": division, "function": Function.MARKET})

    def do(given: dict[str, Any]) -> HttpResponse:
        function = Function(given.pop("function"))
        services.grant_give(unit=unit, user=user, **given, function=function, by=_by(request))
        messages.success(request, _("已授权，立即生效。"))
        return redirect(back)

    return _form(request, form, do, {"title": _("授权"), "told": name, "back": back, "verb": _("授权")})


@require_POST
@requires(MANAGE)
def grant_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """收回授权."""
    row = selectors.grant(request.user, pk)
    services.grant_withdraw(grant=row, reason=_reason(request), by=_by(request))
    messages.success(request, _("授权已收回，立即生效。"))
    return redirect("access:unit", row.unit_id) if row.unit_id else redirect("access:person", row.user_id)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MANAGE)
def duty_new(request: HttpRequest, unit: int) -> HttpResponse:
    """权责清单: a power of the unit."""
    row = selectors.unit(request.user, unit)
    back = reverse("access:unit", args=[unit])
    form = DutyForm(request.POST or None, initial={"division": row.division_id})

    def do(given: dict[str, Any]) -> HttpResponse:
        services.duty_give(unit=row, **given, by=_by(request))
        messages.success(request, _("已写入权责清单，今后的事项按它分派。"))
        return redirect(back)

    return _form(request, form, do, {"title": _("写入权责清单"), "told": row.name, "back": back, "verb": _("保存")})


@require_POST
@requires(MANAGE)
def duty_end(request: HttpRequest, pk: int) -> HttpResponse:
    """终止一项职权."""
    row = selectors.duty(request.user, pk)
    services.duty_end(duty=row, reason=_reason(request), by=_by(request))
    messages.success(request, _("这项职权已终止。"))
    return redirect("access:unit", row.unit_id)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MANAGE)
def membership_new(request: HttpRequest, pk: int) -> HttpResponse:
    """登记经办的企业."""
    row = selectors.person(request.user, pk)
    back = reverse("access:person", args=[pk])

    def do(given: dict[str, Any]) -> HttpResponse:
        services.membership_give(user=row, **given, by=_by(request))
        messages.success(request, _("已登记，立即生效。"))
        return redirect(back)

    name = row.get_full_name() or row.username
    context = {"title": _("登记经办的企业"), "told": name, "back": back, "verb": _("登记")}
    return _form(request, MembershipForm(request.POST or None), do, context)


@require_POST
@requires(MANAGE)
def membership_end(request: HttpRequest, pk: int) -> HttpResponse:
    """解除经办."""
    row = selectors.membership(request.user, pk)
    services.membership_end(membership=row, reason=_reason(request), by=_by(request))
    messages.success(request, _("已解除，立即生效。"))
    return redirect("access:person", row.user_id)


@require_safe
@requires(VIEW)
def who(request: HttpRequest) -> HttpResponse:
    """谁能做什么: who may do an action in a division, and which grant says so."""
    asked = bool(request.GET)
    form = WhoForm(request.GET if asked else None)
    found = None
    if asked and form.is_valid():
        given = form.cleaned_data
        found = selectors.who_may(request.user, **given)
    return _page(request, "who", "who", {"form": form, "found": found})


def _history(subject: str) -> list[dict[str, Any]]:
    """Leaves in words, for the history of a unit or an account."""
    from zhulian.server.audit.selectors import lines  # the trail reads accounts; only this page reads the trail

    return [{"line": line, "words": wording.words(line.leaf.action)} for line in lines(selectors.history(subject))]
