"""What the foundations are tested with: a still clock, and a dated table of the tests' own."""

# ruff: noqa: ARG001 - fixtures are asked for by name

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import ClassVar

import pytest
from django.db import connection, models

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.server.common import clock
from zhulian.server.common.crypto import BlindIndexField, EncryptedTextField, SecretContextField
from zhulian.server.common.models import Bitemporal

MOMENT = dt.datetime(2025, 6, 1, 9, tzinfo=SHANGHAI)


class Fish(Bitemporal):
    """A dated table with secrets."""

    pond = models.BigIntegerField(null=True)
    weight = models.BigIntegerField(null=True)
    secret_id = SecretContextField()
    chip = EncryptedTextField(index="chip_index")
    chip_index = BlindIndexField(source="chip")
    note = EncryptedTextField()

    class Meta(Bitemporal.Meta):
        app_label = "common"
        db_table = "test_fish"
        indexes: ClassVar[list[models.Index]] = []


@pytest.fixture
def moment() -> Iterator[dt.datetime]:
    """The business clock stands still."""
    with clock.frozen(MOMENT) as at:
        yield at


@pytest.fixture(scope="session")
def _fish_table(django_db_setup, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Fish)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(Fish)


@pytest.fixture
def fish(_fish_table, db) -> type[Fish]:
    return Fish
