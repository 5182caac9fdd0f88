"""API 密钥: one's own, and for administrators all."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import User
from zhulian.server.apikeys import keys, services
from zhulian.server.apikeys.models import ApiKey
from zhulian.server.apikeys.permissions import MANAGE, OWN
from zhulian.server.common import clock
from zhulian.server.common.permissions import allowed, permission, requires

PAGE: Final = 50
_USUAL: Final = dt.timedelta(days=90)
_SOON: Final = dt.timedelta(days=14)
_INPUT: Final = {"class": "form-control"}


class KeyForm(forms.Form):
    """What the key is for, what it may do, from where, until when."""

    name = forms.CharField(
        label=gettext_lazy("用途"),
        max_length=60,
        widget=forms.TextInput(attrs=_INPUT),
        help_text=gettext_lazy("哪个程序用它做什么。"),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("范围"),
        widget=forms.SelectMultiple(attrs={"class": "form-select", "size": "10"}),
        help_text=gettext_lazy("只选需要的；按住 Ctrl 可多选。程序能做的不会超出您本人。"),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("截止日期"),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("从这一天起失效，最长一年。"),
    )
    addresses = forms.CharField(
        label=gettext_lazy("来源地址"),
        required=False,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": "2"}),
        help_text=gettext_lazy("只允许从这些地址或者网段使用，一行一个；不限则留空。"),
    )


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _state(row: ApiKey, today: dt.date) -> str:
    if row.revoked_at is not None:
        return _("已停用")
    if row.expires_on <= today:
        return _("已失效")
    return _("即将到期") if row.expires_on - today <= _SOON else _("在用")


def _rows(rows: Any) -> list[dict[str, Any]]:
    today = clock.today()
    return [
        {
            "row": row,
            "state": _state(row, today),
            "scopes": [_label(scope) for scope in row.scopes],
            "live": row.revoked_at is None and row.expires_on > today,
        }
        for row in rows
    ]


def _label(scope: str) -> str:
    row = permission(scope)
    return row.label if row else scope


@require_safe
@requires(OWN)
def own(request: HttpRequest) -> HttpResponse:
    """One's own keys."""
    rows = ApiKey.objects.filter(user=_user(request)).order_by("-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "apikeys/keys.html", {"page": page, "keys": _rows(page), "own": True})


@require_safe
@requires(MANAGE)
def everybodys(request: HttpRequest) -> HttpResponse:
    """Everybody's keys, for administrators."""
    rows = ApiKey.objects.select_related("user").order_by("-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "apikeys/keys.html", {"page": page, "keys": _rows(page), "own": False})


@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
@requires(OWN)
def new(request: HttpRequest) -> HttpResponse:
    """A new key; what the program sends is shown on the answer, once."""
    user = _user(request)
    form = KeyForm(request.POST or None, initial={"expires_on": clock.today() + _USUAL})
    cast("Any", form.fields["scopes"]).choices = [(name, _label(name)) for name in keys.grantable(user)]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"addresses": form.cleaned_data["addresses"].split()}
        try:
            row, token = services.key_create(user=user, **given)
        except ZhulianError as error:
            form.add_error(None, f"{error}。{error.cure}。")
        else:
            answer = render(request, "apikeys/made.html", {"row": row, "token": token})
            answer.headers["Cache-Control"] = "no-store"
            return answer
    context = {"form": form, "title": _("新建 API 密钥"), "back": "/keys/", "verb": _("新建")}
    return render(request, "accounts/form.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@requires(OWN)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """停用: one's own, or any for whoever manages all."""
    user = _user(request)
    rows = ApiKey.objects.all() if allowed(user, MANAGE) else ApiKey.objects.filter(user=user)
    row = rows.filter(pk=pk).first()
    if row is None:
        raise ZhulianError("apikey.none")
    services.key_revoke(key=row, by=user)
    messages.success(request, _("密钥已停用，立即生效。"))
    return redirect("apikeys:own" if row.user_id == user.pk else "apikeys:all")
