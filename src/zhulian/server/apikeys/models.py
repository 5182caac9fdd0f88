"""Keys of programs. The secret itself is kept nowhere."""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class ApiKey(models.Model):
    """Lets a program act as its owner, as far as `scopes` go, from `addresses`, until `expires_on`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField("用途", max_length=60)
    scopes = models.JSONField("范围")
    """Permissions, or areas of them ending in `.*`."""
    addresses = models.JSONField("来源地址", default=list)
    """Networks (CIDR) that may use it; empty: all."""
    digest = models.CharField(max_length=64, help_text="SHA-256 of the secret, which has 256 random bits")
    created_at = models.DateTimeField("新建时间")
    expires_on = models.DateField("截止日期", help_text="first day on which it no longer works")
    revoked_at = models.DateTimeField("停用时间", null=True)
    used_at = models.DateTimeField("上次使用", null=True, help_text="machine clock, to the minute")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user", "-id"], name="apikeys_of_user")]
