"""Writing dated facts: the database side of `common.bitemporal`.

`facts_record` takes many facts of one table and costs a handful of statements per batch of keys: one reads the
current rows of the keys, one closes what is superseded, one inserts. It is no service: the calling service owns the
transaction and appends the leaf and the events.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import models
from django.db.models import Q

from zhulian.core.kernel.dates import BEGINNING, FOREVER, STILL_KNOWN, micros
from zhulian.server.common.bitemporal import Fact, Stored, change
from zhulian.server.common.crypto import BlindIndexField, EncryptedTextField, Secret, SecretContextField
from zhulian.server.common.models import Bitemporal

OWN: Final = frozenset({"row_id", "fact_from", "fact_until", "recorded_at", "superseded_at"})
BATCH: Final = 400
"""Logical keys per statement."""

Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class NewFact:
    """Values of all columns that the source tells, keys included; a column not named is null."""

    values: Mapping[str, Any]
    fact_from: dt.date = BEGINNING
    fact_until: dt.date = FOREVER


@dataclass(slots=True)
class Recorded:
    """What happened: facts that changed something, facts that did not, and the logical keys that changed."""

    accepted: int = 0
    unchanged: int = 0
    keys: list[Key] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Values:
    """Values of a row as they are compared (an encrypted one by its blind index), and the row they come from."""

    compared: Key
    row: Bitemporal = field(compare=False)


def facts_record(model: type[Bitemporal], key: Sequence[str], facts: Sequence[NewFact], *, at: dt.datetime) -> Recorded:
    """Record facts of one table, in order, as known from `at` on.

    For each logical key a fact overrides what was known for its period; older rows are superseded and their parts
    outside it written again. An identical fact changes nothing. Call inside a transaction; writers of the same keys
    at the same time must hold a lock on the subject.
    """
    outcome = Recorded()
    grouped = _grouped(facts, key)
    keys = list(grouped)
    for start in range(0, len(keys), BATCH):
        _record_batch(model, key, {k: grouped[k] for k in keys[start : start + BATCH]}, micros(at), outcome)
    return outcome


def facts_end(
    model: type[Bitemporal], key: Sequence[str], keys: Sequence[Key], *, on: dt.date, at: dt.datetime
) -> list[Key]:
    """Let the facts of these keys end on a day (first day on which they no longer hold); keys that changed."""
    ended: list[Key] = []
    fresh: list[Bitemporal] = []
    superseded: list[int] = []
    for start in range(0, len(keys), BATCH):
        for logical, rows in _current(model, key, keys[start : start + BATCH]).items():
            late = [row for row in rows if row.fact_until > on]
            superseded += [row.row_id for row in late]
            fresh += [_copy(model, row, row.fact_from, on, micros(at)) for row in late if row.fact_from < on]
            ended += [logical] if late else []
    _supersede(model, superseded, micros(at))
    model.objects.bulk_create(fresh, batch_size=500)
    return ended


def _record_batch(
    model: type[Bitemporal], key: Sequence[str], batch: Mapping[Key, list[NewFact]], at: int, outcome: Recorded
) -> None:
    current = _current(model, key, list(batch))
    superseded: list[int] = []
    fresh: list[Bitemporal] = []
    for logical, newcomers in batch.items():
        stored = [
            Stored(row.row_id, Fact(row.fact_from, row.fact_until, _values(row))) for row in current.get(logical, ())
        ]
        done = change(stored, [Fact(new.fact_from, new.fact_until, _values(model(**new.values))) for new in newcomers])
        outcome.unchanged += done.unchanged
        outcome.accepted += len(newcomers) - done.unchanged
        if done.supersede or done.insert:
            outcome.keys.append(logical)
        superseded += done.supersede
        fresh += [_copy(model, fact.values.row, fact.start, fact.until, at) for fact in done.insert]
    _supersede(model, superseded, at)
    model.objects.bulk_create(fresh, batch_size=500)


def _grouped(facts: Sequence[NewFact], key: Sequence[str]) -> dict[Key, list[NewFact]]:
    grouped: dict[Key, list[NewFact]] = {}
    for fact in facts:
        grouped.setdefault(tuple(fact.values.get(name) for name in key), []).append(fact)
    return grouped


def _current(model: type[Bitemporal], key: Sequence[str], keys: Sequence[Key]) -> dict[Key, list[Bitemporal]]:
    """Rows of these logical keys that nothing has superseded.

    The first column of a key selects (it is indexed, and few rows share one); the rest is compared here, where null
    equals null, as SQL's does not.
    """
    wanted = set(keys)
    lead = {k[0] for k in wanted}
    chosen = Q(**{f"{key[0]}__in": [value for value in lead if value is not None]})
    if None in lead:
        chosen |= Q(**{f"{key[0]}__isnull": True})
    found: dict[Key, list[Bitemporal]] = {}
    for row in model.objects.filter(chosen, superseded_at=STILL_KNOWN).order_by("fact_from"):
        logical = tuple(getattr(row, name) for name in key)
        if logical in wanted:
            found.setdefault(logical, []).append(row)
    return found


def _data_fields(model: type[models.Model]) -> Iterator[models.Field[Any, Any]]:
    for column in model._meta.concrete_fields:  # noqa: SLF001 - _meta is Django's documented interface
        if column.name not in OWN and not isinstance(column, BlindIndexField | SecretContextField):
            yield column


def _values(row: Bitemporal) -> _Values:
    compared = (
        column.comparable(row) if isinstance(column, EncryptedTextField) else getattr(row, column.attname)
        for column in _data_fields(type(row))
    )
    return _Values(tuple(compared), row)


def _copy(model: type[Bitemporal], row: Bitemporal, start: dt.date, until: dt.date, at: int) -> Bitemporal:
    """A new row with the same values for another period; what is encrypted is encrypted again, for its own row."""
    values = {column.attname: getattr(row, column.attname) for column in _data_fields(model)}
    opened = {name: value.reveal() if isinstance(value, Secret) else value for name, value in values.items()}
    return model(**opened, fact_from=start, fact_until=until, recorded_at=at)


def _supersede(model: type[Bitemporal], row_ids: Sequence[int], at: int) -> None:
    for start in range(0, len(row_ids), 1000):
        model.objects.filter(pk__in=row_ids[start : start + 1000]).update(superseded_at=at)
