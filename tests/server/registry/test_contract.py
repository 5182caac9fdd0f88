"""The database obeys the contract: every table, column, type and nullability of `core.tables`."""

from __future__ import annotations

import pytest
from django.db import connection, models

from zhulian.core.tables import TABLES, Column, Kind, Publicity
from zhulian.server.common.crypto import EncryptedTextField
from zhulian.server.registry.models import MODELS
from zhulian.server.registry.storage import attribute

FIELDS = {
    Kind.TEXT: models.CharField,
    Kind.DATE: models.DateField,
    Kind.INT: models.BigIntegerField,
    Kind.BOOL: models.BooleanField,
    Kind.REF: models.BigIntegerField,
}
STORAGE = {"row_id", "fact_from", "fact_until", "recorded_at", "superseded_at", "source_id"}
SECRETS = {"person": {"secret_id", "id_no_index", "phone_index"}}
PAIRS = [(table, column) for table in TABLES.values() for column in table.columns]


def test_every_table_has_a_model_in_the_order_of_the_contract():
    assert list(MODELS) == list(TABLES)
    assert {name: model._meta.db_table for name, model in MODELS.items()} == {name: name for name in TABLES}


@pytest.mark.parametrize("name", list(TABLES))
def test_a_table_has_the_columns_of_the_contract_and_no_others(name):
    columns = {field.column for field in MODELS[name]._meta.concrete_fields}
    assert columns == set(TABLES[name].names) | STORAGE | SECRETS.get(name, set())


@pytest.mark.parametrize(("table", "column"), PAIRS, ids=[f"{t.name}.{c.name}" for t, c in PAIRS])
def test_a_column_has_the_type_and_nullability_of_the_contract(table, column: Column):
    field = MODELS[table.name]._meta.get_field(attribute(column.name))
    kind = EncryptedTextField if column.public is Publicity.SECRET else FIELDS[column.kind]
    assert isinstance(field, kind)
    assert field.column == column.name
    assert field.null is not (column.required or table.key == (column.name,))
    if kind is models.CharField:
        assert field.max_length == column.limit


@pytest.mark.parametrize("name", list(TABLES))
@pytest.mark.django_db
def test_subjects_are_indexed(name):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, name)
    indexed = {row["columns"][0] for row in found.values() if row["index"] and row["columns"]}
    assert {column.name for column in TABLES[name].columns if column.kind is Kind.REF} <= indexed
