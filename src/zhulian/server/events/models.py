"""What is remembered of telling, of other systems and their keys, of pushes, and of what was sent out."""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models

from zhulian.server.common.crypto import EncryptedTextField, SecretContextField
from zhulian.server.common.models import Event

_STANDING: Final = {True: "正常", False: "已暂停"}


class Look(models.Model):
    """How far the rows of a table about an enterprise have been told. Owned by `events.telling`.

    Row numbers, not moments: the registry's writers take turns, so a row that commits later has a higher number.
    """

    enterprise = models.BigIntegerField()
    table_name = models.CharField(max_length=40)
    row = models.BigIntegerField()
    since = models.DateField(help_text="business day of the first look")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["enterprise", "table_name"], name="events_look_once"),
        ]


class Watch(models.Model):
    """The last business day through which a watch of the daily look has told what the day brought."""

    name = models.CharField(max_length=80, primary_key=True)
    through = models.DateField()


class System(models.Model):
    """Another system that may push events, with its key. Owned by `events.systems`."""

    name = models.CharField("名称", max_length=60, unique=True)
    """Also what its rows are from, in the registry."""
    key_id = models.CharField("接入编号", max_length=32, unique=True)
    secret_id = SecretContextField()
    secret = EncryptedTextField("密钥")
    old_secret = EncryptedTextField("原密钥")
    old_until = models.DateTimeField("原密钥有效至", null=True, help_text="machine clock")
    owner = models.ForeignKey("accounts.OrganisationUnit", on_delete=models.PROTECT, verbose_name="责任单位")
    types = models.JSONField("可推送的事件", default=list)
    active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间")
    used_at = models.DateTimeField("上次推送", null=True)

    @property
    def standing(self) -> str:
        """Word of its state on screen."""
        return _STANDING[self.active]


class Nonce(models.Model):
    """A signed request that was seen: the same one again within the window is a replay."""

    system = models.ForeignKey(System, on_delete=models.CASCADE)
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField(help_text="machine clock", db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["system", "nonce"], name="events_nonce_once"),
        ]


class Push(models.Model):
    """One batch under its idempotency key, with the answer that it got and gets again."""

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="pushes")
    key = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField("接收时间")
    accepted = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    answer = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["system", "key"], name="events_push_once"),
        ]


class Subscription(models.Model):
    """Where events are sent: of these types, about enterprises in this division's view. Owned by `events.subscriptions`."""

    name = models.CharField("名称", max_length=60, unique=True)
    url = models.CharField("接收地址", max_length=500)
    types = models.JSONField("事件", default=list)
    division = models.CharField("区划", max_length=6, blank=True)
    """Empty: everywhere."""
    key_id = models.CharField("编号", max_length=32, unique=True)
    secret_id = SecretContextField()
    secret = EncryptedTextField("密钥")
    active = models.BooleanField("启用", default=True)
    failures = models.PositiveIntegerField("连续失败", default=0)
    stopped_reason = models.CharField("停用原因", max_length=200, blank=True)
    created_at = models.DateTimeField("建立时间")

    @property
    def standing(self) -> str:
        """Word of its state on screen."""
        return _STANDING[self.active]


class Sending(models.Model):
    """One event on its way to one subscription. Those about one subject go in order, one after the other."""

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENT = "sent", "已送达"
        GIVEN_UP = "given_up", "已放弃"

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="sendings")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=100)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    due_at = models.DateTimeField(help_text="machine clock")
    created_at = models.DateTimeField("产生时间")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["subscription", "event"], name="events_sending_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="events_sending_due", condition=models.Q(state="waiting")),
            models.Index(fields=["subscription", "subject", "id"], name="events_sending_order"),
        ]


class SendingAttempt(models.Model):
    """One attempt of a sending: what the other side answered, or what went wrong."""

    sending = models.ForeignKey(Sending, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField(help_text="machine clock")
    status = models.PositiveSmallIntegerField("应答", null=True)
    error = models.CharField("错误", max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField("毫秒")
