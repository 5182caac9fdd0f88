"""Users, the dated organisation tree, divisions by closure, powers and grants (loop.md "Who acts")."""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from zhulian.core.kernel.dates import BEGINNING, FOREVER
from zhulian.server.common.permissions import ROLE_LABELS, Role


class Function(models.TextChoices):
    """What a department does; powers and grants are given per function."""

    COORDINATION = "coordination", "统筹协调"
    ADMINISTRATION = "administration", "行政服务"
    MARKET = "market", "建筑市场"
    SAFETY = "safety", "质量安全"
    DESIGN = "design", "勘察设计"


class DatedQuerySet(models.QuerySet[Any]):
    """Rows in force on a day."""

    def on(self, day: dt.date) -> DatedQuerySet:
        """Rows whose period `[valid_from, valid_until)` holds the day."""
        return self.filter(valid_from__lte=day, valid_until__gt=day)


class Dated(models.Model):
    """In force in `[valid_from, valid_until)`."""

    valid_from = models.DateField(default=BEGINNING)
    valid_until = models.DateField(default=FOREVER)

    objects: ClassVar[Any] = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


class Division(models.Model):
    """A division of GB/T 2260, the country being the root; loaded from the kernel's table by migration."""

    code = models.CharField(max_length=6, primary_key=True)
    name = models.CharField(max_length=60)


class DivisionClosure(models.Model):
    """`descendant` lies in `ancestor` (or is it). Codes renumbered since lie in the division that holds them now."""

    ancestor = models.CharField(max_length=6)
    descendant = models.CharField(max_length=6)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["ancestor", "descendant"], name="accounts_closure_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["descendant"], name="accounts_closure_up"),
        ]


class OrganisationUnit(Dated):
    """A department or a part of one. Reorganisation ends a unit and opens another; `parent` may change likewise."""

    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    division = models.ForeignKey(Division, on_delete=models.PROTECT)


class User(AbstractUser):
    """A person who signs in."""

    role = models.CharField(max_length=20, choices=[(r.value, ROLE_LABELS[r]) for r in Role], default=Role.PUBLIC)
    unit = models.ForeignKey(OrganisationUnit, on_delete=models.PROTECT, null=True, blank=True)
    demo = models.BooleanField(default=False, help_text="signs in from this machine only")
    password_given = models.BooleanField(default=False, help_text="by somebody else: to be changed before anything")

    scopes: tuple[str, ...] | None = None
    """Set on the user of a program's request: what its key narrows him to (apikeys)."""

    @property
    def actor(self) -> str:
        """How leaves, events and jobs name this user."""
        return f"user:{self.pk}"


class Duty(Dated):
    """The duty table (权责清单): which unit holds which power over which division, under which clause."""

    power = models.CharField(max_length=60)
    codes = models.CharField(max_length=10, blank=True, help_text="prefix of the qualification codes; empty: all")
    unit = models.ForeignKey(OrganisationUnit, on_delete=models.PROTECT)
    division = models.ForeignKey(Division, on_delete=models.PROTECT)
    citation = models.CharField(max_length=200, blank=True)


class Grant(Dated):
    """Function × division subtree × action, given to a unit or a single user, perhaps for a purpose and a term."""

    unit = models.ForeignKey(OrganisationUnit, on_delete=models.PROTECT, null=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="grants")
    function = models.CharField(max_length=20, choices=Function)
    division = models.ForeignKey(Division, on_delete=models.PROTECT)
    action = models.CharField(max_length=100, help_text="a permission, or a prefix of permissions ending in .*")
    purpose = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="accounts_grant_one_holder", condition=Q(unit__isnull=False) ^ Q(user__isnull=False)
            ),
        ]

    @property
    def holder(self) -> str:
        """To whom it is given, as leaves name it."""
        return f"unit:{self.unit_id}" if self.unit_id else f"user:{self.user_id}"


class EnterpriseMembership(Dated):
    """The user acts for an enterprise (its internal subject id)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    enterprise = models.BigIntegerField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["enterprise"], name="accounts_member_look")]


class SignInFailure(models.Model):
    """A failed sign-in; too many of one name or address lock it for a while."""

    username = models.CharField(max_length=150)
    address = models.CharField(max_length=45)
    at = models.DateTimeField(help_text="machine clock")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["username", "at"], name="accounts_failure_name"),
            models.Index(fields=["address", "at"], name="accounts_failure_address"),
        ]
