"""Proposals, the documents made of them, their service, defence, and the restrictions that follow (loop.md).

What must be true of an effective restriction stands on its row as constraints, so that no path around the services
makes one: decision, service, clause, facts, defence window (or the citation that allows effect before it) and end.
"""

# ruff: noqa: DJ008 - rows are shown by templates, never as text of the object

from __future__ import annotations

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from zhulian.core.lifecycle import PROPOSAL, RESTRICTION
from zhulian.core.linkage import ACTS, End, Refusal
from zhulian.core.linkage.acts import END_LABELS, Act

_USER: Final = settings.AUTH_USER_MODEL


class Letterhead(models.Model):
    """机关代字 of a unit, before the year of its document numbers; without one the unit's name stands there."""

    unit = models.OneToOneField("accounts.OrganisationUnit", on_delete=models.PROTECT)
    word = models.CharField("机关代字", max_length=20, unique=True)


class Proposal(models.Model):
    """A decision that somebody with power may sign (拟办事项). One per event, rule, subject and effect."""

    event = models.UUIDField("事件")
    event_type = models.CharField(max_length=100)
    told = models.JSONField("事件内容", default=dict)
    rule = models.CharField(max_length=100)
    rule_title = models.CharField(max_length=300)
    version = models.CharField(max_length=40)
    effect = models.CharField(max_length=60)
    subject = models.CharField(max_length=100)
    enterprise = models.BigIntegerField("企业")
    code = models.CharField("资质代码", max_length=10, blank=True)
    project = models.BigIntegerField("项目", null=True)
    person = models.BigIntegerField("人员", null=True)
    act = models.CharField("事项", max_length=30)
    label = models.CharField(max_length=200)
    clause = models.CharField("依据", max_length=300)
    evidence = models.CharField(max_length=20, help_text="how sure we are of the clause's reading")
    reason = models.JSONField("理由", default=dict)
    unit = models.ForeignKey("accounts.OrganisationUnit", on_delete=models.PROTECT)
    division = models.CharField("行政区划", max_length=6)

    refuses = models.JSONField(default=list)
    ends = models.CharField(max_length=12, blank=True)
    ends_on = models.CharField(max_length=100, blank=True)
    term = models.CharField(max_length=20, blank=True, help_text="a clock as rulebooks write it")
    suspension = models.JSONField(null=True, help_text="least, most (days), revoked, reason; null: not such an act")
    defence = models.CharField(max_length=20, blank=True, help_text="the clock of the defence window")
    defence_by_office = models.BooleanField(default=False)
    immediate = models.CharField("先行生效的依据", max_length=300, blank=True)

    state = models.CharField(max_length=20, choices=list(PROPOSAL.states.items()), default=PROPOSAL.first)
    revision = models.PositiveIntegerField(default=0, help_text="a form of an older revision is refused")
    proposed_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    due_notes = models.JSONField(default=list)
    handler = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    reviewer = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    law_reviewer = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    signer = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    facts = models.TextField("事实", blank=True)
    grounds = models.TextField("理由", blank=True)
    term_days = models.PositiveIntegerField("期限（日）", null=True)
    copies = models.CharField("抄送", max_length=300, blank=True)
    notice = models.ForeignKey("Document", on_delete=models.PROTECT, null=True, related_name="+")
    defence_until = models.DateField("陈述申辩截止", null=True)
    restored_at = models.DateTimeField(null=True, help_text="the facts were restored before anybody signed")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["event", "rule", "subject", "effect"], name="decisions_proposal_once"),
            models.CheckConstraint(
                name="decisions_nobody_signs_what_he_handled",
                condition=Q(signer=None)
                | Q(handler__isnull=False, reviewer__isnull=False)
                & ~Q(signer=F("handler"))
                & ~Q(signer=F("reviewer"))
                & (Q(law_reviewer=None) | ~Q(signer=F("law_reviewer"))),
            ),
            models.CheckConstraint(
                name="decisions_nobody_reviews_what_he_handled",
                condition=(Q(reviewer=None) | Q(handler__isnull=False) & ~Q(reviewer=F("handler")))
                & (
                    Q(law_reviewer=None)
                    | Q(reviewer__isnull=False) & ~Q(law_reviewer=F("handler")) & ~Q(law_reviewer=F("reviewer"))
                ),
            ),
            models.CheckConstraint(
                name="decisions_signed_has_signer", condition=~Q(state="signed") | Q(signer__isnull=False)
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["unit", "state", "due_on"], name="decisions_proposal_queue"),
            models.Index(fields=["enterprise", "state"], name="decisions_proposal_firm"),
        ]

    @property
    def kind(self) -> Act:
        """The act in core's table."""
        return ACTS[self.act]

    @property
    def closed(self) -> bool:
        """Signed or dropped: no step follows."""
        return self.state in PROPOSAL.final

    @property
    def needs_notice(self) -> bool:
        """Whether notice and defence come before the decision."""
        return self.kind.defence and not self.immediate


class Step(models.Model):
    """What was done with a proposal, in order: its history, and who may no longer review or sign it."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="steps")
    action = models.CharField(max_length=30)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]


class Document(models.Model):
    """A numbered document as issued: its text is kept, whatever becomes of the proposal."""

    class Kind(models.TextChoices):
        NOTICE = "notice", "事先告知书"
        DECISION = "decision", "决定文书"
        LIFTING = "lifting", "解除通知书"
        ANNULMENT = "annulment", "撤销决定书"

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10, choices=Kind)
    enterprise = models.BigIntegerField()
    series = models.CharField(max_length=100)
    number = models.BigIntegerField()
    document_no = models.CharField("发文字号", max_length=80, unique=True)
    title = models.CharField("标题", max_length=300)
    addressee = models.CharField("主送", max_length=300)
    copies = models.CharField("抄送", max_length=300, blank=True)
    body = models.JSONField(help_text="sections: heading and paragraphs")
    unit = models.ForeignKey("accounts.OrganisationUnit", on_delete=models.PROTECT)
    signer = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    signed_on = models.DateField("成文日期")
    opened_at = models.DateTimeField(null=True, help_text="the enterprise opened it: a read receipt, no service")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["series", "number"], name="decisions_document_number"),
            models.UniqueConstraint(fields=["proposal"], name="decisions_one_decision", condition=Q(kind="decision")),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["enterprise", "signed_on"], name="decisions_document_firm"),
        ]


class Service(models.Model):
    """送达回证: one way in which a document reaches its addressee. Only `done` starts deadlines."""

    class Method(models.TextChoices):
        DIRECT = "direct", "直接送达"
        LEFT = "left", "留置送达"
        ELECTRONIC = "electronic", "电子送达"
        POST = "post", "邮寄送达"
        PUBLIC = "public", "公告送达"

    class State(models.TextChoices):
        SENT = "sent", "已发出，未送达"
        DONE = "done", "已送达"

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="services")
    method = models.CharField("送达方式", max_length=12, choices=Method)
    state = models.CharField(max_length=6, choices=State, default=State.SENT)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    recipient = models.CharField("受送达人或收件人", max_length=100, blank=True)
    place = models.CharField("送达地点", max_length=200, blank=True)
    proof = models.CharField("见证人、邮件号、公告载体", max_length=300, blank=True)
    published_on = models.DateField("公告日期", null=True)
    deemed_on = models.DateField("视为送达日期", null=True)
    confirmed_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    signature = models.CharField("送达确认", max_length=300, blank=True)
    served_on = models.DateField("送达日期", null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["document"], name="decisions_served_once", condition=Q(state="done")),
            models.CheckConstraint(
                name="decisions_service_proven",
                condition=~Q(state="done")
                | Q(served_on__isnull=False)
                & (
                    Q(method="direct") & ~Q(recipient="")
                    | Q(method__in=["left", "post"]) & ~Q(proof="")
                    | Q(method="electronic", confirmed_by__isnull=False) & ~Q(signature="")
                    | Q(method="public", published_on__isnull=False, deemed_on__isnull=False)
                    & ~Q(proof="")
                    & Q(served_on__gte=F("deemed_on"))
                ),
            ),
        ]


class Defence(models.Model):
    """What the enterprise answers to a notice: 陈述申辩, a hearing, more time; decided by another than the handler."""

    class Kind(models.TextChoices):
        STATEMENT = "statement", "陈述申辩"
        HEARING = "hearing", "申请听证"
        EXTENSION = "extension", "申请延期"
        WAIVER = "waiver", "放弃陈述申辩"

    class State(models.TextChoices):
        FILED = "filed", "待处理"
        ACCEPTED = "accepted", "采纳"
        REJECTED = "rejected", "不予采纳"

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="defences")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField(blank=True)
    filed_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.FILED)
    until = models.DateField("延至、听证日期", null=True)
    decided_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField("处理意见", blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="decisions_defence_answered",
                condition=Q(state="filed") | Q(kind="waiver") | Q(decided_by__isnull=False) & ~Q(decision=""),
            ),
        ]


class Restriction(models.Model):
    """What a subject may not do, until when. Only `effective` refuses."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="restriction")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, related_name="+")
    enterprise = models.BigIntegerField()
    code = models.CharField(max_length=10, blank=True)
    project = models.BigIntegerField(null=True)
    act = models.CharField(max_length=30)
    label = models.CharField(max_length=200)
    refuses_bid = models.BooleanField(Refusal.BID.label, default=False)
    refuses_contract = models.BooleanField(Refusal.CONTRACT.label, default=False)
    refuses_permit = models.BooleanField(Refusal.PERMIT.label, default=False)
    refuses_declare = models.BooleanField(Refusal.DECLARE.label, default=False)
    facts = models.TextField("事实")
    clause = models.CharField("依据", max_length=300)
    evidence = models.CharField(max_length=20)
    document_no = models.CharField(max_length=80)
    authority = models.CharField("作出机关", max_length=100)
    state = models.CharField(max_length=12, choices=list(RESTRICTION.states.items()), default=RESTRICTION.first)
    decided_on = models.DateField()
    served_on = models.DateField(null=True, help_text="copied from the service")
    defence_until = models.DateField(null=True, help_text="last day of the window that came before the decision")
    immediate = models.CharField(max_length=300, blank=True, help_text="the clause that allows effect before defence")
    effective_from = models.DateField(null=True)
    ends = models.CharField(max_length=12, choices=[(e.value, label) for e, label in END_LABELS.items()])
    ends_on = models.CharField(max_length=100, blank=True, help_text="event type that ends it")
    term = models.CharField(max_length=20, blank=True)
    until = models.DateField("期限届满", null=True, help_text="last day of the term")
    ended_on = models.DateField(null=True, help_text="first day on which it no longer refuses")
    ended_at = models.DateTimeField(null=True)
    end_cause = models.CharField("解除原因", max_length=300, blank=True)
    end_event = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="decisions_restriction_says",
                condition=~Q(clause="") & ~Q(facts="") & ~Q(document_no="") & ~Q(authority=""),
            ),
            models.CheckConstraint(
                name="decisions_restriction_refuses",
                condition=Q(refuses_bid=True)
                | Q(refuses_contract=True)
                | Q(refuses_permit=True)
                | Q(refuses_declare=True),
            ),
            models.CheckConstraint(
                name="decisions_restriction_ends",
                condition=Q(ends="facts") & ~Q(ends_on="")
                | Q(ends="term") & ~Q(term="")
                | Q(ends__in=[End.APPLICATION.value, End.AUTHORITY.value]),
            ),
            models.CheckConstraint(
                name="decisions_served_has_service",
                condition=Q(state__in=["decided", "ended", "annulled"])
                | Q(service__isnull=False, served_on__isnull=False),
            ),
            models.CheckConstraint(
                name="decisions_effective_has_start", condition=~Q(state="effective") | Q(effective_from__isnull=False)
            ),
            models.CheckConstraint(
                name="decisions_effect_is_due_process",
                condition=Q(effective_from=None)
                | Q(service__isnull=False, served_on__isnull=False, effective_from__gte=F("served_on"))
                & (Q(defence_until__isnull=False, decided_on__gt=F("defence_until")) | ~Q(immediate=""))
                & (~Q(ends="term") | Q(until__isnull=False)),
            ),
            models.CheckConstraint(
                name="decisions_ended_is_caused",
                condition=Q(state__in=["decided", "served", "effective"], ended_on=None, ended_at=None)
                | Q(state__in=["ended", "annulled"], ended_on__isnull=False, ended_at__isnull=False) & ~Q(end_cause=""),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["enterprise", "effective_from"],
                name="decisions_eligibility",
                condition=Q(effective_from__isnull=False),
            ),
            models.Index(fields=["until"], name="decisions_term", condition=Q(state="effective", ends="term")),
            models.Index(fields=["state", "ends_on", "enterprise"], name="decisions_ends_on"),
        ]

    @property
    def refuses(self) -> tuple[Refusal, ...]:
        """What it refuses while effective."""
        return tuple(r for r in Refusal if getattr(self, f"refuses_{r.value}"))


class Contradiction(models.Model):
    """A source says otherwise than a decision made here: the decision stands in the register, and this is shown."""

    # No constraint of the database: checking it would wait for whoever changes the restriction while the registry's
    # writers wait for us.
    restriction = models.ForeignKey(
        Restriction, on_delete=models.PROTECT, related_name="contradictions", db_constraint=False
    )
    feed = models.CharField("数据来源", max_length=80)
    said = models.CharField("报送内容", max_length=200)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["restriction", "feed"], name="decisions_contradiction_once"),
        ]


class Lifting(models.Model):
    """An end that people decide: applied for or proposed, checked by one officer, decided by another.

    An annulment (撤销) says that the decision should not have been made; only officers propose one.
    """

    class Kind(models.TextChoices):
        LIFT = "lift", "解除"
        ANNUL = "annul", "撤销"

    class State(models.TextChoices):
        FILED = "filed", "待复核"
        CHECKED = "checked", "已复核，待决定"
        GRANTED = "granted", "同意"
        REFUSED = "refused", "不同意"
        MOOT = "moot", "限制已先行结束"

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="liftings")
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.LIFT)
    state = models.CharField(max_length=10, choices=State, default=State.FILED)
    text = models.TextField("申请理由", blank=True)
    filed_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    checked_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    finding = models.TextField("复核情况", blank=True)
    decided_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["restriction"], name="decisions_one_lifting", condition=Q(state__in=["filed", "checked"])
            ),
            models.CheckConstraint(
                name="decisions_lifting_by_two",
                condition=Q(state__in=["filed", "checked", "moot"])
                | Q(checked_by__isnull=False, decided_by__isnull=False) & ~Q(checked_by=F("decided_by")),
            ),
        ]
