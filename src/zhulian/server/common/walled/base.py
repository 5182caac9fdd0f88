"""Django looks here for the backend: PostgreSQL, with cursors that say who asks before each statement.

It is done in psycopg's cursor, not in Django's wrappers, so that nothing that goes to the connection itself gets by.
Both go in one message: without a transaction PostgreSQL makes one of them together, with one it counts to its end.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import ClientCursor
from psycopg.pq import TransactionStatus

from zhulian.server.common.rows import asker, prologue


class Cursor(base.CursorMixin, ClientCursor[Any]):
    """Django's cursor for PostgreSQL; its statements say who asks."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Cursor:
        """Say who asks and run; after an error in a transaction PostgreSQL takes nothing but its end."""
        said = prologue()
        if not said or self.connection.info.transaction_status == TransactionStatus.INERROR:
            super().execute(query, params, **options)
            return self
        text = query if isinstance(query, (str, bytes)) else query.as_string(self.connection)
        whole = said.encode() + text if isinstance(text, bytes) else said + text
        super().execute(whole, params, **options)
        self.nextset()  # past what set_config answered
        return self

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        """Say who asks once, in the transaction of all of them."""
        if not (said := prologue()):
            super().executemany(query, params_seq, **options)
            return
        with self.connection.transaction():
            super().execute(said)
            super().executemany(query, params_seq, **options)


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL with a wall."""

    def get_connection_params(self) -> dict[str, Any]:
        """Django's, with our cursor."""
        return {**super().get_connection_params(), "cursor_factory": Cursor}

    def chunked_cursor(self) -> Any:
        """A cursor in the server has its own way of saying what it runs; a request reads without one."""
        return self.cursor() if asker() else super().chunked_cursor()
