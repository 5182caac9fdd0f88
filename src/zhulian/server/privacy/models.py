"""Holds: what must be kept although its time is over or somebody asks for its erasure."""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Hold(models.Model):
    """冻结: nothing of the subject is erased or expires while this stands."""

    class Kind(models.TextChoices):
        EVERYTHING = "everything", "全部"
        PERSON = "person", "人员"
        ENTERPRISE = "enterprise", "企业"
        USER = "user", "账号"

    kind = models.CharField("对象", max_length=12, choices=Kind)
    subject = models.BigIntegerField("编号", null=True, help_text="null: everything")
    reason = models.CharField("事由", max_length=200)
    actor = models.CharField(max_length=100)
    since = models.DateTimeField("自")
    ended_at = models.DateTimeField("解除时间", null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="privacy_hold_of_something",
                condition=models.Q(kind="everything", subject=None)
                | ~models.Q(kind="everything") & models.Q(subject__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "subject"], condition=models.Q(ended_at=None), name="privacy_hold_standing"),
        ]
