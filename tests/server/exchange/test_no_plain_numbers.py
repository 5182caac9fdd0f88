"""Personal numbers are nowhere in plain: not in a table, not in an event, a leaf, a job or a rejected record."""

from __future__ import annotations

import pytest
from django.db import connection

from zhulian.server.registry.models import Person

NUMBER, PHONE = "371723197305030016", "13800001234"  # made up, with a right check digit
HEADER = ("person", "name", "id_no", "phone", "sex")

pytestmark = pytest.mark.django_db


def everything() -> dict[str, str]:
    """Every cell of every table as text, bytes as Latin-1."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            cells = (cell for row in cursor.fetchall() for cell in row)
            texts = (bytes(c).decode("latin-1") if isinstance(c, bytes | memoryview) else str(c) for c in cells)
            found[table] = "\n".join(texts)
    return found


def test_no_table_holds_a_number_in_plain(sheet, take):
    person = {"person": "RY_ID:5", "name": "张三", "id_no": NUMBER, "phone": PHONE}
    wrong_column = {"person": "RY_ID:6", "name": "李四", "sex": f"{NUMBER} {PHONE}"}
    done = take(sheet([person, wrong_column], "person.csv", HEADER))
    assert (done.accepted, done.quarantined) == (1, 1)
    assert Person.objects.known().get().phone.reveal() == PHONE
    tables = everything()
    assert {"person", "exchange_quarantined", "notary_leaf", "common_event"} <= tables.keys()
    assert [name for name, text in tables.items() if NUMBER in text or PHONE in text] == []
