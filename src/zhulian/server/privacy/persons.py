"""What the platform holds of one person, and whether it may be erased: reads only."""

# ruff: noqa: SLF001 - `_meta` is Django's documented interface to a model's fields

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.audit.selectors import Line, lines
from zhulian.server.common import clock, scopes
from zhulian.server.common.crypto import blind_index
from zhulian.server.exchange.models import Quarantined
from zhulian.server.notary.models import Leaf, Opening
from zhulian.server.privacy.models import Hold
from zhulian.server.privacy.permissions import ERASE
from zhulian.server.registry.models import (
    Appointment,
    Candidate,
    Enterprise,
    Identity,
    Insurance,
    Officer,
    Person,
    PostCertificate,
    Registration,
    SafetyCertificate,
    Skill,
    Title,
)

ERASED: Final = "（已删除）"
"""What stands in place of the name."""
_TIED: Final = (Registration, PostCertificate, SafetyCertificate, Officer, Appointment, Insurance)
"""Tables that tie a person to an enterprise."""
_FACTS: Final = (*_TIED, Title, Skill)
LOOKED: Final = ("assessments.names.open", "registry.identity.names", "privacy.person.look", "privacy.person.erase")
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A person: his number, what is held, what stands against erasure, who looked at him."""

    person: int
    name: str
    versions: int
    facts: tuple[tuple[str, int], ...]
    quarantined: int
    openings: int
    enterprises: tuple[str, ...]
    needed: tuple[str, ...]
    held: tuple[str, ...]
    looked: tuple[Line, ...]


def person_of(user: Any, id_no: str) -> int:
    """The person with an ID number who is or was tied to an enterprise in the user's view.

    Raises:
        ZhulianError: `privacy.none`.
    """
    rows = Person.objects.filter(id_no_index=blind_index(id_no, place="person|id_no"))
    for person in rows.order_by("-row_id").values_list("person", flat=True)[:1]:
        within = Enterprise.objects.filter(scopes.enterprises(user, ERASE)).values("enterprise")
        if any(model.objects.filter(person=person, enterprise__in=within).exists() for model in _TIED):
            return int(person)
    raise ZhulianError("privacy.none")


def found(person: int) -> Found:
    """What is held of a person."""
    versions = Person.objects.filter(person=person)
    newest = versions.order_by("-row_id").first()
    if newest is None:
        raise ZhulianError("privacy.none")
    firms = _firms(person)
    today = clock.today()
    names = dict(Enterprise.objects.at(today).filter(enterprise__in=firms).values_list("enterprise", "name"))
    facts = tuple((model._meta.verbose_name, model.objects.filter(person=person).count()) for model in _FACTS)
    return Found(
        person=person,
        name=newest.name,
        versions=versions.count(),
        facts=tuple((str(name), count) for name, count in facts if count),
        quarantined=quarantined(newest).count() if newest.id_no is not None else 0,
        openings=openings(person).count(),
        enterprises=tuple(names.get(firm, "") or f"企业 {firm}" for firm in sorted(firms)),
        needed=needed(person),
        held=held(person, firms),
        looked=tuple(lines(list(looked(person, firms)[:MOST]))),
    )


def _firms(person: int) -> set[int]:
    out: set[int] = set()
    for model in _TIED:
        out |= set(model.objects.filter(person=person).values_list("enterprise", flat=True))
    return out


def needed(person: int) -> tuple[str, ...]:
    """Why the data are still needed: what ties the person to an enterprise today."""
    today = clock.today()
    out = []
    for model in _TIED:
        rows = model.objects.at(today).filter(person=person)
        names = {field.name for field in model._meta.concrete_fields}
        if "end_reason" in names:
            rows = rows.filter(Q(end_reason=None) | Q(end_reason=""))
        if "valid_until" in names:
            rows = rows.filter(Q(valid_until=None) | Q(valid_until__gte=today))
        if rows.exists():
            out.append(f"还有在用的{model._meta.verbose_name}")
    return tuple(out)


def held(person: int, firms: set[int]) -> tuple[str, ...]:
    """Reasons of the holds that protect a person: his own, his enterprises', everything's."""
    mine = Q(kind=Hold.Kind.PERSON, subject=person) | Q(kind=Hold.Kind.ENTERPRISE, subject__in=firms)
    rows = Hold.objects.filter(mine | Q(kind=Hold.Kind.EVERYTHING), ended_at=None)
    return tuple(rows.order_by("pk").values_list("reason", flat=True))


def firms_of(person: int) -> set[int]:
    """Enterprises that a person is or was tied to."""
    return _firms(person)


def looked(person: int, firms: set[int]) -> QuerySet[Leaf]:
    """Who looked at a person: leaves about him, about the names of his enterprises' people, about a pair he is one of."""
    pairs = Candidate.objects.filter(Q(a=person) | Q(b=person), subject_kind="person").values_list("pk", flat=True)
    about = [
        f"person:{person}",
        *(f"enterprise:{firm}" for firm in firms),
        *(f"candidate:{pair}" for pair in pairs),
    ]
    return Leaf.objects.filter(subject__in=about, action__in=LOOKED).order_by("-pk")


def openings(person: int) -> QuerySet[Opening]:
    """Values of leaves about the person."""
    return Opening.objects.filter(leaf__subject=f"person:{person}")


def quarantined(row: Person) -> QuerySet[Quarantined]:
    """Records that were not taken and hold his ID number; all are opened and looked through."""
    number = row.id_no.reveal() if row.id_no is not None else ""
    rows = Quarantined.objects.filter(raw__isnull=False).only("pk", "raw", "secret_id").iterator(chunk_size=500)
    return Quarantined.objects.filter(pk__in=[q.pk for q in rows if number and number in q.raw.reveal()])


def identities(person: int) -> QuerySet[Identity]:
    """Blind indexes by which the person is known."""
    return Identity.objects.filter(subject_id=person, subject_kind="person", kind="id_no")
