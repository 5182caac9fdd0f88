"""约谈、提示函、挂牌督办 after their signature, and 领导交办: rows of the life `core.lifecycle.UNDERTAKING`."""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from zhulian.core.lifecycle import UNDERTAKING

_USER: Final = settings.AUTH_USER_MODEL


class Undertaking(models.Model):
    """One matter that ends when another than its reporter closes it. `unit` works on it, `from_unit` closes it.

    Those of the enterprise hang on their signed proposal; an order by a leader (领导交办) is the office's own and has a
    number instead.
    """

    class Kind(models.TextChoices):
        TALK = "talk", "约谈"
        LETTER = "letter", "提示函"
        SUPERVISE = "supervise", "挂牌督办"
        ASSIGN = "assign", "领导交办"

    kind = models.CharField("类别", max_length=10, choices=Kind)
    proposal = models.OneToOneField("decisions.Proposal", on_delete=models.PROTECT, null=True, related_name="+")
    document_no = models.CharField("文号", max_length=80, unique=True)
    enterprise = models.BigIntegerField("企业")
    project = models.BigIntegerField("项目", null=True)
    division = models.CharField("行政区划", max_length=6)
    from_unit = models.ForeignKey("accounts.OrganisationUnit", on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey("accounts.OrganisationUnit", on_delete=models.PROTECT, related_name="+")
    giver = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    task = models.TextField("事由")
    clause = models.CharField("依据", max_length=300)
    due_on = models.DateField("期限", null=True)
    state = models.CharField(max_length=10, choices=list(UNDERTAKING.states.items()), default=UNDERTAKING.first)
    revision = models.PositiveIntegerField(default=0, help_text="a form of an older revision is refused")
    opened_at = models.DateTimeField()
    reporter = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    report = models.TextField("办理情况", blank=True)
    asker = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    asked = models.TextField("撤回理由", blank=True)
    closer = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    outcome = models.TextField("结果", blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="acts_decided_or_assigned", condition=Q(kind="assign") ^ Q(proposal__isnull=False)
            ),
            models.CheckConstraint(
                name="acts_closed_by_another",
                condition=~Q(state="closed")
                | Q(reporter__isnull=False, closer__isnull=False) & ~Q(report="") & ~Q(closer=F("reporter")),
            ),
            models.CheckConstraint(
                name="acts_revoked_by_another",
                condition=~Q(state="revoked")
                | Q(asker__isnull=False, closer__isnull=False) & ~Q(asked="") & ~Q(closer=F("asker")),
            ),
            models.CheckConstraint(
                name="acts_ended_has_day",
                condition=Q(state__in=UNDERTAKING.final, ended_at__isnull=False)
                | ~Q(state__in=UNDERTAKING.final) & Q(ended_at=None),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["unit", "state", "due_on"], name="acts_queue"),
            models.Index(fields=["enterprise", "state"], name="acts_firm"),
        ]


class Step(models.Model):
    """What was done with an undertaking, in order; what the enterprise reported stands here too."""

    undertaking = models.ForeignKey(Undertaking, on_delete=models.PROTECT, related_name="steps")
    action = models.CharField(max_length=30)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
