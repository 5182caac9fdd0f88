"""Merges of subjects, what of theirs has moved, and the pairs that wait for somebody to look at them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from zhulian.server.common.models import StoredFile
from zhulian.server.registry.models.subjects import SubjectKind


class Merge(models.Model):
    """A person's decision that two subjects are one: `gone` lives on in `survivor` until the merge is undone.

    Owned by `registry.merging`. A row is never deleted; undoing fills the last three columns, once.
    """

    subject_kind = models.CharField("主体种类", max_length=10, choices=SubjectKind.choices)
    survivor = models.BigIntegerField("保留主体")
    gone = models.BigIntegerField("并入主体")
    reason = models.CharField("理由", max_length=500)
    actor = models.CharField("承办", max_length=100)
    at = models.BigIntegerField("合并时间")
    """Microseconds since the epoch, as `recorded_at` of the rows that it moved."""
    moved = models.JSONField("移动的行数", default=dict)
    """Table → rows of `gone` that moved."""
    undone_at = models.BigIntegerField("撤销时间", null=True)
    undone_by = models.CharField("撤销人", max_length=100, blank=True)
    undo_reason = models.CharField("撤销理由", max_length=500, blank=True)

    class Meta:
        db_table = "subject_merge"
        verbose_name = "主体合并"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="subject_merge_once"),
            models.CheckConstraint(condition=~Q(gone=F("survivor")), name="subject_merge_two"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["survivor"]), models.Index(fields=["gone", "at"])]

    def __str__(self) -> str:
        return f"{self.gone} → {self.survivor}"


class MemberRow(models.Model):
    """A row as it was told of a member before the merge: what undoing brings back, exactly.

    The row itself stands in its canonical table, superseded, with the ids it had. One entry per member that it names.
    """

    subject = models.BigIntegerField("成员")
    table_name = models.CharField("表", max_length=40)
    row = models.BigIntegerField("行")

    class Meta:
        db_table = "subject_member_row"
        verbose_name = "合并前的行"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["subject", "table_name", "row"], name="subject_member_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.table_name} {self.row}"


class Provisional(models.Model):
    """A subject that no sure key names: whoever looks for duplicates starts here."""

    subject = models.BigIntegerField("主体", primary_key=True)
    kind = models.CharField("种类", max_length=10, choices=SubjectKind.choices)

    class Meta:
        db_table = "subject_provisional"
        verbose_name = "待确认主体"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["kind", "subject"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class MatchMark(models.Model):
    """A new or changed subject whose block is to be compared anew; the matching job takes the row away."""

    subject = models.BigIntegerField("主体", primary_key=True)
    kind = models.CharField("种类", max_length=10, choices=SubjectKind.choices)

    class Meta:
        db_table = "subject_match_mark"
        verbose_name = "待比对"

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Candidate(models.Model):
    """Two subjects that may be one, with what speaks for and against it. `a` is the lower id."""

    class State(models.TextChoices):
        OPEN = "open", "待处理"
        MERGED = "merged", "已合并"
        DIFFERENT = "different", "已判不同"
        SNOOZED = "snoozed", "暂缓"

    class Origin(models.TextChoices):
        SIMILAR = "similar", "疑似重复"
        CONFLICT = "conflict", "编号冲突"

    subject_kind = models.CharField("主体种类", max_length=10, choices=SubjectKind.choices)
    a = models.BigIntegerField("甲")
    b = models.BigIntegerField("乙")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    origin = models.CharField("来由", max_length=10, choices=Origin.choices, default=Origin.SIMILAR)
    score = models.IntegerField("得分", default=0)
    """Points for less points against, not cut off at any height: the queue keeps its order."""
    features = models.JSONField("比对", default=list)
    """Comparison by comparison: name, points, the two values (persons masked)."""
    digest = models.CharField("事实摘要", max_length=64, blank=True)
    """Of the values compared: a pair judged different comes back when it changes."""
    feed = models.CharField("数据来源", max_length=80, blank=True)
    a_division = models.CharField("甲所在区划", max_length=6, blank=True)
    b_division = models.CharField("乙所在区划", max_length=6, blank=True)
    found_at = models.BigIntegerField("发现时间")
    version = models.IntegerField("版本", default=1)
    """Raised with every decision and every change of what is shown: a page that is behind decides nothing."""
    reason = models.CharField("理由", max_length=500, blank=True)
    decided_by = models.CharField("处理人", max_length=100, blank=True)
    decided_at = models.BigIntegerField("处理时间", null=True)
    snoozed_until = models.DateField("暂缓至", null=True)
    merge = models.ForeignKey(Merge, on_delete=models.PROTECT, null=True, related_name="candidates")
    locked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    locked_until = models.DateTimeField("领取至", null=True)

    class Meta:
        db_table = "subject_candidate"
        verbose_name = "身份冲突"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["a", "b"], name="subject_candidate_once"),
            models.CheckConstraint(condition=Q(a__lt=F("b")), name="subject_candidate_order"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "-score", "id"]),
            models.Index(fields=["b"]),
        ]

    def __str__(self) -> str:
        return f"{self.a} ≟ {self.b}"

    @property
    def pair(self) -> tuple[int, int]:
        """Both subjects, the lower id first."""
        return self.a, self.b


class Waiver(models.Model):
    """A credit code that fails its check character on the original certificate, and is taken all the same.

    One person records it with the proof, another confirms it; it can be revoked. In force, intake takes the code.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", "待复核"
        IN_FORCE = "in_force", "生效"
        REFUSED = "refused", "不予豁免"
        REVOKED = "revoked", "已撤销"

    code = models.CharField("统一社会信用代码", max_length=18)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.REQUESTED)
    reason = models.CharField("理由", max_length=500)
    evidence: Any = models.ForeignKey(StoredFile, on_delete=models.PROTECT, verbose_name="证据")
    evidence_name = models.CharField("证据文件名", max_length=255)
    division = models.CharField("登记单位所在区划", max_length=6, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField("登记时间")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("复核时间", null=True)
    decision = models.CharField("复核意见", max_length=500, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField("撤销时间", null=True)
    revoke_reason = models.CharField("撤销理由", max_length=500, blank=True)

    class Meta:
        db_table = "uscc_waiver"
        verbose_name = "信用代码豁免"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(state__in=["requested", "in_force"]), name="uscc_waiver_one"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "code"])]

    def __str__(self) -> str:
        return f"{self.code} {self.state}"
