"""What the work list itself keeps: short locks on items, what happened on the list, and each unit's own settings.

Items are rows of other apps; here they are named by (kind, item). Nothing here decides anything about them.
"""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q

_USER: Final = settings.AUTH_USER_MODEL
OVERDUE_DAYS: Final = 3
IDLE_MINUTES: Final = 240
"""Where a unit set nothing. Rules of the office's own house, no figures of law: pages say so beside them."""


class Lock(models.Model):
    """An item is in somebody's hands until a moment; it holds only while the item is in the state it was taken in."""

    kind = models.CharField(max_length=20)
    item = models.BigIntegerField()
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, blank=True)
    taken_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "item"], name="worklist_lock_one"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["until"], name="worklist_lock_until")]


class Entry(models.Model):
    """领取、退回、转办、改派、催办 and automatic returns, in order: who, to whom, why."""

    class Action(models.TextChoices):
        TAKE = "take", "领取"
        KEEP = "keep", "留办"
        PUT_BACK = "put_back", "退回"
        HAND_OVER = "hand_over", "转办"
        ASSIGN = "assign", "改派"
        URGE = "urge", "催办"
        IDLE = "idle", "空闲自动退回"

    kind = models.CharField(max_length=20)
    item = models.BigIntegerField()
    action = models.CharField(max_length=10, choices=Action)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    before = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField("理由", max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "item"], name="worklist_entry_item"),
            models.Index(fields=["by", "kind"], name="worklist_entry_by"),
        ]


class Office(models.Model):
    """What a unit set for itself: its head (负责人), when items come before the head, when idle ones go back."""

    unit = models.OneToOneField("accounts.OrganisationUnit", on_delete=models.PROTECT)
    head = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    overdue_days = models.PositiveSmallIntegerField("超期几个工作日提请督办", null=True)
    idle_minutes = models.PositiveIntegerField("空闲多少分钟自动退回", null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="worklist_office_figures",
                condition=(Q(overdue_days=None) | Q(overdue_days__gte=1))
                & (Q(idle_minutes=None) | Q(idle_minutes__gte=1)),
            ),
        ]

    @property
    def days(self) -> int:
        """Working days overdue after which the head sees an item."""
        return self.overdue_days or OVERDUE_DAYS

    @property
    def minutes(self) -> int:
        """Minutes without a look after which an item goes back."""
        return self.idle_minutes or IDLE_MINUTES
