"""The people behind an audience. Each is asked whether he may see the thing, by the selector that its page uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse

from zhulian.server.accounts.models import EnterpriseMembership, User
from zhulian.server.acts import selectors as acts
from zhulian.server.acts.models import Undertaking
from zhulian.server.advice import permissions as advice
from zhulian.server.assessments import permissions as assessments
from zhulian.server.campaigns import selectors as campaigns
from zhulian.server.campaigns.models import Rectification, Verification
from zhulian.server.common import clock, scopes
from zhulian.server.common.permissions import REGULATORS, Role
from zhulian.server.decisions import permissions as decisions
from zhulian.server.decisions import selectors as proposals
from zhulian.server.decisions.models import Proposal
from zhulian.server.linkage import selectors as linkage
from zhulian.server.linkage.models import Obligation
from zhulian.server.messages.models import Notice
from zhulian.server.messages.table import Audience
from zhulian.server.registry.models import Enterprise
from zhulian.server.worklist.models import Office

_Seen = Callable[[Any], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class About:
    """What a happening is about: the row's number, its enterprise and code, whose it is in the office."""

    item: int
    enterprise: int | None = None
    code: str = ""
    holder: int | None = None
    unit: int | None = None
    giver: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing: what of it a user may see, by which column its number is, and the path of its page."""

    seen: _Seen
    path: Callable[[About], str]
    column: str = "pk"


def _enterprises(permission: str) -> _Seen:
    return lambda user: Enterprise.objects.known().filter(scopes.enterprises(user, permission))


def _at(name: str) -> Callable[[About], str]:
    return lambda about: reverse(name, args=[about.item])


def _verdict_path(about: About) -> str:
    if about.code:
        return reverse("assessments:assessment", args=[about.enterprise, about.code])
    return reverse("assessments:enterprise", args=[about.enterprise])


KINDS: Final[Mapping[str, Kind]] = {
    "verdict": Kind(_enterprises(assessments.VIEW), _verdict_path, "enterprise"),
    "permit": Kind(
        _enterprises(advice.VIEW), lambda about: reverse("advice:expiring", args=[about.item]), "enterprise"
    ),
    "decision": Kind(_enterprises(decisions.OWN), _at("decisions:enterprise"), "enterprise"),
    "document": Kind(proposals.documents_for, _at("decisions:document")),
    "proposal": Kind(proposals.in_scope, _at("decisions:matter")),
    "rectification": Kind(campaigns.rectifications, _at("campaigns:rectification")),
    "verification": Kind(campaigns.verifications, _at("campaigns:verification")),
    "undertaking": Kind(acts.undertakings, _at("acts:undertaking")),
    "obligation": Kind(linkage.visible, _at("linkage:obligation")),
}
OF_ENTERPRISE: Final = frozenset(name for name, kind in KINDS.items() if kind.column == "enterprise")


def people(audience: Audience, about: About) -> list[User]:
    """Who belongs to an audience today, whether or not he may see the thing."""
    return _AUDIENCES[audience](about)


def may_see(user: Any, kind: str, item: int) -> bool:
    """Whether a user may see a thing now."""
    thing = KINDS[kind]
    return thing.seen(user).filter(**{thing.column: item}).exists()


def visible(user: Any, notices: Iterable[Notice]) -> set[int]:
    """Of these notices those whose thing the user may see now: one statement a kind."""
    by_kind: dict[str, list[Notice]] = {}
    for notice in notices:
        by_kind.setdefault(notice.kind, []).append(notice)
    out: set[int] = set()
    for name, rows in by_kind.items():
        kind = KINDS[name]
        wanted = {f"{kind.column}__in": {row.item for row in rows}}
        items = set(kind.seen(user).filter(**wanted).order_by().values_list(kind.column, flat=True))
        out |= {row.pk for row in rows if row.item in items}
    return out


def _firm(about: About) -> list[User]:
    members = EnterpriseMembership.objects.on(clock.today()).filter(enterprise=about.enterprise).values("user")
    return list(User.objects.filter(pk__in=members, is_active=True, role=Role.ENTERPRISE).order_by("pk"))


def _holder(about: About) -> list[User]:
    found = list(User.objects.filter(pk=about.holder, is_active=True)) if about.holder else []
    return found or _unit(about)


def _unit(about: About) -> list[User]:
    if about.unit is None:
        return []
    return list(User.objects.filter(unit=about.unit, is_active=True, role__in=REGULATORS).order_by("pk"))


def _head(about: About) -> list[User]:
    heads = Office.objects.filter(unit=about.unit, head__is_active=True).values("head")
    return list(User.objects.filter(pk__in=heads))


def _giver(about: About) -> list[User]:
    return list(User.objects.filter(pk=about.giver, is_active=True)) if about.giver else []


_AUDIENCES: Final[Mapping[Audience, Callable[[About], list[User]]]] = {
    Audience.FIRM: _firm,
    Audience.HANDLER: _holder,
    Audience.UNIT: _holder,
    Audience.HEAD: _head,
    Audience.GIVER: _giver,
}


def obligation(pk: int) -> About | None:
    """What a notice about an obligation needs."""
    row = Obligation.objects.filter(pk=pk).first()
    return About(row.pk, row.enterprise, holder=row.holder_id, unit=row.unit_id) if row else None


def proposal(pk: int) -> About | None:
    """What a notice about a proposal needs."""
    row = Proposal.objects.filter(pk=pk).first()
    return About(row.pk, row.enterprise, row.code, row.handler_id, row.unit_id) if row else None


def rectification(pk: int) -> About | None:
    """What a notice about a rectification needs; whoever handled the order goes on with it."""
    row = Rectification.objects.filter(pk=pk).select_related("restriction__proposal").first()
    return About(row.pk, row.enterprise, row.code, row.restriction.proposal.handler_id, row.unit_id) if row else None


def verification(pk: int) -> About | None:
    """What a notice about a verification needs."""
    row = Verification.objects.filter(pk=pk).first()
    return About(row.pk, row.enterprise, row.code, row.reviewer_id, row.unit_id) if row else None


def undertaking(pk: int) -> About | None:
    """What a notice about a 约谈, 提示函, 挂牌督办 or 领导交办 needs."""
    row = Undertaking.objects.filter(pk=pk).first()
    return of_undertaking(row) if row else None


def of_undertaking(row: Undertaking) -> About:
    """The same of a row at hand."""
    return About(row.pk, row.enterprise, holder=row.holder_id, unit=row.unit_id, giver=row.giver_id)
