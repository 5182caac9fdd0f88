"""A city's bureau with four officers, one firm with a hand for its papers, and effects of the shipped rules."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, transaction

from zhulian import rulebooks
from zhulian.core.kernel.dates import SHANGHAI, micros
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage import LinkageRule, LinkageVersion, ProposalEffect, deadline, parse_clock
from zhulian.core.linkage.acts import POWERS
from zhulian.server.accounts.models import Duty, EnterpriseMembership, Grant, OrganisationUnit, User
from zhulian.server.common import clock, outbox
from zhulian.server.common.models import Event
from zhulian.server.common.permissions import Role
from zhulian.server.decisions import services
from zhulian.server.decisions.models import Defence, Document, Letterhead, Proposal, Restriction, Service
from zhulian.server.decisions.services import Receipt
from zhulian.server.registry.models import Enterprise, Identity, Qualification, SafetyPermit, Subject

MONDAY = dt.date(2025, 6, 2)
USCC = "91370200000000100K"
FIRM, PROJECT, OTHER = 71, 81, 82
DIVISION = "370200"
AT = micros(dt.datetime(2025, 1, 1, tzinfo=SHANGHAI))


@dataclass
class Office:
    """Officers by what they do in a walk, and the firm's hand; `unit` holds every power in the city."""

    unit: OrganisationUnit
    people: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    def move(self, row: Proposal, action: str, who: str, note: str = "") -> Proposal:
        row.refresh_from_db()
        return services.proposal_move(
            proposal=row.pk, action=action, seen=row.revision, user=self.people[who], note=note
        )

    def draft(self, row: Proposal, days: int | None = None, who: str = "handler") -> Proposal:
        row.refresh_from_db()
        return services.proposal_draft(
            proposal=row.pk,
            seen=row.revision,
            facts=row.facts or "经核查属实。",
            grounds=row.grounds,
            term_days=days,
            copies="市公共资源交易中心",
            user=self.people[who],
        )

    def notice(self, row: Proposal) -> Document:
        row.refresh_from_db()
        return services.proposal_notice(proposal=row.pk, seen=row.revision, user=self.handler)

    def sign(self, row: Proposal, who: str = "signer") -> Document:
        row.refresh_from_db()
        return services.proposal_sign(proposal=row.pk, seen=row.revision, user=self.people[who])

    def serve(self, document: Document, method: str = "direct", **receipt: Any) -> Service:
        given = {"recipient": "张三", "proof": "EX123", "place": "公司前台", "on": clock.today()} | receipt
        return services.service_record(document=document.pk, method=method, receipt=Receipt(**given), user=self.handler)

    def to_notice(self, row: Proposal, days: int | None = None) -> Document:
        self.move(row, "take", "handler")
        self.draft(row, days)
        document = self.notice(row)
        self.serve(document)
        return document

    def to_signature(self, row: Proposal, days: int | None = None) -> Document:
        """The whole way with everybody's part, on the days that law and office need."""
        if row.needs_notice:
            self.to_notice(row, days)
            row.refresh_from_db()
            assert row.defence_until is not None
            day = row.defence_until + dt.timedelta(days=1)
        else:
            self.move(row, "take", "handler")
            self.draft(row, days)
            day = clock.today()
        with clock.frozen(day):
            self.move(row, "submit", "handler")
            self.move(row, "review", "reviewer")
            if row.kind.review:
                self.move(row, "law_review", "lawyer")
            return self.sign(row)

    def to_effect(self, row: Proposal, days: int | None = None) -> Restriction:
        document = self.to_signature(row, days)
        with clock.frozen(document.signed_on):
            self.serve(document)
        return Restriction.objects.get(proposal=row)


def rule_of(rule: str, effect: str) -> tuple[LinkageRule, LinkageVersion, ProposalEffect]:
    """A shipped rule's newest version and one of its proposals."""
    found = rulebooks.linkage_book().rules[rule]
    version = found.versions[-1]
    wanted = next(e for e in version.effects if e.id == effect)
    assert isinstance(wanted, ProposalEffect)
    return found, version, wanted


RULES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "mark": ("fell-short-mark", "mark", {"code": "D101B"}),
    "rectify": ("fell-short", "rectify", {"code": "D101B"}),
    "withdraw": ("not-rectified", "withdraw", {"code": "D101B"}),
    "suspend": (
        "accident-suspension",
        "suspend",
        {"project": PROJECT, "occurred_on": "2025-05-30", "deaths": 1, "serious_injuries": 0, "direct_loss": 0},
    ),
    "stop": ("major-hazard-overdue", "stop", {"project": PROJECT, "hazard_no": "H1", "level": "重大"}),
    "bar": ("bid-rigging", "bar", {"record_no": "R1", "effective_on": "2025-05-30"}),
    "verify": ("bid-rigging", "verify", {"record_no": "R1", "effective_on": "2025-05-30"}),
    "key": ("dishonesty", "key", {"record_no": "R2", "effective_on": "2025-05-30"}),
}
"""A name → rule, effect and what the event tells."""


@pytest.fixture
def office(db) -> Iterator[Office]:  # noqa: ARG001 - rows need the database
    with clock.frozen(MONDAY):
        unit = OrganisationUnit.objects.create(name="青岛市住房和城乡建设局", division_id=DIVISION)
        Grant.objects.create(unit=unit, function="market", division_id=DIVISION, action="*")
        for power in POWERS:
            Duty.objects.create(power=power, unit=unit, division_id=DIVISION)
        Letterhead.objects.create(unit=unit, word="青建")
        Subject.objects.create(pk=FIRM, kind="enterprise", created_at=AT)
        Enterprise.objects.create(
            enterprise=FIRM, name="青岛甲建筑有限公司", uscc=USCC, region="370202", recorded_at=AT
        )
        Identity.objects.create(subject_id=FIRM, subject_kind="enterprise", kind="uscc", value=USCC, confirmed=True)
        Qualification.objects.create(
            enterprise=FIRM, code="D101B", certificate_no="C1", status="有效", recorded_at=AT,
            valid_until=dt.date(2028, 1, 1),
        )  # fmt: skip
        SafetyPermit.objects.create(
            enterprise=FIRM, permit_no="P1", status="有效", valid_until=dt.date(2027, 1, 1), recorded_at=AT
        )
        out = Office(unit)
        for name in ("handler", "reviewer", "lawyer", "signer"):
            out.people[name] = User.objects.create_user(name, role=Role.CITY, unit=unit, first_name=name)
        out.people["stranger"] = User.objects.create_user("stranger", role=Role.CITY)
        firm = User.objects.create_user("firm", role=Role.ENTERPRISE, first_name="赵强")
        EnterpriseMembership.objects.create(user=firm, enterprise=FIRM)
        out.people["firm"] = firm
        out.people["rival"] = User.objects.create_user("rival", role=Role.ENTERPRISE)
        yield out


def event_of(name: str, **more: Any) -> outbox.Event:
    """The event that fires a rule of RULES."""
    rule, _, told = RULES[name]
    version = rulebooks.linkage_book().rules[rule].versions[-1]
    data = {"enterprise": FIRM} | told | more
    return outbox.Event(type=version.when.name, subject=f"enterprise:{FIRM}", data=data, id=uuid.uuid4())


@pytest.fixture
def proposed(office: Office) -> Callable[..., Proposal]:  # noqa: ARG001 - the duties must be there
    def make(name: str, *, event: outbox.Event | None = None, **more: Any) -> Proposal:
        made = propose(name, event or event_of(name, **more))
        assert made is not None
        return made

    return make


def propose(name: str, event: outbox.Event) -> Proposal | None:
    rule, version, effect = rule_of(*RULES[name][:2])
    due = deadline(clock.today(), parse_clock("10 工作日"), rulebooks.calendar())
    return services.proposal_create(
        event=event,
        rule=rule,
        version=version,
        effect=effect,
        due=due,
        reason={"id": rule.id, "label": rule.title, "verdict": "met"},
        division=DIVISION,
        actor="system:linkage",
    )


class refused:  # noqa: N801 - read as words: with refused("…")
    """`with refused(code):` the error's code, not its text."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, _trace) -> bool:
        assert isinstance(error, ZhulianError), f"nothing was refused, or otherwise: {error!r}"
        assert error.code == self.code, str(error)
        return True


def told() -> list[str]:
    """Types of the events appended, in order."""
    return list(Event.objects.order_by("sequence").values_list("type", flat=True))


def restored(event_type: str, **data: Any) -> outbox.Event:
    return outbox.Event(type=event_type, subject=f"enterprise:{FIRM}", data={"enterprise": FIRM} | data)


def committed() -> transaction.Atomic:
    """A savepoint in which a broken constraint may raise without ending the test's transaction."""
    return transaction.atomic(using=connection.alias)


__all__ = ["Defence", "Document", "Office", "Proposal", "Restriction", "Service", "office", "proposed"]
