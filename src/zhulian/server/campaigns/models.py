"""资质核查、核查批次、限期整改: lives of `core.lifecycle` as rows (loop.md "Dynamic verification in batches").

What two persons must have done stands on the rows as constraints, so that no path around the services skips one.
"""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from zhulian.core.lifecycle import CAMPAIGN, OUTCOMES, RECTIFICATION, VERIFICATION

_USER: Final = settings.AUTH_USER_MODEL


class Campaign(models.Model):
    """核查批次: many enterprises by one plan. One officer plans and selects, another approves what is then announced.

    `frame` holds the candidates as they were when selected, in the file store: its SHA-256 is the frame's hash.
    """

    class Method(models.TextChoices):
        ALL = "all", "范围内全部"
        FLAGGED = "flagged", "有日常标识的"
        LISTED = "listed", "按名单"
        RANDOM = "random", "随机抽取"

    title = models.CharField("名称", max_length=100)
    basis = models.CharField("依据", max_length=300)
    document_no = models.CharField("文号", max_length=80, blank=True)
    division = models.CharField("范围", max_length=6)
    codes = models.JSONField("资质代码", default=list, help_text="beginnings of codes; empty: all")
    starts_on = models.DateField("开始")
    ends_on = models.DateField("结束")
    unit = models.ForeignKey("accounts.OrganisationUnit", on_delete=models.PROTECT, related_name="+")
    window = models.CharField("自查期限", max_length=20, help_text="a clock, set by the office")
    method = models.CharField("确定对象的方法", max_length=10, choices=Method)
    quantity = models.PositiveIntegerField("抽取企业数", null=True, help_text="enterprises drawn; of random only")
    seed = models.CharField("种子", max_length=100, blank=True, help_text="stated with the plan, before the frame")
    state = models.CharField(max_length=12, choices=list(CAMPAIGN.states.items()), default=CAMPAIGN.first)
    revision = models.PositiveIntegerField(default=0, help_text="a form of an older revision is refused")
    planner = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    selector = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    selected_at = models.DateTimeField(null=True)
    as_of = models.DateField("名录日", null=True, help_text="the day that the frame shows")
    frame = models.ForeignKey("common.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    frame_size = models.PositiveIntegerField("名录企业数", default=0)
    approver = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    announced_at = models.DateTimeField(null=True)
    self_check_until = models.DateField("自查截止", null=True)
    told = models.UUIDField(null=True, help_text="the event that tells the announcement, cause of the verifications")
    ended_at = models.DateTimeField(null=True, help_text="closed or dropped")
    reason = models.CharField("取消、退回的理由", max_length=500, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="campaigns_period_runs_forward", condition=Q(starts_on__lte=F("ends_on"))),
            models.CheckConstraint(
                name="campaigns_draw_has_number_and_seed",
                condition=Q(method="random", quantity__gt=0) & ~Q(seed="")
                | ~Q(method="random") & Q(quantity=None, seed=""),
            ),
            models.CheckConstraint(
                name="campaigns_selected_from_a_frame",
                condition=Q(state__in=["planned", "dropped"])
                | Q(selector__isnull=False, selected_at__isnull=False, as_of__isnull=False, frame__isnull=False),
            ),
            models.CheckConstraint(
                name="campaigns_approved_by_another_officer",
                condition=Q(state__in=["planned", "selected", "dropped"])
                | Q(approver__isnull=False, approved_at__isnull=False)
                & ~Q(approver=F("planner"))
                & ~Q(approver=F("selector")),
            ),
            models.CheckConstraint(
                name="campaigns_announced_with_its_window",
                condition=~Q(state__in=["announced", "closed"])
                | Q(announced_at__isnull=False, self_check_until__isnull=False, told__isnull=False),
            ),
            models.CheckConstraint(
                name="campaigns_end_is_dated",
                condition=Q(ended_at=None) & ~Q(state__in=["closed", "dropped"])
                | Q(ended_at__isnull=False, state="closed")
                | Q(ended_at__isnull=False, state="dropped") & ~Q(reason=""),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["division", "state"], name="campaigns_campaign_place"),
            models.Index(fields=["unit", "state"], name="campaigns_campaign_queue"),
        ]


class Verification(models.Model):
    """资质核查 of one qualification of one enterprise, by a decision of its own or as part of a campaign."""

    proposal = models.ForeignKey("decisions.Proposal", on_delete=models.PROTECT, null=True, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, related_name="verifications")
    order = models.ForeignKey(
        "decisions.Proposal", on_delete=models.PROTECT, null=True, related_name="+", help_text="责令限期改正 it led to"
    )
    event = models.UUIDField("起因")
    enterprise = models.BigIntegerField("企业")
    code = models.CharField("资质代码", max_length=10, blank=True)
    division = models.CharField("行政区划", max_length=6)
    unit = models.ForeignKey("accounts.OrganisationUnit", on_delete=models.PROTECT)
    basis = models.CharField("依据", max_length=300)
    document_no = models.CharField("通知书文号", max_length=80, blank=True)
    as_of = models.DateField("核查日")
    state = models.CharField(max_length=12, choices=list(VERIFICATION.states.items()), default=VERIFICATION.first)
    revision = models.PositiveIntegerField(default=0, help_text="a form of an older revision is refused")
    listed_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True)
    window = models.CharField("自查期限", max_length=20, help_text="a clock, set by the office")
    self_check_until = models.DateField("自查截止", null=True)
    self_checked_at = models.DateTimeField(null=True)
    self_checked_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    self_text = models.TextField("自查情况", blank=True)
    self_snapshot = models.JSONField(null=True, help_text="the 体检 as it was when the self-check was filed")
    reviewer = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    finding = models.TextField("初审意见", blank=True)
    snapshot = models.JSONField(null=True, help_text="the verdict as it was at the first review")
    outcome = models.CharField("结论", max_length=10, blank=True, choices=[(o, o) for o in OUTCOMES])
    reasons = models.TextField("理由", blank=True)
    concluder = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    concluded_at = models.DateTimeField(null=True)
    told = models.UUIDField(null=True, help_text="the event that tells the conclusion")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["enterprise", "code"], condition=~Q(state="concluded"), name="campaigns_verified_once_at_a_time"
            ),
            models.UniqueConstraint(fields=["event", "enterprise", "code"], name="campaigns_once_for_a_decision"),
            models.CheckConstraint(
                name="campaigns_verified_by_decision_or_campaign",
                condition=Q(proposal=None, campaign__isnull=False) | Q(proposal__isnull=False, campaign=None),
            ),
            models.CheckConstraint(
                name="campaigns_told_before_it_is_asked",
                condition=Q(state="listed") | Q(announced_at__isnull=False, self_check_until__isnull=False),
            ),
            models.CheckConstraint(
                name="campaigns_self_check_keeps_its_verdict",
                condition=(~Q(state="self_checked") | Q(self_checked_at__isnull=False))
                & (
                    Q(self_checked_at=None)
                    | Q(self_checked_by__isnull=False, self_snapshot__isnull=False) & ~Q(self_text="")
                ),
            ),
            models.CheckConstraint(
                name="campaigns_reviewed_by_somebody",
                condition=~Q(state__in=["reviewed", "concluded"])
                | Q(reviewer__isnull=False, reviewed_at__isnull=False) & ~Q(finding=""),
            ),
            models.CheckConstraint(
                name="campaigns_concluded_by_another",
                condition=~Q(state="concluded")
                | Q(concluder__isnull=False, concluded_at__isnull=False, told__isnull=False)
                & ~Q(concluder=F("reviewer"))
                & ~Q(reasons="")
                & Q(outcome__in=OUTCOMES),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["unit", "state", "self_check_until"], name="campaigns_verification_queue"),
            models.Index(fields=["division", "state"], name="campaigns_verification_place"),
        ]


class CampaignMember(models.Model):
    """A qualification of an enterprise in a campaign, or why it was left out; its outcome is its verification's.

    `open`: from selection until its conclusion, so that no other campaign takes it meanwhile.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="members")
    enterprise = models.BigIntegerField("企业")
    code = models.CharField("资质代码", max_length=10)
    key = models.CharField("统一社会信用代码", max_length=20, help_text="or our number where it has none")
    name = models.CharField("企业名称", max_length=200)
    division = models.CharField("注册地", max_length=6)
    how = models.CharField("如何确定", max_length=40)
    open = models.BooleanField(default=True)
    skipped = models.CharField("未列入的原因", max_length=200, blank=True)
    verification = models.OneToOneField(Verification, on_delete=models.PROTECT, null=True, related_name="member")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["campaign", "enterprise", "code"], name="campaigns_member_once"),
            models.UniqueConstraint(
                fields=["enterprise", "code"], condition=Q(open=True), name="campaigns_in_one_open_campaign"
            ),
            models.CheckConstraint(name="campaigns_left_out_is_not_open", condition=Q(open=False) | Q(skipped="")),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["campaign", "division"], name="campaigns_member_place"),
        ]


class Rectification(models.Model):
    """限期整改: opened by an order that took effect, closed by two officers when the facts are restored."""

    restriction = models.OneToOneField("decisions.Restriction", on_delete=models.PROTECT, related_name="+")
    event = models.UUIDField("起因")
    enterprise = models.BigIntegerField("企业")
    code = models.CharField("资质代码", max_length=10, blank=True)
    division = models.CharField("行政区划", max_length=6)
    unit = models.ForeignKey("accounts.OrganisationUnit", on_delete=models.PROTECT)
    due_on = models.DateField("整改期限", null=True)
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=list(RECTIFICATION.states.items()), default=RECTIFICATION.first)
    revision = models.PositiveIntegerField(default=0, help_text="a form of an older revision is refused")
    text = models.TextField("整改情况", blank=True)
    filed_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    filed_at = models.DateTimeField(null=True)
    confirmer = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    finding = models.TextField("复核意见", blank=True)
    snapshot = models.JSONField(null=True, help_text="the verdict that the confirmation stands on")
    closer = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    overdue_at = models.DateTimeField(null=True, help_text="when its lapse was told")
    recovered_at = models.DateTimeField(null=True, help_text="the recorded verdict is met again since then")
    ended_at = models.DateTimeField(null=True, help_text="closed or ended")
    reason = models.CharField("终止的理由", max_length=500, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="campaigns_filed_by_somebody",
                condition=~Q(state__in=["filed", "confirmed", "closed"])
                | Q(filed_by__isnull=False, filed_at__isnull=False) & ~Q(text=""),
            ),
            models.CheckConstraint(
                name="campaigns_confirmed_by_another",
                condition=~Q(state__in=["confirmed", "closed"])
                | Q(confirmer__isnull=False, confirmed_at__isnull=False, snapshot__isnull=False)
                & ~Q(confirmer=F("filed_by")),
            ),
            models.CheckConstraint(
                name="campaigns_closed_by_a_third",
                condition=~Q(state="closed")
                | Q(closer__isnull=False) & ~Q(closer=F("filed_by")) & ~Q(closer=F("confirmer")),
            ),
            models.CheckConstraint(
                name="campaigns_rectification_end_is_dated",
                condition=Q(ended_at=None) & ~Q(state__in=["closed", "ended"])
                | Q(ended_at__isnull=False, state="closed")
                | Q(ended_at__isnull=False, state="ended") & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="campaigns_overdue_was_told", condition=~Q(state="overdue") | Q(overdue_at__isnull=False)
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "due_on"], name="campaigns_lapsing"),
            models.Index(fields=["enterprise", "code", "state"], name="campaigns_rectifying"),
            models.Index(fields=["unit", "state", "due_on"], name="campaigns_rectification_queue"),
        ]


_OF_ONE_MATTER: Final = Q(verification__isnull=False, rectification=None) | Q(
    verification=None, rectification__isnull=False
)
_OF_ONE_LIFE: Final = (
    Q(verification__isnull=False, rectification=None, campaign=None)
    | Q(verification=None, rectification__isnull=False, campaign=None)
    | Q(verification=None, rectification=None, campaign__isnull=False)
)


class Step(models.Model):
    """What was done with a matter, in order."""

    verification = models.ForeignKey(Verification, on_delete=models.PROTECT, null=True, related_name="steps")
    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, null=True, related_name="steps")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, related_name="steps")
    action = models.CharField(max_length=30)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="campaigns_step_of_one_life", condition=_OF_ONE_LIFE),
        ]


class Evidence(models.Model):
    """A file that the enterprise gave, kept sealed in the file store. None is ever taken away."""

    verification = models.ForeignKey(Verification, on_delete=models.PROTECT, null=True, related_name="evidence")
    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, null=True, related_name="evidence")
    stored = models.ForeignKey("common.StoredFile", on_delete=models.PROTECT, related_name="+")
    name = models.CharField("文件名", max_length=200)
    given_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="campaigns_evidence_of_one_matter", condition=_OF_ONE_MATTER),
        ]
