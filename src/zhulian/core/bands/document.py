"""YAML bytes → one mapping to be read field by field, for rulebooks that are not clauses of a qualification."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.reasons import Citation
from zhulian.core.rules.fields import Fields
from zhulian.core.rules.sources import EVIDENCE
from zhulian.core.rules.yamlfile import read_yaml


@dataclass(frozen=True, slots=True)
class Source:
    """Where a version is written, and how sure we are of our reading of it."""

    document: str
    title: str
    evidence: str

    def citation(self, clause: str = "", evidence: str = "") -> Citation:
        """A place in this document; `evidence` where one figure is weaker than the rest."""
        return Citation(self.document, clause, evidence or self.evidence)


class Dated(Protocol):
    """What has versions: in force from a day, known from the day it was published."""

    @property
    def valid_from(self) -> dt.date: ...

    @property
    def published_at(self) -> dt.date: ...


D = TypeVar("D", bound=Dated)


def read(file: str, data: bytes) -> Fields:
    """The mapping that a file is.

    Raises:
        ZhulianError: `rulebook.yaml`, `rulebook.value`.
    """
    return Fields(file, "全文", read_yaml(file, data))


def head(fields: Fields) -> tuple[str, dt.date, dt.date, Source]:
    """`id`, `from`, `published_at` and `source` of a version.

    Raises:
        ZhulianError: `rulebook.*`; a version without a source does not load.
    """
    version = fields.text("id")
    fields.where = f"版本 {version}"
    valid_from, published_at = fields.day("from"), fields.day("published_at")
    if published_at > valid_from:
        raise fields.error("rulebook.value", "published_at", str(published_at), "不晚于 from 的日期")
    if not fields.has("source"):
        raise ZhulianError("rulebook.citation", file=fields.file, where=fields.where)
    with fields.child("source") as source:
        if not source.raw("document", ""):
            raise ZhulianError("rulebook.citation", file=fields.file, where=fields.where)
        found = Source(source.text("document"), source.text("title", ""), evidence_of(source, "excerpt"))
    return version, valid_from, published_at, found


def evidence_of(fields: Fields, default: str) -> str:
    """How sure we are of one figure."""
    return fields.option("evidence", EVIDENCE, default)


def flag(fields: Fields, name: str) -> bool:
    """A yes or no, no where it is not written.

    Raises:
        ZhulianError: `rulebook.value`.
    """
    value = fields.raw(name, False)
    if type(value) is not bool:
        raise fields.error("rulebook.value", name, value, "true 或 false")
    return value


def unique(fields: Fields, names: Sequence[str]) -> None:
    """Refuse a name used twice.

    Raises:
        ZhulianError: `rulebook.duplicate`.
    """
    for name in names:
        if names.count(name) > 1:
            raise ZhulianError("rulebook.duplicate", file=fields.file, where=fields.where, value=name)


def ordered(file: str, versions: Sequence[D]) -> tuple[D, ...]:
    """Versions by the day they came into force; two of one day would make the law a matter of chance.

    Raises:
        ZhulianError: `rulebook.duplicate`.
    """
    out = tuple(sorted(versions, key=lambda v: v.valid_from))
    days = [v.valid_from for v in out]
    for day in days:
        if days.count(day) > 1:
            raise ZhulianError("rulebook.duplicate", file=file, where="versions/from", value=str(day))
    return out


def in_force(versions: Sequence[D], on: dt.date, known_at: dt.datetime | None = None) -> D | None:
    """The version in force on a day, among those published by then."""
    told = [v for v in versions if known_at is None or v.published_at <= known_at.date()]
    return next((v for v in reversed(told) if v.valid_from <= on), None)
