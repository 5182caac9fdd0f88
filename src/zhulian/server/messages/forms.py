"""The form of a channel. What it offers is what the service takes; the service looks again."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from zhulian.server.messages import kinds
from zhulian.server.messages.models import Category, Channel
from zhulian.server.messages.services import Wanted

_INPUT: Final = {"class": "form-control"}
_SELECT: Final = {"class": "form-select"}


class ChannelForm(forms.Form):
    """A channel as somebody sets it up; the stored address is never put into the form."""

    kind = forms.ChoiceField(label=_("类型"), widget=forms.Select(attrs=_SELECT))
    name = forms.CharField(
        label=_("名称"),
        max_length=60,
        widget=forms.TextInput(attrs=_INPUT),
        help_text=_("自己认得出的名字，如“资质科工作群”。"),
    )
    address = forms.CharField(
        label=_("地址"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={**_INPUT, "autocomplete": "off", "spellcheck": "false"}),
    )
    categories = forms.MultipleChoiceField(
        label=_("发送哪些类别"),
        choices=Category.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text=_("都不选，就是全部类别。"),
    )
    quiet_from = forms.TimeField(
        label=_("夜间免打扰，从"),
        required=False,
        widget=forms.TimeInput(attrs={**_INPUT, "type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=_("到"),
        required=False,
        widget=forms.TimeInput(attrs={**_INPUT, "type": "time"}, format="%H:%M"),
        help_text=_("这段时间里的消息留到结束时发送。北京时间；都留空就是不设。"),
    )
    urgent_passes = forms.BooleanField(
        label=_("紧急消息照发"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        help_text=_("如文书待签收、标识、期限将到。"),
    )

    def __init__(self, *args: Any, row: Channel | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = kinds.offered()  # type: ignore[attr-defined]  # a ChoiceField
        expected = [
            f"{kind.label}：{kind.expected}" for name, kind in kinds.KINDS.items() if name in dict(kinds.offered())
        ]
        hint = [_("现在的地址是 {hint}，留空就不改。").format(hint=row.hint)] if row else []
        self.fields["address"].help_text = "；".join([*hint, *expected])
        self.fields["address"].required = row is None

    def wanted(self) -> Wanted:
        """As the service takes it."""
        found = dict(self.cleaned_data)
        return Wanted(**{**found, "categories": tuple(found["categories"])})


def initial_of(row: Channel) -> dict[str, Any]:
    """What the form shows of a channel: everything but its address."""
    names = ("kind", "name", "categories", "quiet_from", "quiet_until", "urgent_passes")
    return {name: getattr(row, name) for name in names}
