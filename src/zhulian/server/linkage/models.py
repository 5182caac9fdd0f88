"""What followed from what (loop.md): the log of judgements and the effects that are no decisions.

Every effect stands once per event, rule, subject and effect, whatever version fired; the version is an attribute. An
end names its event or its actor.
"""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from zhulian.core.kernel.verdicts import LABELS, Verdict
from zhulian.core.lifecycle import OBLIGATION


class Judged(models.Model):
    """One judgement of one rule about one event, with what it was judged by: a replay needs nothing else."""

    event = models.UUIDField("事件")
    event_type = models.CharField(max_length=100)
    subject = models.CharField(max_length=100)
    enterprise = models.BigIntegerField("企业")
    rule = models.CharField(max_length=100)
    version = models.CharField(max_length=40)
    hash = models.CharField(max_length=64)
    verdict = models.CharField(max_length=10, choices=[(v.value, LABELS[v]) for v in Verdict])
    reason = models.JSONField("理由")
    effects = models.JSONField("结果", default=list)
    told = models.JSONField("事件内容", default=dict)
    facts = models.JSONField("事实", default=dict)
    held = models.JSONField(default=list, help_text="effects that were still open then")
    on = models.DateField("判定日")
    at = models.DateTimeField()
    happened_on = models.DateField("发生日", null=True, help_text="null: judged before this was kept")
    border = models.DateField("补录界线", null=True, help_text="the event is older, so it is history; null: it is not")
    turn = models.PositiveSmallIntegerField(default=0, help_text="how often it was judged again, by late facts")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["event", "rule", "turn"], name="linkage_judged_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["enterprise", "at"], name="linkage_judged_firm"),
            models.Index(fields=["enterprise", "rule"], name="linkage_judged_rule"),
        ]


class Followed(models.Model):
    """What every effect says: where it comes from, whom it is about, and the clause."""

    event = models.UUIDField("事件")
    rule = models.CharField(max_length=100)
    version = models.CharField(max_length=40)
    subject = models.CharField(max_length=100)
    effect = models.CharField(max_length=60)
    enterprise = models.BigIntegerField("企业")
    told = models.JSONField("事件内容", default=dict)
    clause = models.CharField("依据", max_length=300)
    made_at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["event", "rule", "subject", "effect"], name="%(app_label)s_%(class)s_once"),
        ]


class Flag(Followed):
    """An automatic sign without legal effect; it ends with an event of type `until`."""

    code = models.CharField("资质代码", max_length=20, blank=True)
    label = models.CharField(max_length=200)
    until = models.CharField(max_length=100)
    ended_at = models.DateTimeField(null=True)
    end_event = models.UUIDField(null=True)

    class Meta(Followed.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Followed.Meta.constraints,
            models.UniqueConstraint(
                fields=["enterprise", "code", "rule", "effect"],
                condition=Q(ended_at=None),
                name="linkage_flag_one_open",
            ),
            models.CheckConstraint(
                name="linkage_flag_end_is_caused",
                condition=Q(ended_at=None, end_event=None) | Q(ended_at__isnull=False, end_event__isnull=False),
            ),
        ]


class Obligation(Followed):
    """What a unit must do by when."""

    what = models.CharField("事项", max_length=300)
    unit = models.ForeignKey("accounts.OrganisationUnit", on_delete=models.PROTECT)
    division = models.CharField("行政区划", max_length=6)
    project = models.BigIntegerField("项目", null=True)
    due_on = models.DateField("期限")
    due_notes = models.JSONField(default=list)
    pauses = models.JSONField("中止", default=list, help_text="since, until (null: it still stands), reason")
    done_by = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=list(OBLIGATION.states.items()), default=OBLIGATION.first)
    revision = models.PositiveIntegerField(default=0, help_text="a form of an older revision is refused")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    outcome = models.TextField("办理结果", blank=True)
    ended_at = models.DateTimeField(null=True)
    end_event = models.UUIDField(null=True)
    overdue_at = models.DateTimeField(null=True, help_text="when it was told that it is overdue")

    class Meta(Followed.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Followed.Meta.constraints,
            models.CheckConstraint(
                name="linkage_obligation_end_is_told",
                condition=Q(state__in=["open", "taken", "paused"], ended_at=None)
                | Q(state__in=["done", "cancelled"], ended_at__isnull=False) & ~Q(outcome=""),
            ),
            models.CheckConstraint(
                name="linkage_obligation_taken_by",
                condition=~Q(state__in=["taken", "paused"]) | Q(holder__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["unit", "state", "due_on"], name="linkage_obligation_queue"),
            models.Index(fields=["enterprise", "state"], name="linkage_obligation_firm"),
        ]


class Share(Followed):
    """A change of the share inspected: until a day, or until an event of type `until_event` ends it."""

    share = models.CharField(max_length=20)
    label = models.CharField(max_length=200)
    until = models.DateField(null=True)
    until_event = models.CharField(max_length=100, blank=True)
    ended_at = models.DateTimeField(null=True, help_text="when an event ended it; a term ends by itself")
    end_event = models.UUIDField(null=True)

    class Meta(Followed.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Followed.Meta.constraints,
            models.CheckConstraint(
                name="linkage_share_can_end",
                condition=Q(until__isnull=False, until_event="") | Q(until=None) & ~Q(until_event=""),
            ),
            models.CheckConstraint(
                name="linkage_share_end_is_caused",
                condition=Q(ended_at=None, end_event=None) | Q(ended_at__isnull=False, end_event__isnull=False),
            ),
        ]


class CopyNotice(Followed):
    """抄告 with a handling proposal: to a partner department, or to an authority outside this installation."""

    to = models.CharField("抄告单位", max_length=200)
    asks = models.CharField("处理建议", max_length=300)
    division = models.CharField(max_length=6, blank=True)
    due_on = models.DateField(null=True)
