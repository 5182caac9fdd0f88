"""Moving encrypted columns to a newer key (trust.md "envelope keys with rotation").

Every model is looked through for `EncryptedTextField`, so that no column is forgotten. Each batch is a transaction and
nothing is remembered but the rows themselves: killed, it goes on with what is left.
"""

# ruff: noqa: SLF001 - `_meta` is Django's documented interface to a model's fields

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db import connection, models, transaction

from zhulian.server.common import crypto
from zhulian.server.common.crypto import EncryptedTextField, Sealed, text_open, text_seal

BATCH: Final = 200
"""Values of one transaction: some 20 ms of sealing, during which nobody else writes on SQLite."""


@dataclass(frozen=True, slots=True)
class Column:
    """An encrypted column of a table."""

    model: type[models.Model]
    field: EncryptedTextField

    @property
    def name(self) -> str:
        """`table.column`."""
        return f"{self.model._meta.db_table}.{self.field.column}"


def columns() -> list[Column]:
    """Every encrypted column of this database, by name."""
    tables = set(connection.introspection.table_names())
    found = [
        Column(model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField) and not model._meta.proxy and model._meta.db_table in tables
    ]
    return sorted(found, key=lambda column: column.name)


def counts() -> dict[str, Counter[int]]:
    """Column → version of the key → values sealed under it."""
    out: dict[str, Counter[int]] = {}
    for column in columns():
        table, name = _quoted(column)
        out[column.name] = Counter()
        with connection.cursor() as cursor:
            cursor.execute(
                # Names out of our own models; a value begins with its version and a colon.
                f"SELECT substr({name}, 1, 6), count(*) FROM {table} WHERE {name} IS NOT NULL GROUP BY substr({name}, 1, 6)"  # noqa: S608
            )
            for beginning, number in cursor.fetchall():
                out[column.name][int(beginning.partition(":")[0])] += number
    return out


def reseal(told: Callable[[str, int], None] = lambda _column, _done: None) -> int:
    """Seal every value under the newest key; how many were moved. `told` hears after each batch: column, values.

    Raises:
        ZhulianError: `crypto.tampered`, `crypto.key_missing`; what was moved before stays moved.
    """
    moved = 0
    for column in columns():
        for done in _batches(column):
            moved += done
            told(column.name, done)
    return moved


def _batches(column: Column) -> Iterator[int]:
    last: Any = None
    while True:
        with transaction.atomic():
            keys = _older(column, last)
            rows = column.model._base_manager.filter(pk__in=keys)
            for row in rows:
                _move(column, row)
        if not keys:
            return
        last = keys[-1]
        yield len(keys)


def _older(column: Column, after: Any) -> list[Any]:
    """Primary keys of the next rows that are not sealed under the newest key."""
    table, name = _quoted(column)
    key = connection.ops.quote_name(str(column.model._meta.pk.column))
    newest = crypto.provider().version(crypto.FIELD_KEY)
    beyond = "" if after is None else f"AND {key} > %s "
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key} FROM {table} WHERE {name} IS NOT NULL AND {name} NOT LIKE %s "  # noqa: S608 - our own names
            f"{beyond}ORDER BY {key} LIMIT {BATCH}",
            [f"{newest}:%", *([] if after is None else [after])],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _move(column: Column, row: models.Model) -> None:
    """Seal one value anew, unless somebody changed it meanwhile."""
    held = row.__dict__[column.field.attname]
    if not isinstance(held, Sealed):
        return
    context = column.field.context(row)
    sealed = text_seal(text_open(held, context), context)
    table, name = _quoted(column)
    key = connection.ops.quote_name(str(column.model._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {name} = %s WHERE {key} = %s AND {name} = %s",  # noqa: S608 - our own names
            [str(sealed), row.pk, str(held)],
        )


def _quoted(column: Column) -> tuple[str, str]:
    quote = connection.ops.quote_name
    return quote(column.model._meta.db_table), quote(str(column.field.column))
