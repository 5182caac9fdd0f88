"""What the engine returns, and the one thing it needs from outside: something that runs SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict


class Runner(Protocol):
    """A connection. `dialect` is `sqlite`, `postgres` or `duckdb`.

    The SQL has positional markers: `?` for SQLite and DuckDB, `%s` (with `%%` for a percent sign) for
    PostgreSQL, as their drivers take them. SQLite gets dates as ISO text.
    """

    @property
    def dialect(self) -> str: ...

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True, slots=True)
class Assessment:
    """Facts × rulebook on a day, for one enterprise and one qualification.

    `reason` is the root; its children are the clauses (and `staff-together`). `rule_version` and `rule_hash`
    are empty where there is no rule. `next_critical_on` is the earliest later day on which the passing of time
    alone could change the answer; None if there is none.
    """

    enterprise: int
    code: str
    purpose: str
    as_of: dt.date
    known_at: dt.datetime | None
    verdict: Verdict
    reason: Reason
    rule_version: str = ""
    rule_hash: str = ""
    next_critical_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class PersonClause:
    """How one person stands to one clause: `counts` (计入), `may` (可能计入) or `not` (未计入), with reasons."""

    id: str
    label: str
    status: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person tied to the enterprise. `group` is the staff group in which the witness lets him serve."""

    person: int
    clauses: tuple[PersonClause, ...] = field(default=())
    group: str = ""
