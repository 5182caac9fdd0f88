"""Verdicts as they were recorded.

Verdict history has two times like every fact: `as_of` is the day that was judged, `recorded_at` and
`superseded_at` (microseconds since the epoch) say when the verdict was the one we gave. A late fact makes a new
row; it never rewrites what was known.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from zhulian.core.kernel.dates import STILL_KNOWN
from zhulian.core.kernel.verdicts import LABELS, Verdict


class Run(models.Model):
    """One pass of the engine over some or all holders: what the data cut-off on screen is taken from."""

    as_of = models.DateField("核查日")
    purpose = models.CharField("用途", max_length=20)
    everyone = models.BooleanField("全部企业")
    started_at = models.BigIntegerField("开始")
    finished_at = models.BigIntegerField("完成", null=True)
    pairs = models.IntegerField("资质项数", default=0)
    changed = models.IntegerField("变化项数", default=0)

    class Meta:
        db_table = "assessment_run"
        indexes: ClassVar = [models.Index(fields=["everyone", "-finished_at"], name="assessment_run_last")]

    def __str__(self) -> str:
        return f"{self.as_of} {self.purpose}"


class Assessment(models.Model):
    """The verdict on one qualification of one enterprise. No row is ever changed but to close it.

    Except `next_critical_on`, which says when to look again and is no part of the verdict.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="assessments")
    enterprise = models.BigIntegerField("企业")
    code = models.CharField("资质代码", max_length=20)
    purpose = models.CharField("用途", max_length=20)
    as_of = models.DateField("核查日")
    verdict = models.CharField("结论", max_length=10, choices=[(v.value, LABELS[v]) for v in Verdict])
    reason = models.JSONField("理由")
    shortfall = models.CharField("缺口", max_length=500, blank=True)
    """The sentence of lists: what is missing when short, which data when unknown; empty when met."""
    digest = models.CharField("摘要", max_length=64)
    """SHA-256 of verdict, reason and rule: an unchanged digest writes no row."""
    flagged = models.BooleanField("日常标识")
    """Short, or was short when last known: missing data do not lift a flag."""
    rule_version = models.CharField("标准版本", max_length=40, blank=True)
    rule_hash = models.CharField("规则摘要", max_length=64, blank=True)
    next_critical_on = models.DateField("下次复核日", null=True)
    recorded_at = models.BigIntegerField("记录于")
    superseded_at = models.BigIntegerField("被取代于", default=STILL_KNOWN)

    class Meta:
        db_table = "assessment"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "code", "purpose"],
                condition=models.Q(superseded_at=STILL_KNOWN),
                name="assessment_one_current",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "code", "purpose", "recorded_at"], name="assessment_history"),
            models.Index(
                fields=["purpose", "verdict", "code"],
                condition=models.Q(superseded_at=STILL_KNOWN),
                name="assessment_current",
            ),
            models.Index(
                fields=["next_critical_on"],
                condition=models.Q(superseded_at=STILL_KNOWN),
                name="assessment_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.verdict} {self.as_of}"


class Mark(models.Model):
    """Something changed since the verdicts were made; whoever assesses takes away the marks that it had read.

    A mark is never changed, so one that comes while its enterprise is assessed outlives that step.
    """

    enterprise = models.BigIntegerField("企业", db_index=True)
    """0: everybody (`everybody`)."""
    code = models.CharField("资质代码", max_length=20, blank=True)
    """Empty: all its codes."""
    tables = models.JSONField("变动的表", default=list)
    """Canonical tables that changed; none: any."""
    marked_at = models.BigIntegerField("标记于")

    EVERYBODY: ClassVar = 0

    class Meta:
        db_table = "assessment_mark"

    def __str__(self) -> str:
        return f"{self.enterprise} {self.code}"


class Watch(models.Model):
    """The one row that whoever writes verdicts locks first, so that what is written last was read last."""

    looked_on = models.DateField("已核对持有情况的日期", null=True)
    """The last day on which we looked for qualifications that begin or end by date."""

    class Meta:
        db_table = "assessment_watch"

    def __str__(self) -> str:
        return str(self.looked_on)


class LawSeen(models.Model):
    """The law on a code when its holders were last made to look at it (`affected.law_of`)."""

    code = models.CharField("资质代码", max_length=20, primary_key=True)
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        db_table = "assessment_law_seen"

    def __str__(self) -> str:
        return self.code


class ContractFinding(models.Model):
    """Where a contract stood when it was last judged, as of that day: what long lists are filtered, sorted and counted by."""

    contract = models.OneToOneField(
        "registry.Contract", models.CASCADE, primary_key=True, db_constraint=False, related_name="finding"
    )
    enterprise = models.BigIntegerField("企业", db_index=True)
    standing = models.CharField("结论", max_length=20)
    rank = models.SmallIntegerField("次序")
    """Most urgent first."""
    category = models.CharField("资质类别", max_length=20, blank=True)
    name = models.CharField("企业名称", max_length=200)
    rules = models.CharField("规则摘要", max_length=16)
    """Of all limits and the mapping: others make the finding old."""

    class Meta:
        db_table = "contract_finding"

    def __str__(self) -> str:
        return f"{self.contract_id} {self.standing}"


class ContractMark(models.Model):
    """An enterprise whose contracts are to be judged anew; the job takes the row away."""

    enterprise = models.BigIntegerField("企业", primary_key=True)

    class Meta:
        db_table = "contract_mark"

    def __str__(self) -> str:
        return str(self.enterprise)
