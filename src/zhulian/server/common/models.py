"""Tables of the foundations, and the base of every table of dated facts."""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.db.models import Q

from zhulian.core.kernel.dates import BEGINNING, FOREVER, STILL_KNOWN, micros

M = TypeVar("M", bound="Bitemporal")


class BitemporalQuerySet(models.QuerySet[M]):
    """Rows by what was true on a day and what was known at a moment."""

    def at(self, as_of: dt.date, known_at: dt.datetime | None = None) -> BitemporalQuerySet[M]:
        """Rows visible on a day, as known now or at an earlier moment."""
        return self.known(known_at).filter(fact_from__lte=as_of, fact_until__gt=as_of)

    def known(self, known_at: dt.datetime | None = None) -> BitemporalQuerySet[M]:
        """Rows of every day, as known now (rows nothing superseded) or at an earlier moment."""
        if known_at is None:
            return self.filter(superseded_at=STILL_KNOWN)
        moment = micros(known_at)
        return self.filter(recorded_at__lte=moment, superseded_at__gt=moment)


class Bitemporal(models.Model):
    """A dated fact. Its writer records changes by `common.bitemporal`, which keeps periods of one key apart."""

    row_id = models.BigAutoField(primary_key=True)
    fact_from = models.DateField(default=BEGINNING)
    fact_until = models.DateField(default=FOREVER)
    recorded_at = models.BigIntegerField()
    superseded_at = models.BigIntegerField(default=STILL_KNOWN)

    objects: ClassVar[Any] = BitemporalQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period", condition=Q(fact_from__lt=models.F("fact_until"))
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_known", condition=Q(recorded_at__lte=models.F("superseded_at"))
            ),
        ]


class ClockOffset(models.Model):
    """How far the business clock runs ahead of the machine's: one row at most."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seconds = models.BigIntegerField(default=0)


class Event(models.Model):
    """The outbox: an event committed with the rows it tells about (CloudEvents fields and ours).

    `sequence` is the order of dispatch inside one `ordering_key`. Owned by `common.outbox`.
    """

    class State(models.TextChoices):
        PENDING = "pending", "待处理"
        DONE = "done", "已处理"
        DEAD = "dead", "死信"
        DISCARDED = "discarded", "已放弃"

    sequence = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True)
    type = models.CharField(max_length=100)
    subject = models.CharField(max_length=100)
    affects = models.JSONField(default=list)
    data = models.JSONField(default=dict)
    cause = models.UUIDField(null=True)
    depth = models.PositiveSmallIntegerField(default=0)
    business_key = models.CharField(max_length=200, blank=True)
    ordering_key = models.CharField(max_length=100)
    lane = models.PositiveSmallIntegerField()
    time = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, help_text="machine clock; null: at once")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["type", "business_key"], name="common_event_business_key", condition=~Q(business_key="")
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["lane", "sequence"], name="common_event_waiting", condition=Q(state__in=["pending", "dead"])
            ),
            models.Index(
                fields=["ordering_key"],
                name="common_event_stopped",
                condition=Q(state="dead") | Q(state="pending", due_at__isnull=False),
            ),
            models.Index(fields=["subject", "sequence"], name="common_event_subject"),
            models.Index(fields=["cause"], name="common_event_cause"),
        ]


class Lane(models.Model):
    """A share of the ordering keys: whoever holds the row's lock dispatches them. A dead process loses the lock."""

    number = models.PositiveSmallIntegerField(primary_key=True)


class Effect(models.Model):
    """A handler has run for an event; written in the handler's own savepoint, so the effect happens once."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="effects")
    handler = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["event", "handler"], name="common_effect_once"),
        ]


class Attempt(models.Model):
    """A failed attempt, kept for whoever looks at the dead letter."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="failures")
    handler = models.CharField(max_length=200)
    at = models.DateTimeField()
    error = models.TextField()


class Job(models.Model):
    """Long work in short steps; each step commits its state, so a killed process resumes after the last one."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        FINISHED = "finished", "完成"
        FAILED = "failed", "失败"

    kind = models.CharField(max_length=100)
    key = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=100, blank=True)
    payload = models.JSONField(default=dict)
    progress = models.JSONField(default=dict, help_text="resumable state, the step function's own")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    result = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    error_code = models.CharField(max_length=100, blank=True)
    error_params = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, help_text="machine clock, for the remaining time")
    stepped_at = models.DateTimeField(null=True, help_text="machine clock: the one that waited longest steps next")
    finished_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, help_text="machine clock; null: at once")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                name="common_job_one_open",
                condition=Q(state__in=["waiting", "running"]) & ~Q(key=""),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["stepped_at"], name="common_job_open", condition=Q(state__in=["waiting", "running"])),
        ]


class Schedule(models.Model):
    """When a scheduled job starts next, on the business clock."""

    name = models.CharField(max_length=100, primary_key=True)
    next_at = models.DateTimeField()


class Series(models.Model):
    """A document number series; `last` is the last number given."""

    name = models.CharField(max_length=100, primary_key=True)
    last = models.BigIntegerField(default=0)


class IssuedNumber(models.Model):
    """A number given to a document, with the reason when it was voided: so every gap is explained."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT)
    number = models.BigIntegerField()
    subject = models.CharField(max_length=100)
    issued_at = models.DateTimeField()
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["series", "number"], name="common_number_once"),
        ]


class KeyVersion(models.Model):
    """A key this database was written with: a missing or exchanged key file is noticed before it does harm."""

    name = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField()
    fingerprint = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name", "version"], name="common_key_version"),
        ]


class StoredFile(models.Model):
    """A file of the encrypted store; the same content is kept once."""

    class Scan(models.TextChoices):
        NOT_SCANNED = "not_scanned", "未查毒（未配置）"
        CLEAN = "clean", "已查毒"

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    stored_at = models.DateTimeField()
    scan = models.CharField(max_length=12, choices=Scan)


class Token(models.Model):
    """One search token of one subject; written with the subject's rows (see `common.search`)."""

    subject = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    field = models.CharField(max_length=8)
    token = models.CharField(max_length=100)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "field", "token", "subject"], name="common_token_look"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # With the token, which is in it to be read: otherwise SQLite prefers the index above and reads a whole field.
            models.Index(fields=["subject", "kind", "field", "token"], name="common_token_texts"),
        ]
