"""The form of a scheduled feed. What it offers is what the service takes; the service looks again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from zhulian.core.kernel.errors import ZhulianError
from zhulian.intake import FORMAT_NAMES
from zhulian.server.accounts.models import OrganisationUnit
from zhulian.server.exchange import arrivals
from zhulian.server.exchange.feeds import Wanted
from zhulian.server.exchange.formats import FORMAT_LABELS
from zhulian.server.exchange.models import Feed

EVERY: Final = (
    (5, _("每 5 分钟")),
    (15, _("每 15 分钟")),
    (60, _("每小时")),
    (360, _("每 6 小时")),
    (0, _("每天一次")),
)
EXPECTED: Final = (
    ("", _("不限")),
    (1, _("一小时")),
    (24, _("一天")),
    (24 * 3, _("三天")),
    (24 * 7, _("一周")),
    (24 * 31, _("一个月")),
    (24 * 92, _("三个月")),
)
_SELECT: Final = {"class": "form-select"}
_INPUT: Final = {"class": "form-control"}


def _shown(folder: Path) -> str:
    """A folder as people know it: below which allowed one it stands."""
    for root in settings.FEED_ROOTS:
        if folder.is_relative_to(root.resolve()):
            return f"{root.name} / {' / '.join(folder.relative_to(root.resolve()).parts)}"
    return folder.name


if TYPE_CHECKING:  # the stubs' fields are generic, Django's are not
    _ModelChoiceField = forms.ModelChoiceField[OrganisationUnit]
else:
    _ModelChoiceField = forms.ModelChoiceField


class UnitField(_ModelChoiceField):
    """Units by their names."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class FeedForm(forms.Form):
    """A feed's settings. `units`: those for which the user may set one up."""

    name = forms.CharField(label=_("名称"), max_length=80, widget=forms.TextInput(attrs=_INPUT))
    source = forms.CharField(
        label=_("数据来源"),
        max_length=60,
        widget=forms.TextInput(attrs=_INPUT),
        help_text=_("谁的数据，如“青岛市建筑市场平台”。同一来源后来的数据更新先来的。"),
    )
    folder = forms.ChoiceField(
        label=_("文件夹"),
        widget=forms.Select(attrs=_SELECT),
        help_text=_(
            "只列出运维人员允许的文件夹。对方把文件放进来，读完移到其中的 done，读不了的移到 failed 并附原因。"
        ),
    )
    pattern = forms.CharField(
        label=_("文件名"),
        max_length=100,
        initial="*",
        widget=forms.TextInput(attrs=_INPUT),
        help_text=_("* 代表任意字符，如 *.xlsx。没有传完的文件（.part、.tmp）不会读。"),
    )
    format = forms.ChoiceField(
        label=_("格式"),
        required=False,
        choices=[("", _("自动识别")), *((name, FORMAT_LABELS.get(name, name)) for name in FORMAT_NAMES)],
        widget=forms.Select(attrs=_SELECT),
    )
    every = forms.TypedChoiceField(
        label=_("多久看一次"), choices=EVERY, coerce=int, initial=15, widget=forms.Select(attrs=_SELECT)
    )
    daily_at = forms.TimeField(
        label=_("每天几点"),
        required=False,
        widget=forms.TimeInput(attrs={**_INPUT, "type": "time"}, format="%H:%M"),
        help_text=_("选“每天一次”时填写。"),
    )
    expected_hours = forms.TypedChoiceField(
        label=_("最多隔多久应有新文件"),
        required=False,
        choices=EXPECTED,
        coerce=int,
        empty_value=None,
        initial=24,
        widget=forms.Select(attrs=_SELECT),
        help_text=_("超过这个时间没有新文件，就标为迟到。"),
    )
    owner = UnitField(
        label=_("责任单位"),
        queryset=OrganisationUnit.objects.none(),
        widget=forms.Select(attrs=_SELECT),
        help_text=_("数据归这个单位所在的区划；隔离的记录由它更正。"),
    )

    def __init__(self, *args: Any, units: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = units
        fields["folder"].choices = [(str(path), _shown(path)) for path in arrivals.folders(settings.FEED_ROOTS)]

    def clean(self) -> dict[str, Any]:
        """Daily needs its time of day."""
        data = super().clean() or {}
        if data.get("every") == 0 and not data.get("daily_at"):
            self.add_error("daily_at", str(ZhulianError("feed.rhythm")))
        return data

    def wanted(self) -> Wanted:
        """What the service takes."""
        data = self.cleaned_data
        return Wanted(
            name=data["name"],
            source=data["source"],
            folder=data["folder"],
            pattern=data["pattern"],
            format=data["format"],
            owner=data["owner"].pk,
            every=data["every"] or None,
            daily_at=None if data["every"] else data["daily_at"],
            expected_hours=data["expected_hours"],
        )


def initial_of(feed: Feed) -> dict[str, Any]:
    """The form as a feed is set now."""
    told = {
        name: getattr(feed, name) for name in ("name", "source", "folder", "pattern", "format", "daily_at", "owner")
    }
    return told | {"every": feed.every or 0, "expected_hours": feed.expected_hours or ""}
