"""Typed columns of the canonical tables: one helper per kind of column, nullable unless `required_`.

A text that the source does not give is NULL, never the empty string: NULL is our "unknown", and the rules
carry it as such. That is why these are helpers and not Django's habit of empty strings.
"""

from __future__ import annotations

import datetime as dt

from django.db import models

from zhulian.server.common.models import Bitemporal


class Fact(Bitemporal):
    """A row of a canonical table: dated, and from a delivery (`Source`)."""

    source_id = models.BigIntegerField("来源", null=True)

    class Meta(Bitemporal.Meta):
        abstract = True


def required_text(label: str, limit: int, *, column: str | None = None) -> models.CharField[str, str]:
    return models.CharField(label, max_length=limit, db_column=column)


def text(label: str, limit: int, *, column: str | None = None) -> models.CharField[str | None, str | None]:
    return models.CharField(label, max_length=limit, null=True, blank=True, db_column=column)


def required_date(label: str) -> models.DateField[dt.date, dt.date]:
    return models.DateField(label)


def date(label: str) -> models.DateField[dt.date | None, dt.date | None]:
    return models.DateField(label, null=True, blank=True)


def required_integer(label: str) -> models.BigIntegerField[int, int]:
    return models.BigIntegerField(label)


def integer(label: str) -> models.BigIntegerField[int | None, int | None]:
    return models.BigIntegerField(label, null=True, blank=True)


def required_boolean(label: str) -> models.BooleanField[bool, bool]:
    return models.BooleanField(label)


def boolean(label: str) -> models.BooleanField[bool | None, bool | None]:
    return models.BooleanField(label, null=True, blank=True)


def required_subject(label: str) -> models.BigIntegerField[int, int]:
    """Id of a subject. No foreign key: rows arrive by the hundred thousand, and identities are never deleted."""
    return models.BigIntegerField(label)


def subject(label: str) -> models.BigIntegerField[int | None, int | None]:
    return models.BigIntegerField(label, null=True, blank=True)
