"""Who is worth comparing with a subject: looked up by index, so that the work grows with the subjects, not their pairs.

| block | enterprises | people | projects |
| --- | --- | --- | --- |
| name | the same whole name or pinyin initials; two-character grams that few have | the same name with the same birthday or employer | those of the same enterprises |
| told name | the same name in another province | likewise | likewise |
| numbers | certificates and permits | certificates, telephone | – |
| company | employers of its people, partners on its projects | – | – |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.db.models import Q

from zhulian.core.kernel.codes import divisions
from zhulian.core.kernel.text import squash
from zhulian.server.common import search
from zhulian.server.common.models import Token
from zhulian.server.registry.matching.profiles import CERTIFIED, MOST, projects_of, ties
from zhulian.server.registry.models import (
    MODELS,
    Contract,
    Enterprise,
    Identity,
    Participation,
    Person,
    Qualification,
    SafetyPermit,
    SubjectKind,
)
from zhulian.server.registry.staff import STAFF_TABLES, employers, people

FREQUENT: Final = 200
"""A gram that so many have tells nobody apart."""
LARGEST: Final = 60
"""Partners of one subject that are compared, the most promising first."""


def block(kind: str, subject: int) -> list[int]:
    """Subjects of the kind to compare this one with, the most promising first."""
    found = _BLOCKS[kind](subject)
    found.pop(subject, None)
    return [other for other, _ in found.most_common(LARGEST)]


def _enterprises(subject: int) -> Counter[int]:
    names = _names_of_enterprise(subject)
    out: Counter[int] = Counter()
    for name in names:
        whole = squash(name)
        out.update(_with_token(search.NAME, whole) * 2)
        out.update(_with_token(search.ABBR, search.initials(whole)))
        for gram in search.grams(search.bare(whole), 2):
            out.update(_with_token(search.NAME_GRAM, gram))
    out.update(_told_elsewhere("enterprise", names))
    for number in _numbers(subject):
        out.update(_with_token(search.CODE, squash(number)))
    out.update(employers(people(subject, most=MOST)))
    projects = projects_of(subject)
    for work in (Contract, Participation) if projects else ():
        rows = work.objects.known().filter(project__in=projects).values_list("enterprise", flat=True)
        out.update(rows.distinct()[:FREQUENT])
    return out


def _names_of_enterprise(subject: int) -> list[str]:
    rows = Enterprise.objects.known().filter(enterprise=subject).order_by("-fact_until").values_list("name", flat=True)
    return list(dict.fromkeys([*rows, *_told(subject)]))[:5]


def _told(subject: int) -> list[str]:
    """Names by which others call a subject."""
    # By the subject alone: asked for the kind or for order as well, SQLite reads all identities of the kind.
    rows = Identity.objects.filter(subject_id=subject, active=True).values_list("pk", "kind", "value")
    return [value.rpartition("@")[0] for _, kind, value in sorted(rows) if kind == "name"][:3]


def _told_elsewhere(kind: str, names: Iterable[str]) -> list[int]:
    """Subjects called by the same names in any province."""
    places = ["", *(code for code in divisions() if code.endswith("0000"))]
    values = [f"{squash(name)}@{place}" for name in names for place in places]
    rows = Identity.objects.filter(subject_kind=kind, kind="name", value__in=values, active=True)
    return list(rows.values_list("subject_id", flat=True)[:FREQUENT])


def _with_token(field: str, token: str) -> list[int]:
    """Enterprises with a search token, unless it is a frequent one."""
    if not token:
        return []
    rows = Token.objects.filter(kind="enterprise", field=field, token=token).values_list("subject", flat=True)
    found = list(rows[:FREQUENT])
    return found if len(found) < FREQUENT else []


def _numbers(subject: int) -> list[str]:
    out: list[str] = []
    for model, column in ((Qualification, "certificate_no"), (SafetyPermit, "permit_no")):
        rows = model.objects.known().filter(enterprise=subject, **{f"{column}__isnull": False})
        out += rows.values_list(column, flat=True).distinct()[:20]
    return out


def _people(subject: int) -> Counter[int]:
    out: Counter[int] = Counter()
    colleagues = _colleagues(subject)
    for row in Person.objects.known().filter(person=subject):
        namesakes = Person.objects.known().filter(name=row.name).exclude(person=subject)
        alike = Q(person__in=colleagues)
        if row.birth_on is not None:
            alike |= Q(birth_on=row.birth_on)
        out.update(namesakes.filter(alike).values_list("person", flat=True)[:FREQUENT])
        if row.phone_index:
            rows = Person.objects.known().filter(phone_index=row.phone_index)
            out.update(rows.values_list("person", flat=True)[:FREQUENT])
    out.update(_told_elsewhere("person", _told(subject)))
    for table in CERTIFIED:
        papers: Any = MODELS[table].objects
        numbers = list(papers.known().filter(person=subject).values_list("certificate_no", flat=True)[:20])
        out.update(papers.known().filter(certificate_no__in=numbers).values_list("person", flat=True)[:FREQUENT])
    return out


def _colleagues(subject: int) -> list[int]:
    """People of the same name are looked for among these first."""
    found: set[int] = set()
    places = [enterprise for _, enterprise in ties([subject])][:3]
    for table in STAFF_TABLES:
        staff: Any = MODELS[table].objects
        found.update(staff.known().filter(enterprise__in=places).values_list("person", flat=True).distinct()[:5000])
    return sorted(found)


def _projects(subject: int) -> Counter[int]:
    out: Counter[int] = Counter()
    builders: set[int] = set()
    for work in (Contract, Participation):
        builders.update(work.objects.known().filter(project=subject).values_list("enterprise", flat=True)[:20])
    for work in (Contract, Participation):
        rows = work.objects.known().filter(enterprise__in=builders).values_list("project", flat=True)
        out.update(rows.distinct()[:FREQUENT])
    out.update(_told_elsewhere("project", _told(subject)))
    return out


_BLOCKS: Final[dict[str, Callable[[int], Counter[int]]]] = {
    SubjectKind.ENTERPRISE.value: _enterprises,
    SubjectKind.PERSON.value: _people,
    SubjectKind.PROJECT.value: _projects,
}
