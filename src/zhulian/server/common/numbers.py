"""Document numbers: given by the database in the transaction of the document, so none is given twice or lost.

A rolled-back transaction gives its number back. A number given to a document that came to nothing is voided with a
reason, so that every gap in a series is explained.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import F

from zhulian.server.common import clock
from zhulian.server.common.models import IssuedNumber, Series


def number_issue(*, series: str, subject: str) -> int:
    """The next number of a series, for a subject (`kind:id`), in the running transaction.

    Updating the series' row locks it, so whoever asks at the same time waits until this transaction ends.

    Raises:
        RuntimeError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a number is issued inside the transaction of its document")
    Series.objects.bulk_create([Series(name=series)], ignore_conflicts=True)
    Series.objects.filter(name=series).update(last=F("last") + 1)
    number = Series.objects.values_list("last", flat=True).get(name=series)
    IssuedNumber.objects.create(series_id=series, number=number, subject=subject, issued_at=clock.now())
    return number


def number_void(*, series: str, number: int, reason: str) -> None:
    """Say why a number has no document. The calling service leaves the leaf.

    Raises:
        IssuedNumber.DoesNotExist: when the number was never given.
    """
    row = IssuedNumber.objects.get(series=series, number=number)
    row.void_reason = reason
    row.save(update_fields=["void_reason"])


def gaps(series: str) -> list[int]:
    """Numbers up to the last one that nobody holds. Empty, unless somebody changed the table by hand."""
    last = Series.objects.filter(name=series).values_list("last", flat=True).first() or 0
    held = set(IssuedNumber.objects.filter(series=series).values_list("number", flat=True))
    return [number for number in range(1, last + 1) if number not in held]
