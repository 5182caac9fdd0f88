"""An adapter is a table: source field → canonical table, column, parser. This module applies such tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.tables import TABLES
from zhulian.intake.errors import problem_of
from zhulian.intake.model import Position, Problem, Raw, Reject, Row
from zhulian.intake.validate import Checked

How: TypeAlias = Callable[..., object]
"""Texts of the source fields → a value of the column's type, or text for the column's own parser."""
Converted: TypeAlias = list[Row] | Reject

BOOKKEEPING: Final = ("_reason", "_cure", "_position")
"""Columns that a sheet of rejects has beside the source's; read back, they are ignored."""
LINE: Final = "_line"
"""Column of a reject that could not be cut into cells: its text, until somebody fills in the cells."""
ASIDE: Final = (*BOOKKEEPING, LINE)


def as_is(text: str) -> object:
    """The text itself: the column's own parser reads it."""
    return text


@dataclass(frozen=True, slots=True)
class Field:
    """Where one canonical column comes from."""

    column: str
    sources: tuple[str, ...]
    how: How = as_is
    note: str = ""
    """Chinese, for docs/formats.md: what happens to the value."""


@dataclass(frozen=True, slots=True)
class Target:
    """One canonical row that a record gives."""

    table: str
    fields: tuple[Field, ...]
    constants: Mapping[str, object] = field(default_factory=dict)
    when: Callable[[Raw], bool] = bool
    derived: bool = False


class Checkers(dict[str, Checked]):
    """The rules of each table, made when first needed; one set per file being read."""

    def __missing__(self, name: str) -> Checked:
        self[name] = Checked(TABLES[name])
        return self[name]


class Adapter(Protocol):
    """What a format must give to be listed in :data:`zhulian.intake.formats.ADAPTERS`."""

    @property
    def name(self) -> str:
        """Name for `--format`."""

    @property
    def label(self) -> str:
        """Chinese name."""

    @property
    def targets(self) -> tuple[Target, ...]:
        """What a record gives."""

    @property
    def unused(self) -> Mapping[str, str]:
        """Source fields that are not taken → why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Export:
    """An adapter of a table with a fixed header."""

    name: str
    label: str
    columns: tuple[str, ...]
    targets: tuple[Target, ...]
    unused: Mapping[str, str]
    note: str = ""

    def matches(self, header: set[str]) -> bool:
        """Whether a header is this export's: every column that is used stands there."""
        return self.used <= header <= set(self.columns) | set(ASIDE)

    @property
    def used(self) -> set[str]:
        """Source columns that some target takes."""
        return {s for t in self.targets for f in t.fields for s in f.sources}


def convert(targets: tuple[Target, ...], raw: Raw, position: Position, checkers: Checkers) -> Converted:
    """All rows of a record, or its reject with everything that is wrong with it."""
    rows: list[Row] = []
    problems: list[Problem] = []
    for target in targets:
        if not target.when(raw):
            continue
        row, found = _row(target, raw, position, checkers[target.table])
        rows.append(row)
        problems += found
    if not rows:
        problems.append(problem_of(ZhulianError("row.nothing")))
    if not problems:
        return rows
    unique = tuple(dict.fromkeys(problems))
    return reject(targets[-1].table, position, raw, unique)


def reject(table: str | None, position: Position, raw: Raw, problems: tuple[Problem, ...]) -> Reject:
    """A reject of one record with its problems, the first in front."""
    first = problems[0]
    return Reject(table, position, raw, first.field, first.code, first.message, first.cure, problems[1:])


def _row(target: Target, raw: Raw, position: Position, checked: Checked) -> tuple[Row, list[Problem]]:
    cells: dict[str, object] = dict(target.constants)
    sources: dict[str, str] = {}
    problems: list[Problem] = []
    for f in target.fields:
        sources[f.column] = f.sources[0] if f.sources else f.column
        try:
            cells[f.column] = f.how(*(raw.get(s, "") for s in f.sources))
        except ZhulianError as error:
            problems.append(problem_of(error, sources[f.column]))
            cells[f.column] = None
    values, found = checked.values(cells, sources)
    broken = {p.field for p in problems}
    problems += [p for p in found if p.field not in broken]
    since, until = checked.taken(values)
    masked = bool(cells.get("id_no")) and values["id_no"] is None
    return Row(target.table, values, position, raw, since, until, target.derived, masked=masked), problems
