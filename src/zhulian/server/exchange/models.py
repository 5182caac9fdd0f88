"""Deliveries: what was handed in, what became of it, and the records that wait for a correction."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from zhulian.core.tables import TABLES
from zhulian.server.common.crypto import EncryptedTextField, SecretContextField
from zhulian.server.common.models import StoredFile
from zhulian.server.exchange.formats import FORMAT_LABELS


class Delivery(models.Model):
    """Files handed in together. `received` = `accepted` + `quarantined` + `unchanged`, in records."""

    class State(models.TextChoices):
        WAITING = "waiting", "待处理"
        RUNNING = "running", "处理中"
        DONE = "done", "完成"
        PARTLY = "partly", "部分隔离"
        UNREAD = "unread", "部分未读取"
        FAILED = "failed", "失败"

    number = models.CharField("批次号", max_length=40, unique=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    feed = models.CharField("数据来源", max_length=80)
    format = models.CharField("格式", max_length=40, blank=True)
    """As chosen by whoever handed it in; empty: found out for each file."""
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    actor = models.CharField(max_length=100)
    division = models.CharField("交件单位所在区划", max_length=6, blank=True)
    """Of the unit of whoever handed it in, at that time; empty for the installation itself (command line)."""
    received_at = models.DateTimeField("接收时间")
    finished_at = models.DateTimeField("完成时间", null=True)
    by_feed = models.ForeignKey("Feed", on_delete=models.PROTECT, null=True, related_name="deliveries")
    """The scheduled feed that brought it; null when somebody handed it in."""
    source = models.BigIntegerField("登记簿来源", unique=True)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")
    accepted = models.BigIntegerField("采纳", default=0)
    quarantined = models.BigIntegerField("隔离", default=0)
    unchanged = models.BigIntegerField("无变化", default=0)
    reasons = models.JSONField("隔离原因", default=dict)
    """Code → how many records."""
    progress = models.JSONField(default=dict)
    """Where to go on: file, records of it done, records of a chunk. Committed with the chunk itself."""
    expected = models.BigIntegerField("预计条数", null=True)
    """About how many records, for progress; null when a file does not tell."""
    work = models.CharField(max_length=40, blank=True)
    """Key of the folder of plain copies; empty when they are gone."""

    class Meta:
        verbose_name = "数据批次"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "-id"], name="exchange_delivery_state")]

    def __str__(self) -> str:
        return self.number

    @property
    def received(self) -> int:
        """Records in."""
        return self.accepted + self.quarantined + self.unchanged

    @property
    def origin(self) -> Delivery:
        """The delivery whose place in the order of arrival counts: itself, or the first of those that it corrects."""
        found = self
        while found.corrects is not None:
            found = found.corrects
        return found

    @property
    def open(self) -> bool:
        """Whether it is still being worked on."""
        return self.state in {self.State.WAITING, self.State.RUNNING}


class DeliveryFile(models.Model):
    """One file of a delivery, in the order in which they are read; a member of an archive stands for itself."""

    class State(models.TextChoices):
        WAITING = "waiting", "待处理"
        DONE = "done", "完成"
        REPEATED = "repeated", "与以前的文件相同"
        REFUSED = "refused", "无法读取"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="files")
    order = models.PositiveIntegerField()
    name = models.CharField("文件名", max_length=255)
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True)
    """The encrypted original; null for a file that could not be looked at."""
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField("大小", default=0)
    format = models.CharField("格式", max_length=40, blank=True)
    table = models.CharField("表", max_length=40, blank=True)
    encoding = models.CharField("编码", max_length=20, blank=True)
    sheet = models.CharField("工作表", max_length=120, blank=True)
    """Of a workbook: each sheet is a file of its own here, and the original is the whole workbook."""
    expected = models.BigIntegerField("预计条数", null=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    accepted = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    same_as = models.ForeignKey("self", on_delete=models.PROTECT, null=True)
    message = models.CharField("说明", max_length=1000, blank=True)
    cure = models.CharField("处理办法", max_length=1000, blank=True)

    class Meta:
        verbose_name = "数据文件"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["delivery", "order"], name="exchange_file_order"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def format_label(self) -> str:
        """What the format is called on screen."""
        return FORMAT_LABELS.get(self.format, self.format)

    @property
    def table_label(self) -> str:
        """Chinese name of the canonical table, if the file is one."""
        return TABLES[self.table].label if self.table in TABLES else ""


class Quarantined(models.Model):
    """A record that was not taken: where it stood, what is wrong, what to do. The record itself is encrypted."""

    class State(models.TextChoices):
        OPEN = "open", "待更正"
        CORRECTED = "corrected", "已更正"
        AGAIN = "again", "更正后仍有问题"
        GIVEN_UP = "given_up", "已放弃"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="quarantine")
    file = models.ForeignKey(DeliveryFile, on_delete=models.CASCADE, related_name="quarantine")
    record = models.BigIntegerField()
    line = models.BigIntegerField(default=0)
    part = models.CharField(max_length=60, blank=True)
    position = models.CharField("位置", max_length=400)
    table = models.CharField("表", max_length=40, blank=True)
    field = models.CharField("字段", max_length=100, blank=True)
    code = models.CharField("原因代码", max_length=60)
    message = models.CharField("原因", max_length=1000)
    cure = models.CharField("处理办法", max_length=1000)
    also = models.JSONField("其他问题", default=list)
    """Further problems of the same record: code, message, cure, field."""
    secret_id = SecretContextField()
    raw = EncryptedTextField("原始记录")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    """`again`: a correction came and was refused as well; it waits in the delivery that brought it."""
    corrected_by = models.ForeignKey(Delivery, on_delete=models.PROTECT, null=True, related_name="corrected")
    given_up_reason = models.CharField("放弃理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "隔离记录"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["delivery", "state", "code"], name="exchange_quarantine_list"),
        ]

    def __str__(self) -> str:
        return self.position


class Feed(models.Model):
    """A folder that is looked into on a schedule; what settles there becomes deliveries of the owner's division."""

    name = models.CharField("名称", max_length=80, unique=True)
    source = models.CharField("数据来源", max_length=60)
    """What the deliveries are called as a source: rows of one source never contradict those of another by order."""
    folder = models.CharField("文件夹", max_length=400, unique=True)
    """Absolute, below one of the allowed roots (`settings.FEED_ROOTS`); looked at again before every use."""
    pattern = models.CharField("文件名", max_length=100, default="*")
    format = models.CharField("格式", max_length=40, blank=True)
    owner = models.ForeignKey("accounts.OrganisationUnit", on_delete=models.PROTECT, verbose_name="责任单位")
    every = models.PositiveIntegerField("每隔（分钟）", null=True)
    daily_at = models.TimeField("每天", null=True)
    expected_hours = models.PositiveIntegerField("最多隔多久（小时）", null=True)
    """A new file is late when none came for this long; null: nothing is expected."""
    paused = models.BooleanField("已暂停", default=False)
    problem = models.CharField("上次查看的问题", max_length=500, blank=True)
    created_at = models.DateTimeField("建立时间")
    looked_at = models.DateTimeField("上次查看", null=True)
    next_at = models.DateTimeField("下次查看")

    class Meta:
        verbose_name = "定时接入"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="exchange_feed_rhythm",
                condition=models.Q(every__isnull=True) ^ models.Q(daily_at__isnull=True),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_at"], name="exchange_feed_due", condition=models.Q(paused=False)),
        ]

    def __str__(self) -> str:
        return self.name


class FeedFile(models.Model):
    """A file that stood in a feed's folder. Its fate is committed here first; only then is the file moved away."""

    class State(models.TextChoices):
        SEEN = "seen", "等待传完"
        TAKEN = "taken", "已归集"
        REPEATED = "repeated", "与以前的文件相同"
        FAILED = "failed", "无法读取"

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="files")
    name = models.CharField("文件名", max_length=255)
    size = models.BigIntegerField("大小")
    modified = models.BigIntegerField()
    """Nanoseconds, of the file system: with the size, what must stay the same before a file is taken."""
    seen_at = models.DateTimeField(help_text="machine clock")
    arrived_at = models.DateTimeField("到达时间")
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.SEEN)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, null=True, related_name="feed_files")
    message = models.CharField("说明", max_length=1000, blank=True)
    cure = models.CharField("处理办法", max_length=1000, blank=True)
    placed = models.BooleanField(default=False)
    """Whether the file has been moved to done/ or failed/; false after a crash in between, and then it is done."""

    class Meta:
        verbose_name = "接入文件"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["feed", "name"], name="exchange_feed_file_seen", condition=models.Q(state="seen")
            ),
            models.UniqueConstraint(
                fields=["feed", "sha256"], name="exchange_feed_file_once", condition=models.Q(state="taken")
            ),
        ]

    def __str__(self) -> str:
        return self.name
