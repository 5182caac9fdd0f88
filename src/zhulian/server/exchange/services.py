"""Deliveries: opened, taken chunk by chunk, corrected, given up.

A delivery's place (`progress`) commits with the rows of its chunk: a process killed at any line loses that chunk's
transaction only, and the next one goes on from the place, so nothing is lost and nothing is taken twice.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Final

from django.db import transaction

from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.errors import ZhulianError
from zhulian.intake import Format, Page, Position, Problem, Reject, rejects_csv, rejects_workbook
from zhulian.intake.rejectbook import ROW_LIMIT
from zhulian.server.accounts.models import User
from zhulian.server.common import outbox
from zhulian.server.common.jobs import job_start
from zhulian.server.common.numbers import number_issue
from zhulian.server.common.writing import writes
from zhulian.server.exchange import inbox, reading
from zhulian.server.exchange.formats import feed_of
from zhulian.server.exchange.models import Delivery, DeliveryFile, Feed, Quarantined
from zhulian.server.notary.opening import Opener, Purpose, begin
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.services import rows_record, source_create
from zhulian.server.registry.waivers.selectors import under_waivers

SERIES: Final = "exchange.delivery"
FINISHED: Final = outbox.event_type("exchange.delivery.finished", "a delivery was taken to its end")
JOB: Final = "exchange.delivery.take"
_FIRST_SIZE: Final = 500
_SMALLEST: Final = 500
"""About 0.1 s of work. A chunk has some thirty statements of its own, so smaller ones cost a third more per record."""
_LARGEST: Final = 4000
_GOAL_SECONDS: Final = 0.12
"""A chunk should take this long, so that few exceed what a step may (architecture.md). Each costs some fixed time."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Where a delivery stands after a step."""

    done: int
    expected: int | None
    finished: bool


@writes
def delivery_open(
    *,
    found: Sequence[inbox.Found],
    work: str,
    format_name: str,
    actor: str,
    uploaded_by: User | None,
    corrects: Delivery | None,
    at: dt.datetime,
    feed: Feed | None = None,
) -> Delivery:
    """A delivery of files that have been looked at; a job takes it. `feed`: the scheduled one that brought them."""
    serial = number_issue(series=SERIES, subject=f"work:{work}")
    number = f"GJ-{at:%Y}-{serial:06d}"
    source = feed.source if feed else feed_of([one.format.name for one in found if one.refusal is None])
    unit = feed.owner if feed else uploaded_by.unit if uploaded_by else None
    counts = [one.expected for one in found if one.refusal is None]
    delivery = Delivery.objects.create(
        number=number,
        feed=source,
        by_feed=feed,
        format=format_name,
        uploaded_by=uploaded_by,
        division=unit.division_id if unit else "",
        actor=actor,
        received_at=at,
        source=source_create(feed=source, reference=number, at=at, actor=actor),
        corrects=corrects,
        expected=None if None in counts else sum(count for count in counts if count is not None),
        work=work,
    )
    DeliveryFile.objects.bulk_create([_file(delivery, i, one) for i, one in enumerate(found)])
    data = {"files": [{"name": one.name, "sha256": one.sha256} for one in found], "number": number}
    leaf_append(action="exchange.delivery.open", actor=actor, subject=f"delivery:{delivery.pk}", data=data, at=at)
    job_start(kind=JOB, payload={"delivery": delivery.pk}, key=f"delivery:{delivery.pk}", actor=actor)
    return delivery


def _file(delivery: Delivery, order: int, one: inbox.Found) -> DeliveryFile:
    row = DeliveryFile(
        delivery=delivery,
        order=order,
        name=one.name[:255],
        stored_id=one.stored,
        sha256=one.sha256,
        size=one.size,
        format=one.format.name,
        table=one.format.table,
        encoding=one.format.encoding,
        sheet=one.format.sheet,
        expected=one.expected,
    )
    if one.refusal is not None:
        _refuse(row, one.refusal)
    return row


def _refuse(file: DeliveryFile, error: ZhulianError) -> None:
    file.state = DeliveryFile.State.REFUSED
    file.message, file.cure = error.text[:1000], error.cure[:1000]


@writes
def delivery_take(*, delivery: int, at: dt.datetime) -> Taken:
    """Take the next chunk of a delivery, or close it when nothing is left."""
    row = Delivery.objects.select_for_update().get(pk=delivery)
    if not row.open:
        return Taken(row.received, row.expected, finished=True)
    file = row.files.filter(state=DeliveryFile.State.WAITING).order_by("order").first()
    if file is None:
        _finish(row, at)
    elif (earlier := _same(row, file)) is not None:
        _repeat(row, file, earlier)
        _note(row, at, {"file": file.order, "same_as": earlier.delivery.number})
    else:
        _take(row, file, at)
    row.save()
    return Taken(row.received, row.expected, finished=not row.open)


def _same(row: Delivery, file: DeliveryFile) -> DeliveryFile | None:
    """An earlier delivery's file with the same content, read the same way to its end."""
    if row.corrects_id:
        return None
    earlier = DeliveryFile.objects.filter(
        sha256=file.sha256,
        format=file.format,
        table=file.table,
        sheet=file.sheet,
        state=DeliveryFile.State.DONE,
    )
    return earlier.select_related("delivery").order_by("pk").first()


def _repeat(row: Delivery, file: DeliveryFile, earlier: DeliveryFile) -> None:
    """The same file again changes nothing; what of it still waits for a correction is counted, not stored twice."""
    codes = Counter(earlier.quarantine.filter(state=Quarantined.State.OPEN).values_list("code", flat=True))
    file.quarantined = sum(codes.values())
    file.unchanged = earlier.accepted + earlier.unchanged + earlier.quarantined - file.quarantined
    file.state, file.same_as = DeliveryFile.State.REPEATED, earlier
    file.save()
    row.quarantined += file.quarantined
    row.unchanged += file.unchanged
    row.reasons = dict(Counter(row.reasons) + codes)
    row.state = Delivery.State.RUNNING


@under_waivers
def _take(row: Delivery, file: DeliveryFile, at: dt.datetime) -> None:
    """One chunk of one file: rows, quarantine, counts and place, all in this transaction."""
    started = time.monotonic()
    done = int(row.progress.get("done", 0))
    size = int(row.progress.get("size", _FIRST_SIZE))
    path = inbox.working_copy(row.work, file.order, file.sha256)
    format_ = Format(file.format, file.table, file.encoding, file.sheet)
    try:
        reader = reading.reader_take(row.pk, file=file.order, done=done, path=path, shown=file.name, format_=format_)
        chunk = reading.chunk_read(reader, size)
    except ZhulianError as error:  # opening it again after a crash met what had stopped it
        chunk = reading.Chunk([], 0, ended=True, error=error)
        reader = None
    rejects = [record for record in chunk.records if isinstance(record, Reject)]
    accepted, unchanged = 0, 0
    for counted in (True, False):
        rows = reading.rows_of(chunk.records, counted=counted)
        if rows:
            origin = row.origin
            outcome = rows_record(
                rows=rows,
                source=row.source,
                feed=f"{row.division}/{row.feed}",
                at=at,
                actor=row.actor,
                order=origin.source,
                observed=origin.received_at,
            )
            rejects += outcome.rejects
            accepted += outcome.accepted * counted
            unchanged += outcome.unchanged * counted
    _quarantine(row, file, rejects)
    if row.corrects_id and reader is not None:
        _settle(row, reader.positions(done, done + chunk.counted), {r.position.record for r in rejects})
    _count(row, file, accepted=accepted, unchanged=unchanged, rejects=rejects)
    if chunk.error is not None:
        _refuse(file, chunk.error)
    elif chunk.ended:
        file.state = DeliveryFile.State.DONE
    file.save()
    ended = file.state != DeliveryFile.State.WAITING
    spent = max(time.monotonic() - started, 0.001)
    following = min(max(int(size * min(_GOAL_SECONDS / spent, 2)), _SMALLEST), _LARGEST)
    row.progress = {"file": file.order, "done": 0 if ended else done + chunk.counted, "size": following}
    row.state = Delivery.State.RUNNING
    counts = {"accepted": accepted, "unchanged": unchanged, "quarantined": len(rejects)}
    _note(row, at, {"file": file.order, "from": done, **counts})
    if reader is not None and not ended:
        reader.done = done + chunk.counted
        reading.reader_put(row.pk, reader)


def _quarantine(row: Delivery, file: DeliveryFile, rejects: Sequence[Reject]) -> None:
    Quarantined.objects.bulk_create(
        [
            Quarantined(
                delivery=row,
                file=file,
                record=r.position.record,
                line=r.position.line,
                part=r.position.part[:60],
                position=str(r.position)[:400],
                table=r.table or "",
                field=r.field[:100],
                code=r.code,
                message=r.message[:1000],
                cure=r.cure[:1000],
                also=[{"code": p.code, "message": p.message, "cure": p.cure, "field": p.field} for p in r.also],
                raw=r.raw_text,
            )
            for r in sorted(rejects, key=lambda r: r.position.record)
        ],
        batch_size=500,
    )


def _count(row: Delivery, file: DeliveryFile, *, accepted: int, unchanged: int, rejects: Sequence[Reject]) -> None:
    for one in (row, file):
        one.accepted += accepted
        one.unchanged += unchanged
        one.quarantined += len(rejects)
    row.reasons = dict(Counter(row.reasons) + Counter(r.code for r in rejects))


def _settle(row: Delivery, positions: Mapping[int, str], refused: AbstractSet[int]) -> None:
    """Records of a corrected sheet settle the quarantined ones that they stand for; refused again, they wait here.

    Positions alike in two deliveries are two records: a sheet handed in for the wrong one settles nothing there.
    """
    number = f"{row.corrects.number if row.corrects else ''} "
    own = {n: text.removeprefix(number) for n, text in positions.items() if text.startswith(number)}
    for state, records in (
        (Quarantined.State.AGAIN, own.keys() & refused),
        (Quarantined.State.CORRECTED, own.keys() - refused),
    ):
        told = [own[n] for n in records]
        waiting = Quarantined.objects.filter(delivery=row.corrects, position__in=told, state=Quarantined.State.OPEN)
        waiting.update(state=state, corrected_by=row)


def _note(row: Delivery, at: dt.datetime, data: dict[str, Json]) -> None:
    leaf_append(action="exchange.delivery.take", actor=row.actor, subject=f"delivery:{row.pk}", data=data, at=at)


def _finish(row: Delivery, at: dt.datetime) -> None:
    refused = row.files.filter(state=DeliveryFile.State.REFUSED).exists()
    if refused and not row.received:
        row.state = Delivery.State.FAILED
    elif row.quarantined:
        row.state = Delivery.State.PARTLY
    else:
        row.state = Delivery.State.UNREAD if refused else Delivery.State.DONE
    row.finished_at = at
    work, row.work = row.work, ""
    counts: dict[str, Json] = {"accepted": row.accepted, "unchanged": row.unchanged, "quarantined": row.quarantined}
    leaf_append(action="exchange.delivery.finish", actor=row.actor, subject=f"delivery:{row.pk}", data=counts, at=at)
    outbox.append([outbox.Event(FINISHED, f"delivery:{row.pk}", counts)])
    # Only after the commit: a crash before it must still find the copies.
    transaction.on_commit(lambda: inbox.working_copies_drop(work))


@writes
def quarantined_give_up(*, delivery: int, rows: Sequence[int], reason: str, actor: str, at: dt.datetime) -> int:
    """Give records up, with a reason; how many were still open.

    Raises:
        ZhulianError: `value.missing` without a reason.
    """
    if not reason.strip():
        raise ZhulianError("value.missing", field="放弃的理由")
    waiting = Quarantined.objects.filter(delivery=delivery, pk__in=rows, state=Quarantined.State.OPEN)
    changed = waiting.update(state=Quarantined.State.GIVEN_UP, given_up_reason=reason.strip()[:200])
    data = {"rows": changed, "reason": reason.strip()[:200]}
    leaf_append(action="exchange.quarantine.give_up", actor=actor, subject=f"delivery:{delivery}", data=data, at=at)
    return changed


@writes
def quarantined_reopen(*, delivery: int, rows: Sequence[int], reason: str, actor: str, at: dt.datetime) -> int:
    """Take giving up back: the records wait for a correction again; how many.

    Raises:
        ZhulianError: `value.missing` without a reason.
    """
    if not reason.strip():
        raise ZhulianError("value.missing", field="撤回的理由")
    given_up = Quarantined.objects.filter(delivery=delivery, pk__in=rows, state=Quarantined.State.GIVEN_UP)
    changed = given_up.update(state=Quarantined.State.OPEN, given_up_reason="")
    data = {"rows": changed, "reason": reason.strip()[:200]}
    leaf_append(action="exchange.quarantine.reopen", actor=actor, subject=f"delivery:{delivery}", data=data, at=at)
    return changed


@writes
def quarantined_reveal(*, row: int, purpose: Purpose, actor: str, at: dt.datetime) -> dict[str, str]:
    """The raw record, column by column, for a stated purpose, which stands in the ledger.

    Raises:
        ZhulianError: `crypto.tampered`.
        Quarantined.DoesNotExist: if there is none.
    """
    found = Quarantined.objects.get(pk=row)
    opener = begin(
        action="exchange.quarantine.reveal",
        actor=actor,
        subject=f"quarantined:{row}",
        purpose=purpose,
        data={"position": found.position},
        at=at,
    )
    return {str(name): str(cell) for name, cell in json.loads(opener.text(found.raw)).items()}


@writes
def rejects_download(*, file: int, purpose: Purpose, actor: str, at: dt.datetime) -> str:
    """The sheet of a file's records that wait for a correction; who took it, and what for, stands in the ledger."""
    found = DeliveryFile.objects.get(pk=file)
    rows = (
        found.quarantine.select_related("file", "delivery")
        .filter(state=Quarantined.State.OPEN)
        .order_by("record", "pk")
    )
    data = {"file": found.name, "rows": rows.count()}
    opener = _download(found.delivery_id, purpose, data, actor, at)
    return rejects_csv([_reject(row, opener) for row in rows.iterator(chunk_size=500)])


@writes
def rejects_workbook_download(
    *, delivery: int, target: IO[bytes], purpose: Purpose, actor: str, at: dt.datetime
) -> int:
    """All records of a delivery that wait for a correction, as a workbook with a sheet for each of its files.

    How many it does not hold; who took it, and what for, stands in the ledger, with the number of records opened.
    """
    row = Delivery.objects.get(pk=delivery)
    open_rows = Quarantined.objects.select_related("file", "delivery").filter(state=Quarantined.State.OPEN)
    waiting = [
        (_sheet_name(file), open_rows.filter(file=file).order_by("record", "pk")[: ROW_LIMIT + 1])
        for file in row.files.order_by("order")
    ]
    data = {"rows": sum(rows.count() for _, rows in waiting), "form": "xlsx"}
    opener = _download(delivery, purpose, data, actor, at)
    return rejects_workbook((Page(name, [_reject(one, opener) for one in rows]) for name, rows in waiting), target)


def _download(delivery: int, purpose: Purpose, data: Mapping[str, object], actor: str, at: dt.datetime) -> Opener:
    subject = f"delivery:{delivery}"
    return begin(action="exchange.quarantine.download", actor=actor, subject=subject, purpose=purpose, data=data, at=at)


def _sheet_name(file: DeliveryFile) -> str:
    """What a sheet of rejects is called: as it was, else its table's name, by which it is known again."""
    return file.sheet or file.table_label or PurePath(file.name).stem


def _reject(row: Quarantined, opener: Opener) -> Reject:
    also = tuple(Problem(p["code"], p["message"], p["cure"], p["field"]) for p in row.also)
    position = Position(f"{row.delivery.number} {row.file.name}", row.record, row.line, row.part)
    raw = json.loads(opener.text(row.raw))
    return Reject(row.table or None, position, raw, row.field, row.code, row.message, row.cure, also)
