"""The assessment page (资质核查) as values: clauses in words, versions side by side, people, the months behind us.

Nothing here knows of requests or templates; the page, its exports and the API read the same values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from zhulian import rulebooks
from zhulian.core import rules
from zhulian.core.kernel.codes import qualification_codes
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.rules.library import Library, Provincial
from zhulian.core.rules.model import GROUPS, PURPOSES, Rulebook, Version
from zhulian.server.assessments import facts
from zhulian.server.assessments.moments import Moment
from zhulian.server.assessments.quantities import NOTHING, between, quantity, shortfall
from zhulian.server.assessments.reasons import SURE_EVIDENCE, missing_sentence, shortfall_sentence
from zhulian.server.assessments.runner import DjangoRunner

FOLD: Final = 20
"""People shown before the rest is folded."""
MONTHS: Final = 24


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """One line of the clause table; `depth` 0 are the clauses, deeper ones their conditions."""

    id: str
    label: str
    verdict: Verdict
    required: str
    found: str
    short: str
    citation: str
    evidence: str
    weak: bool
    notes: tuple[str, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class VersionColumn:
    """A version of the standard with the verdict it would give on the same facts."""

    id: str
    document: str
    valid_from: dt.date
    verdict: Verdict | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class VersionCell:
    """A clause under a version; without a verdict it is no condition there."""

    verdict: Verdict | None
    required: str = NOTHING
    short: str = ""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A clause across versions."""

    label: str
    cells: tuple[VersionCell, ...]
    documents: tuple[str, ...] = ()

    @property
    def under(self) -> tuple[tuple[str, VersionCell], ...]:
        """Each cell with the document it stands under."""
        return tuple(zip(self.documents, self.cells, strict=True))

    @property
    def differs(self) -> bool:
        """Whether the versions disagree about it."""
        return len({(c.verdict, c.required) for c in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """Versions side by side on the same facts."""

    columns: tuple[VersionColumn, ...]
    rows: tuple[VersionRow, ...]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person with the name as the viewer may see it, and the clauses under which he was looked at."""

    person: int
    name: str
    group: str
    clauses: tuple[rules.PersonClause, ...]

    @property
    def rank(self) -> int:
        """0 counts somewhere, 1 may count, 2 does not."""
        found = {c.status for c in self.clauses}
        return 0 if "counts" in found else 1 if "may" in found else 2


@dataclass(frozen=True, slots=True)
class PeopleList:
    """Everybody tied to the enterprise, perhaps for one clause only; `shown` is folded beyond :data:`FOLD`."""

    rows: tuple[PersonRow, ...]
    clauses: tuple[tuple[str, str], ...]
    counts: int
    may: int
    not_counted: int
    folded: int


def is_code(code: str) -> bool:
    """Whether there is such a qualification, or a rulebook of that code."""
    return code in qualification_codes() or code in rulebooks.library().codes()


def code_name(code: str) -> str:
    """`建筑工程施工总承包一级`; the rulebook's subject for a code outside the table (安全生产许可证)."""
    subjects = {book.code: book.subject for book in rulebooks.library().rulebooks}
    return subjects.get(code) or facts.code_name(code)


def document_of(code: str, version_id: str) -> str:
    """The document that a version is taken from, 建办市〔2018〕53号; the version itself for one no longer in the books.

    `53+shili-2024`, which a province reads in its own way, is named by both documents.
    """
    book = _book(code)
    found = next((v for v in book.versions if v.id == version_id), None) if book else None
    if found is not None:
        return found.source.document
    local = _provincial(code, version_id)
    return f"{local.national.source.document}（按{local.version.source.document}）" if local else version_id


def _provincial(code: str, version_id: str) -> Provincial | None:
    library = rulebooks.library()
    if "+" not in version_id:
        return None
    told = (library.provincial(code, purpose, version_id) for purpose in PURPOSES)
    return next((one for one in told if one), None)


def provincial(found: rules.Assessment) -> Provincial | None:
    """The province's own reading by which an assessment was made; None for the nation's standard as it is."""
    return rulebooks.library().provincial(found.code, found.purpose, found.rule_version, found.rule_hash)


def rule_address(code: str, version_id: str) -> str:
    """The page of the rule in words, at the version and grade that judged; empty without a rulebook."""
    book = _book(code)
    if book is None:
        return ""
    local = _provincial(code, version_id)
    query = urlencode(
        {"version": local.national.id if local else version_id, "grade": code.removeprefix(book.code) or "X"}
    )
    return f"{reverse('portal:rulebook', args=[book.code])}?{query}"


def assess(enterprise: int, code: str, moment: Moment) -> rules.Assessment:
    """The verdict on one pair at a moment, live."""
    return rules.assess_pair(
        rulebooks.library(),
        DjangoRunner(),
        enterprise=enterprise,
        code=code,
        as_of=moment.as_of,
        known_at=moment.known_at,
        purpose=moment.purpose,
    )


def assess_all(enterprise: int, moment: Moment) -> list[rules.Assessment]:
    """The verdicts on everything an enterprise holds at a moment, live."""
    return rules.assess_held(
        rulebooks.library(),
        DjangoRunner(),
        as_of=moment.as_of,
        known_at=moment.known_at,
        purpose=moment.purpose,
        enterprises=[enterprise],
    )


def clause_lines(reason: Reason) -> list[ClauseLine]:
    """The clause table of a reason tree."""
    return [_line(node, depth) for child in reason.children for node, depth in _walk(child, 0)]


def _walk(node: Reason, depth: int) -> Iterator[tuple[Reason, int]]:
    yield node, depth
    for child in node.children:
        yield from _walk(child, depth + 1)


def _line(node: Reason, depth: int) -> ClauseLine:
    citation = node.citation
    return ClauseLine(
        id=node.id,
        label=node.label,
        verdict=node.verdict,
        required=f"≥ {quantity(node.required, node.unit)}" if node.required is not None else NOTHING,
        found=between(node.found_at_least, node.found_at_most, node.unit),
        short=shortfall(node),
        citation=str(citation) if citation else "",
        evidence=citation.evidence if citation else "",
        weak=citation is not None and citation.evidence not in SURE_EVIDENCE,
        notes=node.notes,
        depth=depth,
    )


def compare(enterprise: int, code: str, moment: Moment, found: rules.Assessment | None = None) -> Comparison | None:
    """The same facts under each version of the standard, and as the enterprise's province reads it.

    `found`: the assessment at that moment, if it is there already. None where there are not two to compare.
    """
    book = _book(code)
    if book is None:
        return None
    found = found or assess(enterprise, code, moment)
    local = provincial(found)
    if len(book.versions) + (local is not None) < 2:
        return None
    judged = [(version, _under(book, version, enterprise, code, moment)) for version in book.versions]
    in_force = rulebooks.library().rule(code, moment.purpose, moment.as_of, moment.known_at)
    columns = tuple(
        VersionColumn(
            id=version.id,
            document=version.source.document,
            valid_from=version.valid_from,
            verdict=under.verdict,
            in_force=local is None and getattr(in_force, "version", None) == version.id,
        )
        for version, under in judged
    )
    clauses = [under.reason.children for _, under in judged]
    if local is not None:
        columns += (_column(found, local),)
        clauses.append(found.reason.children)
    return Comparison(columns, tuple(_rows(clauses, tuple(column.document for column in columns))))


def _column(found: rules.Assessment, local: Provincial) -> VersionColumn:
    """The province's reading, which is what binds."""
    source, version = local.version.source, local.version
    return VersionColumn(found.rule_version, source.document, version.valid_from, found.verdict, in_force=True)


def _rows(columns: Sequence[Sequence[Reason]], documents: tuple[str, ...]) -> Iterator[VersionRow]:
    """Clauses in the order in which versions first name them."""
    labels = {clause.id: clause.label for clauses in columns for clause in clauses}
    by_id = [{clause.id: clause for clause in clauses} for clauses in columns]
    for key, label in labels.items():
        yield VersionRow(label, tuple(_cell(clauses.get(key)) for clauses in by_id), documents)


def _cell(clause: Reason | None) -> VersionCell:
    if clause is None:
        return VersionCell(None)
    return VersionCell(clause.verdict, quantity(clause.required, clause.unit), shortfall(clause))


def _under(book: Rulebook, version: Version, enterprise: int, code: str, moment: Moment) -> rules.Assessment:
    return rules.assess_pair(
        _only(book.code, version.id),
        DjangoRunner(),
        enterprise=enterprise,
        code=code,
        as_of=moment.as_of,
        known_at=moment.known_at,
        purpose=moment.purpose,
    )


@lru_cache(maxsize=256)
def _only(book_code: str, version_id: str) -> Library:
    """A library in which one version has always been the law: what it would say of other days' facts."""
    book = next(b for b in rulebooks.library().rulebooks if b.code == book_code)
    version = next(v for v in book.versions if v.id == version_id)
    always = replace(version, valid_from=dt.date.min, published_at=dt.date.min)
    return Library({book.code: replace(book, versions=(always,))})


def _book(code: str) -> Rulebook | None:
    books = {book.code: book for book in rulebooks.library().rulebooks}
    return books.get(code) or books.get(code[:-1])


def people(
    enterprise: int, code: str, moment: Moment, *, names_open: bool, clause: str = "", everybody: bool = False
) -> PeopleList:
    """Who counts and who does not, with reasons; narrowed to one clause, folded unless `everybody`."""
    lines = rules.people(
        rulebooks.library(),
        DjangoRunner(),
        enterprise=enterprise,
        code=code,
        as_of=moment.as_of,
        known_at=moment.known_at,
        purpose=moment.purpose,
    )
    clauses = {c.id: c.label for line in lines for c in line.clauses}
    rows = [_person(line, clause) for line in lines if not clause or any(c.id == clause for c in line.clauses)]
    # Who does not count, and why, is what the page is opened for; the long list of those who do comes after.
    rows.sort(key=lambda row: (-row.rank, row.group == "", row.person))
    ranks = [row.rank for row in rows]
    shown = rows if everybody else rows[:FOLD]
    names = facts.person_names({row.person for row in shown}, moment, opened=names_open)
    named = tuple(replace(row, name=names.get(row.person, f"#{row.person}")) for row in shown)
    return PeopleList(
        named, tuple(clauses.items()), ranks.count(0), ranks.count(1), ranks.count(2), len(rows) - len(shown)
    )


def _person(line: rules.PersonLine, clause: str) -> PersonRow:
    chosen = tuple(c for c in line.clauses if not clause or c.id == clause)
    return PersonRow(line.person, "", GROUPS.get(line.group, line.group), chosen)


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """The verdict on the last day of a month, on today's knowledge."""

    on: dt.date
    verdict: Verdict
    summary: str


def months(enterprise: int, code: str, moment: Moment, *, count: int = MONTHS) -> list[MonthPoint]:
    """The verdict at the end of each of the months before a day, and on the day itself, oldest first."""
    ends = [*reversed(list(_month_ends(moment.as_of, count))), moment.as_of]
    found = [assess(enterprise, code, replace(moment, as_of=day)) for day in ends]
    return [
        MonthPoint(day, a.verdict, shortfall_sentence(a.reason) or missing_sentence(a.reason))
        for day, a in zip(ends, found, strict=True)
    ]


def _month_ends(day: dt.date, count: int) -> Iterator[dt.date]:
    for _ in range(count):
        if day.year == 1 and day.month == 1:
            return
        day = day.replace(day=1) - dt.timedelta(days=1)
        yield day
