"""Rows of the registry as the panorama shows them: every canonical table the same way, from its own contract.

A cell is text; a row carries where it came from and when we got it. People's names are masked unless the viewer
opened them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Q, QuerySet

from zhulian.core.kernel.codes import division_name, qualification_codes
from zhulian.core.kernel.dates import BEGINNING, FOREVER, STILL_KNOWN, from_micros
from zhulian.core.kernel.identifiers import mask_name
from zhulian.core.tables import INDICATORS, Column, Kind, Publicity, table
from zhulian.server.assessments.moments import Moment
from zhulian.server.assessments.quantities import NOTHING, quantity
from zhulian.server.registry.models import MODELS, Fact, Source

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """One value in words; `kind` is its column's: numbers align right, dates do not wrap."""

    text: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact with its two times and its source."""

    cells: tuple[Cell, ...]
    source: str
    received_at: dt.datetime | None
    fact_from: dt.date | None
    fact_until: dt.date | None
    recorded_at: dt.datetime
    superseded_at: dt.datetime | None
    table: str = ""
    columns: tuple[Column, ...] = ()

    @property
    def labelled(self) -> tuple[tuple[Column, Cell], ...]:
        """Cells under their columns: a phone shows each value with its label."""
        return tuple(zip(self.columns, self.cells, strict=True))

    @property
    def words(self) -> str:
        """The row in one line, empty cells left out."""
        told = [(c.label, cell.text) for c, cell in self.labelled if cell.text != NOTHING]
        return "，".join(f"{label} {text}" for label, text in told)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a tab: a page of its rows and how many there are."""

    name: str
    label: str
    columns: tuple[Column, ...]
    rows: tuple[FactRow, ...]
    total: int
    page: int = 1

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(1, -(-self.total // PAGE))

    @property
    def previous(self) -> int | None:
        """The page before."""
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        """The page after."""
        return self.page + 1 if self.page < self.pages else None


@dataclass(slots=True)
class Names:
    """Names of the subjects that rows refer to, read once per page. `open_people` unmasks persons."""

    open_people: bool
    enterprises: dict[int, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    projects: dict[int, str] = field(default_factory=dict)

    def of(self, refers: str, subject: int) -> str:
        """A subject's name; `#id` for one whose own row has not arrived."""
        known = {"enterprise": self.enterprises, "person": self.people, "project": self.projects}[refers]
        return known.get(subject, f"#{subject}")


def rows_of(name: str) -> QuerySet[Any]:
    """All rows of a canonical table."""
    rows: QuerySet[Any] = MODELS[name].objects.all()
    return rows


def facts_of(name: str, *, enterprise: int, moment: Moment) -> QuerySet[Any]:
    """Rows of a canonical table that concern an enterprise, visible at a moment."""
    return rows_of(name).filter(moment.visible(), concerns(name, enterprise, moment))


def concerns(name: str, enterprise: int, moment: Moment) -> Q:
    """Which rows of a table are an enterprise's: by its own column, else through its people or projects."""
    columns = table(name).names
    if "enterprise" in columns:
        return Q(enterprise=enterprise)
    if "person" in columns:
        return Q(person__in=people_of(enterprise, moment))
    return Q(project__in=rows_of("participation").filter(moment.visible(), enterprise=enterprise).values("project"))


TIES: Final = ("registration", "post_certificate", "safety_certificate", "skill", "insurance", "officer")
"""Tables whose rows tie a person to an enterprise."""


def people_of(enterprise: int, moment: Moment) -> QuerySet[Any]:
    """Ids of everybody tied to an enterprise at a moment."""
    first, *rest = (
        rows_of(t).filter(moment.visible(), enterprise=enterprise).values("person").order_by() for t in TIES
    )
    return first.union(*rest)


def sheet(name: str, *, enterprise: int, moment: Moment, names_open: bool, page: int = 1) -> Sheet:
    """A page of one table for one enterprise."""
    rows = facts_of(name, enterprise=enterprise, moment=moment).order_by("-fact_from", "row_id")
    total = rows.count()
    page = min(max(1, page), max(1, -(-total // PAGE)))
    chosen = list(rows[(page - 1) * PAGE : page * PAGE])
    columns = shown_columns(name)
    return Sheet(
        name, table(name).label, columns, fact_rows(name, chosen, columns, moment, names_open=names_open), total, page
    )


def shown_columns(name: str) -> tuple[Column, ...]:
    """Columns of a table on an enterprise's page: not itself, not what only a stated purpose opens."""
    return tuple(
        c
        for c in table(name).columns
        if c.public is not Publicity.SECRET and not (c.kind is Kind.REF and c.refers == "enterprise")
    )


def fact_rows(
    name: str, rows: Sequence[Fact], columns: Sequence[Column], moment: Moment, *, names_open: bool
) -> tuple[FactRow, ...]:
    """Stored rows in words."""
    names = names_for(name, rows, moment, open_people=names_open)
    sources = {s.pk: s for s in Source.objects.filter(pk__in={r.source_id for r in rows if r.source_id})}
    return tuple(_fact_row(name, row, columns, names, sources) for row in rows)


def names_for(name: str, rows: Iterable[Fact], moment: Moment, *, open_people: bool) -> Names:
    """The names that a set of rows needs, one query per kind of subject."""
    wanted: dict[str, set[int]] = {"person": set(), "project": set()}
    for column in table(name).columns:
        if column.kind is Kind.REF and column.refers in wanted:
            wanted[column.refers] |= {v for r in rows if (v := value_of(r, column.name)) is not None}
    people = person_names(wanted["person"], moment, opened=open_people)
    return Names(open_people, people=people, projects=subject_names("project", wanted["project"], moment))


def person_names(people: Iterable[int], moment: Moment, *, opened: bool) -> dict[int, str]:
    """Names of persons, masked unless opened."""
    names = subject_names("person", people, moment)
    return names if opened else {pk: mask_name(name) for pk, name in names.items()}


def subject_names(kind: str, ids: Iterable[int], moment: Moment) -> dict[int, str]:
    """Names of subjects at a moment; `kind` is enterprise, person or project."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = rows_of(kind).filter(moment.visible(), **{f"{kind}__in": wanted})
    return dict(rows.values_list(kind, "name"))


def _fact_row(name: str, row: Any, columns: Sequence[Column], names: Names, sources: Mapping[int, Source]) -> FactRow:
    source = sources.get(row.source_id)
    return FactRow(
        cells=tuple(_cell(row, column, names) for column in columns),
        source=str(source) if source else NOTHING,
        received_at=from_micros(source.received_at) if source else None,
        fact_from=None if row.fact_from == BEGINNING else row.fact_from,
        fact_until=None if row.fact_until == FOREVER else row.fact_until,
        recorded_at=from_micros(row.recorded_at),
        superseded_at=None if row.superseded_at == STILL_KNOWN else from_micros(row.superseded_at),
        table=table(name).label,
        columns=tuple(columns),
    )


def value_of(row: Any, column: str) -> Any:
    """A column's value; `class` is no attribute name in Python."""
    return getattr(row, "certificate_class" if column == "class" else column)


def _cell(row: Any, column: Column, names: Names) -> Cell:
    value = value_of(row, column.name)
    if value is None or value == "":
        return Cell(NOTHING)
    if column.kind is Kind.INT:
        return Cell(quantity(value, _unit_of(row, column)), Kind.INT)
    return Cell(_words(value, column, names), column.kind)


def _unit_of(row: Any, column: Column) -> str:
    """A work's value has the unit of its indicator."""
    return INDICATORS[row.indicator].unit if column.unit == "按指标" else column.unit


_WORDS: Final = {"active": "存续", "cancelled": "注销", "revoked": "吊销"}


def _words(value: Any, column: Column, names: Names) -> str:
    if column.kind is Kind.REF:
        return names.of(column.refers, value)
    if column.kind is Kind.BOOL:
        return "是" if value else "否"
    if column.kind is Kind.DATE:
        return str(value.isoformat())
    text = str(value)
    speak = _SPEAK.get(column.check or column.name)
    return speak(text) if speak else _WORDS.get(text, text)


def code_name(code: str) -> str:
    """`建筑工程施工总承包一级`; the code itself for one not in the table."""
    found = qualification_codes().get(code)
    return found.name if found else code


_SPEAK: Final[dict[str, Callable[[str], str]]] = {
    "division": division_name,
    "qualification": code_name,
    "indicator": lambda name: INDICATORS[name].label if name in INDICATORS else name,
    "table_name": lambda name: table(name).label,
}
"""How a code is said, by the column's check, else by its name."""
