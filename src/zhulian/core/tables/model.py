"""What a canonical table is made of.

Storage adds the same columns to every table, and files may carry the first two:

| column | type | meaning |
| --- | --- | --- |
| `fact_from`, `fact_until` | date | when the fact holds, half-open; default 1900-01-01 and 9999-12-31 |
| `recorded_at`, `superseded_at` | int64, microseconds since the epoch | when we knew it; default of the latter 2^63 − 1 |
| `row_id` | int64 | this row |

The design calls the first two `valid_from` and `valid_until`; `valid_until` is also the last day printed on
a certificate, so the stored period has a name of its own (docs/decisions/0002-names-of-the-two-times.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Type of a column. There are no floats and no decimals: SQLite, DuckDB and Spark differ there."""

    TEXT = "text"
    DATE = "date"
    INT = "int"
    BOOL = "bool"
    REF = "ref"
    """A subject: a natural key (`core.kernel.identifiers.Key`) in files, an int64 internal id in storage."""


class Publicity(StrEnum):
    """Who may see a column, before scopes narrow it further."""

    OPEN = "open"
    """Everybody."""
    PARTIES = "parties"
    """Regulators in scope, the enterprise itself and those it authorised; masked for others."""
    SECRET = "secret"  # noqa: S105 - a degree of publicity, no password
    """Encrypted in storage, opened for a stated purpose only, never in snapshots or logs."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `unit` is the unit of the stored integer's `scale`-th part: 元 with scale 100 is stored in fen. `refers` is
    the table of a REF. `options` closes a TEXT to a list. `check` names a parser of the kernel.
    """

    name: str
    kind: Kind
    label: str
    required: bool = False
    unit: str = ""
    scale: int = 1
    options: tuple[str, ...] = ()
    refers: str = ""
    check: str = ""
    public: Publicity = Publicity.OPEN
    limit: int = 200
    """Longest text in characters."""


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table.

    `key` is the logical key: for one key the fact periods of rows not superseded never overlap. `subject` is
    the column whose subject the row is about. `since` is the column that starts the fact when the file has no
    `fact_from`. `order` lists column pairs (earlier, later) that must not be reversed.
    """

    name: str
    label: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    subject: str = "enterprise"
    since: str = ""
    order: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: if there is none.
        """
        for col in self.columns:
            if col.name == name:
                return col
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(col.name for col in self.columns)
