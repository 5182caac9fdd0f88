"""A confirmed waiver takes the records that waited for it: each file's as a correction of its own delivery."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from zhulian.intake import Position, Reject, rejects_csv
from zhulian.server.accounts.models import User
from zhulian.server.exchange.models import Delivery, DeliveryFile, Quarantined
from zhulian.server.exchange.receiving import files_receive
from zhulian.server.registry.models import Waiver

CODE = "id.uscc"


def waiting(waiver: Waiver) -> QuerySet[Quarantined]:
    """Records in quarantine because of this code alone, still open."""
    rows = Quarantined.objects.filter(code=CODE, state=Quarantined.State.OPEN, message__contains=waiver.code)
    return rows.filter(Q(also=[])).select_related("delivery", "file")


def replay(waiver: Waiver, *, user: User) -> list[Delivery]:
    """Hand the waiting records in again, as they were; they count as if they had arrived with their own delivery.

    A crash in between leaves records open: doing it again takes the rest.
    """
    by_file: dict[int, list[Quarantined]] = {}
    for row in waiting(waiver).order_by("delivery", "file__order", "record"):
        by_file.setdefault(row.file_id, []).append(row)
    return [_hand_in(rows, user) for rows in by_file.values()]


def _hand_in(rows: list[Quarantined], user: User) -> Delivery:
    file: DeliveryFile = rows[0].file
    delivery = rows[0].delivery
    root = Path(settings.HOME) / "tmp"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        name = f"{file.table}.csv" if file.table else f"{delivery.number}-{file.order + 1}.csv"
        path = Path(folder) / name
        path.write_text(rejects_csv(map(_reject, rows)), encoding="utf-8-sig", newline="")
        return files_receive(
            paths=[path],
            format_name=delivery.format or None,
            actor=user.actor,
            uploaded_by=user,
            corrects=delivery,
        )


def _reject(row: Quarantined) -> Reject:
    position = Position(f"{row.delivery.number} {row.file.name}", row.record, row.line, row.part)
    raw = json.loads(row.raw.reveal())
    return Reject(row.table or None, position, raw, row.field, row.code, row.message, row.cure)
