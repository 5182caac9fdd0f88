"""Personal drafts: named lists of changes that somebody tried. Nothing of the registry, and nobody else's to read."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Draft(models.Model):
    """A scenario as its author saved it; `changes` are plain values of `core.advice`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    enterprise = models.BigIntegerField("企业")
    name = models.CharField("名称", max_length=60)
    changes = models.JSONField("变化", default=list)
    saved_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = "模拟方案"
        ordering: ClassVar = ["-saved_at", "pk"]
        constraints = (models.UniqueConstraint(fields=["user", "enterprise", "name"], name="advice_draft_name"),)

    def __str__(self) -> str:
        return self.name
