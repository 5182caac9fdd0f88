"""Rows written the way deliveries write them, for tests of who is who."""

from __future__ import annotations

import datetime as dt
from typing import Any

from server.exchange.conftest import credit_code
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.kernel.identifiers import parse_key
from zhulian.core.tables import TABLES
from zhulian.intake import Position, Row
from zhulian.server.registry.models import Identity
from zhulian.server.registry.services import Recorded, rows_record, source_create

AT = dt.datetime(2025, 6, 2, 9, tzinfo=SHANGHAI)
CODES = (credit_code(1), credit_code(2))
ACTOR = "user:1"


def record(*rows: tuple[str, dict[str, Any]], at: dt.datetime = AT) -> Recorded:
    """Rows of one delivery."""
    source = source_create(feed="示例", reference=f"{at}", at=at, actor="system:test")
    made = [Row(table, _keyed(table, values), Position("t.csv", i + 1), {}) for i, (table, values) in enumerate(rows)]
    return rows_record(rows=made, source=source, feed="示例", at=at, actor="system:test")


def _keyed(table: str, values: dict[str, Any]) -> dict[str, Any]:
    refers = {column.name for column in TABLES[table].columns if column.refers}
    return {k: parse_key(v) if k in refers else v for k, v in values.items()}


def subject(kind: str, key: str) -> int:
    """Who is called so."""
    found = parse_key(key)
    value = f"示例/{found.value}" if found.kind == "local" else found.value
    return Identity.objects.get(subject_kind=kind, kind=found.kind, value=value).subject_id
