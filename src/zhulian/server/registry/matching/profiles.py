"""Profiles of subjects from the register, for one subject and those in its block: a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from zhulian.server.registry.matching.comparisons import Profile
from zhulian.server.registry.models import (
    MODELS,
    Contract,
    Enterprise,
    Identity,
    Participation,
    Person,
    Project,
    Qualification,
    SafetyPermit,
    SubjectKind,
)
from zhulian.server.registry.staff import STAFF_TABLES, people

CERTIFIED: Final = ("post_certificate", "safety_certificate", "skill")
"""Tables of people's certificates whose number stands for itself."""
MOST: Final = 200
"""People or projects of one enterprise that are looked at: enough to tell, however large it is."""

_Values = dict[int, dict[str, dict[str, None]]]
"""Subject → field → values in order, each once."""


def profiles(kind: str, driver: int, partners: Sequence[int]) -> dict[int, Profile]:
    """Profiles of a subject and of its partners. People and projects are those that the subject itself has."""
    ids = [driver, *partners]
    values: _Values = {subject: {} for subject in ids}
    _identities(ids, values)
    _READ[kind](driver, ids, values)
    return {
        subject: Profile(subject, kind, {field: tuple(found) for field, found in told.items() if found})
        for subject, told in values.items()
    }


def _add(values: _Values, subject: int, field: str, value: Any) -> None:
    if value is not None and value != "":
        values[subject].setdefault(field, {})[str(value)] = None


_NAMED: Final = {"uscc": "uscc", "id_no": "id_no", "project_code": "project_code"}


def _identities(ids: Sequence[int], values: _Values) -> None:
    # By the subjects alone, and put in order here: asked for the kind or for order, SQLite reads all of the kind.
    rows = Identity.objects.filter(subject_id__in=ids, active=True)
    for _, subject, key, value in sorted(rows.values_list("pk", "subject_id", "kind", "value")):
        if key in _NAMED:
            _add(values, subject, _NAMED[key], value)
        elif key == "name":
            name, _, place = value.rpartition("@")
            _add(values, subject, "told_name", name)
            _add(values, subject, "told_division", place)


def _fallen_back(values: _Values) -> None:
    """Who has no row of its own is known by the name that others call it."""
    for told in values.values():
        for field, other in (("name", "told_name"), ("division", "told_division")):
            fallback = told.pop(other, {})
            if not told.get(field):
                told[field] = dict(list(fallback.items())[:3])


def _enterprises(driver: int, ids: Sequence[int], values: _Values) -> None:
    _registered(ids, values)
    _fallen_back(values)
    for model, column in ((Qualification, "certificate_no"), (SafetyPermit, "permit_no")):
        rows = model.objects.known().filter(enterprise__in=ids, **{f"{column}__isnull": False})
        for enterprise, number in rows.values_list("enterprise", column).distinct():
            _add(values, enterprise, "certificate", number)
    _company(STAFF_TABLES, "person", people(driver, most=MOST), ids, values)
    _company(("contract", "participation"), "project", projects_of(driver), ids, values)


def _registered(ids: Sequence[int], values: _Values) -> None:
    """Names, present and former, and what the present row says."""
    for row in Enterprise.objects.known().filter(enterprise__in=ids).order_by("-fact_until"):
        told = values[row.enterprise]
        if "name" in told:
            if row.name not in told["name"]:
                _add(values, row.enterprise, "former_name", row.name)
            continue
        _add(values, row.enterprise, "name", row.name)
        _add(values, row.enterprise, "division", row.region)
        _add(values, row.enterprise, "legal_representative", row.legal_representative)


def _company(tables: Sequence[str], column: str, chosen: Sequence[int], ids: Sequence[int], values: _Values) -> None:
    """Which of the driver's people, or projects, the others have as well."""
    for table in tables if chosen else ():
        model: Any = MODELS[table].objects
        rows = model.known().filter(enterprise__in=ids, **{f"{column}__in": chosen})
        for enterprise, other in rows.values_list("enterprise", column).distinct():
            _add(values, enterprise, "people" if column == "person" else "projects", other)


def _people(_driver: int, ids: Sequence[int], values: _Values) -> None:
    rows = Person.objects.known().filter(person__in=ids).order_by("-fact_until")
    for person, name, birth, sex, phone in rows.values_list("person", "name", "birth_on", "sex", "phone_index"):
        for field, value in (("name", name), ("birth_on", birth), ("sex", sex), ("phone", phone)):
            _add(values, person, field, value)
    _fallen_back(values)
    for table in CERTIFIED:
        papers: Any = MODELS[table].objects
        # Also those told once and then of somebody else: a certificate has one holder, and that is what gives two away.
        found = papers.filter(person__in=ids).values_list("person", "certificate_no").distinct()
        for person, number in found:
            _add(values, person, "certificate", number)
    for person, enterprise in ties(ids):
        _add(values, person, "enterprises", enterprise)


def _projects(_driver: int, ids: Sequence[int], values: _Values) -> None:
    for row in Project.objects.known().filter(project__in=ids).order_by("-fact_until"):
        if "name" not in values[row.project]:
            told = {"name": row.name, "division": row.region, "owner": row.owner, "total_area": row.total_area}
            for field, value in {**told, "started_on": row.started_on}.items():
                _add(values, row.project, field, value)
    _fallen_back(values)
    for work in (Contract, Participation):
        found = work.objects.known().filter(project__in=ids).values_list("project", "enterprise").distinct()
        for project, enterprise in found:
            _add(values, project, "enterprises", enterprise)


_READ: Final[dict[str, Any]] = {
    SubjectKind.ENTERPRISE.value: _enterprises,
    SubjectKind.PERSON.value: _people,
    SubjectKind.PROJECT.value: _projects,
}


def projects_of(enterprise: int) -> list[int]:
    """Projects that an enterprise has to do with, at most `MOST`."""
    found: dict[int, None] = {}
    for work in (Contract, Participation):
        rows = work.objects.known().filter(enterprise=enterprise).order_by("project").values_list("project", flat=True)
        found.update(dict.fromkeys(rows.distinct()[:MOST]))
    return list(found)[:MOST]


def ties(persons: Iterable[int]) -> set[tuple[int, int]]:
    """(person, enterprise) by any paper."""
    ids = list(persons)
    out: set[tuple[int, int]] = set()
    for table in STAFF_TABLES:
        staff: Any = MODELS[table].objects
        out.update(staff.known().filter(person__in=ids).values_list("person", "enterprise").distinct())
    return out
