"""Forms of administration. What they offer is what the services take; the services look again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from zhulian.server.accounts.administration import selectors
from zhulian.server.accounts.models import Function, OrganisationUnit

_INPUT: Final = {"class": "form-control"}
_SELECT: Final = {"class": "form-select"}
_CODE: Final = {"class": "form-control", "inputmode": "numeric", "pattern": "[0-9]{6}", "maxlength": "6"}

if TYPE_CHECKING:  # the stubs' fields are generic, Django's are not
    _ModelChoiceField = forms.ModelChoiceField[OrganisationUnit]
else:
    _ModelChoiceField = forms.ModelChoiceField


class UnitField(_ModelChoiceField):
    """Units by their names."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


def _text(label: Any, *, most: int, needed: bool = True, told: Any = "") -> forms.CharField:
    widget = forms.TextInput(attrs=_INPUT)
    return forms.CharField(label=label, max_length=most, required=needed, help_text=told, widget=widget)


def _division(told: Any) -> forms.CharField:
    return forms.CharField(
        label=_("行政区划代码"), min_length=6, max_length=6, help_text=told, widget=forms.TextInput(attrs=_CODE)
    )


def _until() -> forms.DateField:
    widget = forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=_("截止日期"), required=False, widget=widget, help_text=_("从这一天起失效；长期有效则留空。")
    )


class UnitForm(forms.Form):
    """A unit to open."""

    name = _text(_("机构名称"), most=100)
    division = _division(_("机构所在的行政区划，如青岛市 370200、市南区 370202。"))
    parent = UnitField(
        label=_("上级机构"),
        queryset=OrganisationUnit.objects.none(),
        required=False,
        widget=forms.Select(attrs=_SELECT),
    )


class PersonForm(forms.Form):
    """Somebody who will sign in."""

    username = _text(_("用户名"), most=30, told=_("3–30 个字母、数字、点、横线或下划线，登录时使用。"))
    name = _text(_("姓名"), most=30)


class ClerkForm(PersonForm):
    """Somebody who will act for an enterprise."""

    key = _text(_("统一社会信用代码"), most=18, told=_("经办人所在企业，须已在登记簿中。"))


class MembershipForm(forms.Form):
    """Another enterprise that a clerk acts for."""

    key = _text(_("统一社会信用代码"), most=18)
    until = _until()


class GrantForm(forms.Form):
    """What to give, where, until when and why."""

    action = forms.ChoiceField(
        label=_("权限"), choices=lambda: selectors.action_choices(patterns=True), widget=forms.Select(attrs=_SELECT)
    )
    division = _division(_("在这个行政区划及其下级内有效。"))
    function = forms.ChoiceField(label=_("职能"), choices=Function.choices, widget=forms.Select(attrs=_SELECT))
    until = _until()
    reason = _text(_("依据或者事由"), most=200, told=_("如职责分工文件、抽调通知；它会留痕。"))


class DutyForm(forms.Form):
    """A power of the unit over a division."""

    power = forms.ChoiceField(label=_("职权"), choices=selectors.power_choices, widget=forms.Select(attrs=_SELECT))
    division = _division(_("对这个行政区划及其下级行使；更小的区划另有规定的，从其规定。"))
    codes = _text(_("资质类别代码"), most=10, needed=False, told=_("只对某类资质行使时填写其代码前缀，如 D1。"))
    citation = _text(_("依据"), most=200, told=_("写明文号和条款。"))


class MoveForm(forms.Form):
    """Where an officer goes."""

    unit = UnitField(label=_("调入机构"), queryset=OrganisationUnit.objects.none(), widget=forms.Select(attrs=_SELECT))
    reason = _text(_("事由"), most=200)


class WhoForm(forms.Form):
    """Who may do what where."""

    action = forms.ChoiceField(
        label=_("权限"), choices=lambda: selectors.action_choices(patterns=False), widget=forms.Select(attrs=_SELECT)
    )
    division = _division("")
