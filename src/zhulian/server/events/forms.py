"""Forms of systems and subscriptions. What they offer is what the services take; the services look again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from zhulian.core.kernel.codes import parse_division
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import OrganisationUnit
from zhulian.server.common import clock
from zhulian.server.events.addresses import url_check
from zhulian.server.events.models import Subscription
from zhulian.server.events.selectors import type_choices
from zhulian.server.events.subscriptions import Wanted

_INPUT: Final = {"class": "form-control"}
_MANY: Final = {"class": "form-select", "size": "10"}

if TYPE_CHECKING:  # the stubs' fields are generic, Django's are not
    _ModelChoiceField = forms.ModelChoiceField[OrganisationUnit]
else:
    _ModelChoiceField = forms.ModelChoiceField


class UnitField(_ModelChoiceField):
    """Units by their names."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class TypesForm(forms.Form):
    """Which events a system may push."""

    types = forms.MultipleChoiceField(
        label=_("可推送的事件"),
        choices=type_choices(pushed=True),
        widget=forms.SelectMultiple(attrs=_MANY),
        help_text=_("只开通需要的；按住 Ctrl 可多选。"),
    )


class SystemForm(TypesForm):
    """A system that pushes events."""

    name = forms.CharField(
        label=_("名称"),
        max_length=60,
        widget=forms.TextInput(attrs=_INPUT),
        help_text=_("推送的数据以此名称作为来源，如“市应急管理局事故快报”。"),
    )
    owner = UnitField(
        label=_("责任单位"),
        queryset=OrganisationUnit.objects.none(),
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text=_("谁对推送的数据负责。"),
    )
    field_order = ("name", "owner", "types")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = OrganisationUnit.objects.on(clock.today()).order_by("name")


class SubscriptionForm(forms.Form):
    """Where events are sent."""

    name = forms.CharField(label=_("名称"), max_length=60, widget=forms.TextInput(attrs=_INPUT))
    url = forms.CharField(
        label=_("接收地址"),
        max_length=500,
        widget=forms.URLInput(attrs=_INPUT),
        help_text=_("公网上的 https 地址；内网主机须由运维人员列入 ZHULIAN_WEBHOOK_HOSTS。"),
    )
    types = forms.MultipleChoiceField(
        label=_("事件"), choices=type_choices(pushed=False), widget=forms.SelectMultiple(attrs=_MANY)
    )
    division = forms.CharField(
        label=_("区划"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs=_INPUT),
        help_text=_("六位代码或全称，只发送在该区划注册、许可或有项目的企业的事件；留空为全部。"),
    )

    def clean_url(self) -> str:
        """An address of the right form; where it leads is looked at before every sending."""
        url: str = self.cleaned_data["url"]
        try:
            url_check(url)
        except ZhulianError as error:
            raise forms.ValidationError(str(error)) from None
        return url

    def clean_division(self) -> str:
        """The code of a division, as code or name."""
        text: str = self.cleaned_data["division"].strip()
        try:
            return parse_division(text) if text else ""
        except ZhulianError as error:
            raise forms.ValidationError(str(error)) from None

    def wanted(self) -> Wanted:
        """What the service takes."""
        data = self.cleaned_data
        return Wanted(data["name"], data["url"], tuple(data["types"]), data["division"])


def initial_of(row: Subscription) -> dict[str, Any]:
    """The form as a subscription is set now."""
    return {name: getattr(row, name) for name in ("name", "url", "types", "division")}
