"""The rules engine on Django's connection: the same plan, on the database the page is served from."""

from __future__ import annotations

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
            return cast("list[tuple[Any, ...]]", cursor.fetchall())
        finally:
            cursor.close()
