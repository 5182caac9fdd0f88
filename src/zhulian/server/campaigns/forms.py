"""The form of a campaign's plan."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from django import forms

from zhulian.core.kernel.codes import division_name, qualification_codes
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import User
from zhulian.server.accounts.selectors import granted_divisions
from zhulian.server.campaigns.campaigning import Plan
from zhulian.server.campaigns.models import Campaign
from zhulian.server.campaigns.permissions import PLAN

_PARTS: Final = re.compile(r"[,，;；、\s]+")
_DAYS: Final = 60
LIST_KB: Final = 512


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")


class PlanForm(forms.Form):
    """What a plan says; the division is one of those granted to the officer."""

    title = forms.CharField(label="名称", max_length=100, widget=forms.TextInput(attrs={"class": "form-control"}))
    basis = forms.CharField(
        label="依据",
        max_length=300,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text="法规名称和条款，公告和每件核查上都会写明",
    )
    document_no = forms.CharField(
        label="通知文号", max_length=80, required=False, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    division = forms.ChoiceField(
        label="行政区划",
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="登记簿里注册地在这里及其下级的企业",
    )
    codes = forms.CharField(
        label="资质代码",
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "D101 D203B"}),
        help_text="完整代码或开头，用空格分开；不填为全部资质",
    )
    starts_on = forms.DateField(label="核查开始", widget=_day())
    ends_on = forms.DateField(label="核查结束", widget=_day())
    days = forms.IntegerField(
        label="自查期限（工作日）",
        min_value=1,
        max_value=_DAYS,
        initial=10,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text="自公告起算，由本机关设定，法规没有规定",
    )
    method = forms.ChoiceField(
        label="怎样确定对象",
        choices=Campaign.Method.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="按名单的，保存计划后再贴入或上传名单",
    )
    quantity = forms.IntegerField(
        label="抽取多少家企业",
        min_value=1,
        max_value=100_000,
        required=False,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text="只用于随机抽取",
    )
    seed = forms.CharField(
        label="种子",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text="只用于随机抽取：任意一段文字，例如当天公开的一组号码。先写明种子，再固定名录；两者公开后任何人可以重算",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        granted = sorted(set(granted_divisions(user=user, action=PLAN).values_list("descendant", flat=True)))
        self.fields["division"].choices = [(code, division_name(code)) for code in granted]  # type: ignore[attr-defined]  # a ChoiceField

    def clean_codes(self) -> tuple[str, ...]:
        """Beginnings of codes that exist."""
        parts = tuple(dict.fromkeys(p.upper() for p in _PARTS.split(self.cleaned_data["codes"]) if p))
        wrong = [p for p in parts if not any(code.startswith(p) for code in qualification_codes())]
        if wrong:
            raise forms.ValidationError(f"没有以「{'」「'.join(wrong)}」开头的资质代码")
        return parts

    def clean(self) -> dict[str, Any]:
        """Days in order; number and seed with a draw and with nothing else."""
        data = super().clean() or {}
        starts, ends = data.get("starts_on"), data.get("ends_on")
        if isinstance(starts, dt.date) and isinstance(ends, dt.date) and starts > ends:
            self.add_error("ends_on", "结束日不能早于开始日")
        if data.get("method") == Campaign.Method.RANDOM:
            for name, what in (("quantity", "请写明抽取多少家企业"), ("seed", "请先写明种子")):
                if not data.get(name):
                    self.add_error(name, what)
        return data

    def plan(self) -> Plan:
        """The plan of a form that is valid. Number and seed belong to a draw and are left out otherwise."""
        data = self.cleaned_data
        draws = data["method"] == Campaign.Method.RANDOM
        names = ("title", "basis", "document_no", "division", "codes", "starts_on", "ends_on", "method")
        return Plan(
            **{name: data[name] for name in names},
            window=f"{data['days']} 工作日",
            quantity=data["quantity"] if draws else None,
            seed=data["seed"].strip() if draws else "",
        )


def initial_of(row: Campaign) -> dict[str, Any]:
    """What the form shows of a plan that is there."""
    names = ("title", "basis", "document_no", "division", "starts_on", "ends_on", "method", "quantity", "seed")
    shown = {name: getattr(row, name) for name in names}
    return shown | {"codes": " ".join(row.codes), "days": row.window.partition(" ")[0]}


def listed_text(text: str, upload: Any) -> str:
    """The rows of a list: those pasted, then those of a file (CSV or text, UTF-8 or GBK).

    Raises:
        ZhulianError: `campaign.plan` for a file that is too large or no text.
    """
    if upload is None:
        return text
    if (upload.size or 0) > LIST_KB << 10:
        raise ZhulianError("campaign.plan", what=f"名单文件超过 {LIST_KB} KB")
    raw = upload.read()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return f"{text}\n{raw.decode(encoding)}" if text.strip() else str(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise ZhulianError("campaign.plan", what="名单文件不是 CSV 或文本文件")
