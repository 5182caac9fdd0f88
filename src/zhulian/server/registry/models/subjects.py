"""Subjects, the identities by which sources call them, and where rows came from."""

from __future__ import annotations

from django.db import models


class SubjectKind(models.TextChoices):
    ENTERPRISE = "enterprise", "企业"
    PERSON = "person", "人员"
    PROJECT = "project", "项目"


class Subject(models.Model):
    """Somebody or something that rows are about: an opaque id. What is known of it are rows with dates."""

    kind = models.CharField("种类", max_length=10, choices=SubjectKind.choices)
    created_at = models.BigIntegerField("首次出现")  # microseconds, as recorded_at

    class Meta:
        db_table = "subject"
        verbose_name = "主体"
        indexes = (models.Index(fields=["kind", "id"]),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class Identity(models.Model):
    """One name by which a source calls a subject. Confirmed if the kind alone identifies; else provisional.

    `value` of a person's ID number is its blind index, never the number. An identity that proves wrong is made
    inactive, not deleted, so that a past answer can be explained.
    """

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="identities")
    subject_kind = models.CharField("主体种类", max_length=10, choices=SubjectKind.choices)
    kind = models.CharField("标识类型", max_length=40)
    value = models.CharField("标识", max_length=300)
    confirmed = models.BooleanField("已确认", default=False)
    active = models.BooleanField("启用", default=True)
    source_id = models.BigIntegerField("来源", null=True)
    member = models.BigIntegerField("合并前的主体", null=True)
    """Whose it was before a merge gave it to `subject`; null when it was always its own."""

    class Meta:
        db_table = "identity"
        verbose_name = "标识"
        constraints = (
            models.UniqueConstraint(
                fields=["subject_kind", "kind", "value"],
                condition=models.Q(active=True),
                name="identity_one_active",
            ),
        )
        indexes = (models.Index(fields=["member"], condition=models.Q(member__isnull=False), name="identity_member"),)

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class Source(models.Model):
    """Where a row came from, and when it was fresh: one per delivery."""

    feed = models.CharField("数据来源", max_length=80)
    reference = models.CharField("批次", max_length=60, blank=True)
    received_at = models.BigIntegerField("接收时间")
    """Microseconds since the epoch on the business clock."""

    class Meta:
        db_table = "source"
        verbose_name = "数据来源"

    def __str__(self) -> str:
        return f"{self.feed} {self.reference}".strip()


class Authority(models.Model):
    """Who grants, as sources write it, and the division whose authority that is; empty when the text does not tell.

    There are some hundred texts for a million certificates, so what one means is found out once, when it first comes.
    """

    text = models.CharField("发证机关", max_length=200, primary_key=True)
    division = models.CharField("行政区划", max_length=6, blank=True, db_index=True)

    class Meta:
        db_table = "authority"
        verbose_name = "发证机关"

    def __str__(self) -> str:
        return self.text
