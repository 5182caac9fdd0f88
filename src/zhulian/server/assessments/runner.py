"""The rules engine on Django's connection: the same plan, on the database the page is served from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connections

_DIALECTS = {"sqlite": "sqlite", "postgresql": "postgres"}


class DjangoRunner:
    """A `core.rules.Runner`.

    The driver's own cursor is used, not Django's: its placeholders and types are those of the plan (dates are ISO
    text on SQLite), and it does not keep a million queries for the debug page.
    """

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self._connection = connections[using]
        self.dialect = _DIALECTS[self._connection.vendor]

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        self._connection.ensure_connection()
        cursor = self._connection.connection.cursor()
        try:
            cursor.execute(sql, tuple(params))
            rows = cast("list[tuple[Any, ...]]", cursor.fetchall())
        finally:
            cursor.close()
        return rows if self.dialect != "sqlite" else [tuple(map(_iso, row)) for row in rows]


def _iso(value: Any) -> Any:
    """Django's SQLite connections turn columns declared as dates into dates; the plan's readers expect ISO text."""
    return value.isoformat() if isinstance(value, dt.date) else value
