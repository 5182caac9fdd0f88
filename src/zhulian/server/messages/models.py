"""Notices, the channels that carry them out of the house, and each way out with its attempts.

A notice names its thing by kind and number: whether the reader may still see that is asked again when it is shown.
What leaves the house is a title of the table and a link, never a name or a detail.
"""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from zhulian.server.common.crypto import EncryptedTextField, SecretContextField

_USER: Final = settings.AUTH_USER_MODEL


class Category(models.TextChoices):
    """What a notice is about, as readers sort them."""

    STATUS = "status", "资质状态"
    PERMIT = "permit", "安全生产许可证"
    DOCUMENT = "document", "文书与决定"
    MATTER = "matter", "整改与核查"
    WORK = "work", "待办期限"


class Notice(models.Model):
    """One happening told to one person, once: `key` is the event, or what waits."""

    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80)
    type = models.CharField(max_length=60)
    category = models.CharField("类别", max_length=10, choices=Category)
    urgent = models.BooleanField("紧急", default=False)
    title = models.CharField("标题", max_length=100)
    text = models.CharField("内容", max_length=500, blank=True)
    kind = models.CharField(max_length=20, help_text="of the thing that it is about: `hearing.KINDS`")
    item = models.BigIntegerField()
    path = models.CharField(max_length=200, help_text="the page of the thing, which asks for rights by itself")
    enterprise = models.BigIntegerField("企业", null=True)
    made_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key", "user"], name="notices_told_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user"], name="notices_unread", condition=Q(read_at=None)),
            models.Index(fields=["user", "made_at"], name="notices_of_user"),
        ]


class Look(models.Model):
    """How far (business clock) a look for what waits has told. Owned by `messages.looking`."""

    name = models.CharField(max_length=30, primary_key=True)
    through = models.DateTimeField()


class Channel(models.Model):
    """消息通道: where notices go besides the page; of one person, or of a unit as a whole."""

    user = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("accounts.OrganisationUnit", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField("类型", max_length=12, help_text="of `kinds.KINDS`")
    name = models.CharField("名称", max_length=60)
    secret_id = SecretContextField()
    address = EncryptedTextField("地址")
    hint = models.CharField("地址（遮盖）", max_length=100)
    categories = models.JSONField("类别", default=list)
    """Empty: all."""
    quiet_from = models.TimeField("免打扰开始", null=True)
    quiet_until = models.TimeField("免打扰结束", null=True)
    urgent_passes = models.BooleanField("紧急消息不受免打扰限制", default=True)
    active = models.BooleanField("启用", default=True)
    failures = models.PositiveIntegerField("连续失败", default=0)
    stopped_reason = models.CharField("停用原因", max_length=200, blank=True)
    created_at = models.DateTimeField("建立时间")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="notices_channel_one_owner", condition=Q(user__isnull=False) ^ Q(unit__isnull=False)
            ),
            models.CheckConstraint(
                name="notices_quiet_hours_whole",
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=models.F("quiet_until")),
            ),
        ]

    @property
    def standing(self) -> str:
        """Word of its state on screen."""
        return "正常" if self.active else "已暂停"


class Delivery(models.Model):
    """One happening on its way through one channel."""

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENT = "sent", "已发出"
        GIVEN_UP = "given_up", "已放弃"

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="deliveries")
    key = models.CharField(max_length=80)
    title = models.CharField("标题", max_length=100)
    path = models.CharField(max_length=200)
    urgent = models.BooleanField(default=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    due_at = models.DateTimeField(help_text="machine clock")
    created_at = models.DateTimeField("产生时间")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["channel", "key"], name="notices_sent_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="notices_delivery_due", condition=Q(state="waiting")),
            models.Index(fields=["state", "id"], name="notices_delivery_state"),
        ]


class DeliveryAttempt(models.Model):
    """One attempt: taken by the other side, or what went wrong."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField(help_text="machine clock")
    error = models.CharField("错误", max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField("毫秒")
