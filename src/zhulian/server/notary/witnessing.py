"""Witnessing others' ledgers (C2SP tlog-witness, as the server): a province cosigns its cities', or the reverse.

A witness remembers one size and root of each log that it was told of, and cosigns only what continues them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from zhulian.core.ledger import Checkpoint, LedgerError, Note, Verifier, check_consistency
from zhulian.core.ledger.notes import unbase64
from zhulian.server.common import clock
from zhulian.server.notary import keys
from zhulian.server.notary.models import WitnessedLog


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of the answer; the body is a cosignature line, a size, or empty."""

    status: int
    body: str = ""
    kind: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to cosign."""

    old: int
    hashes: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


def read(body: str) -> Asked:
    """Read a request: `old <size>`, the consistency proof, an empty line, the checkpoint.

    Raises:
        LedgerError: what is malformed.
    """
    head, gap, text = body.partition("\n\n")
    first, *lines = head.split("\n")
    number = first.removeprefix("old ")
    if not gap or first == number or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise LedgerError("witness.form", "not an old size, a proof and a checkpoint")
    note = Note.parse(text)
    return Asked(int(number), tuple(map(unbase64, lines)), note, Checkpoint.parse(note))


def answer(body: str) -> Answer:
    """Cosign, or say why not: 400 malformed, 403 not signed by the log, 404 unknown log, 409 another size, 422 a fork."""
    try:
        asked = read(body)
    except LedgerError:
        return Answer(400)
    with transaction.atomic():
        known = WitnessedLog.objects.select_for_update(no_key=True).filter(origin=asked.checkpoint.origin).first()
        if known is None:
            return Answer(404)
        refusal = _refusal(known, asked)
        if refusal is not None:
            return refusal
        now = clock.machine_now()
        line = keys.witness_signer().line(asked.note.text, at=int(now.timestamp()))
        known.size, known.root, known.at = asked.checkpoint.size, asked.checkpoint.root, now
        known.note = str(asked.note.signed(line))
        known.save(update_fields=["size", "root", "note", "at"])
    return Answer(200, line)


def _refusal(known: WitnessedLog, asked: Asked) -> Answer | None:
    try:
        Verifier.parse(known.key).check(asked.note)
    except LedgerError:
        return Answer(403)
    if asked.old > asked.checkpoint.size:
        return Answer(400)
    if asked.old != known.size:
        return Answer(409, f"{known.size}\n", "text/x.tlog.size")
    return None if _continues(known, asked) else Answer(422)


def _continues(known: WitnessedLog, asked: Asked) -> bool:
    if not known.size:
        return not asked.hashes
    try:
        check_consistency(
            first=known.size,
            second=asked.checkpoint.size,
            old=bytes(known.root),
            new=asked.checkpoint.root,
            proof=asked.hashes,
        )
    except LedgerError:
        return False
    return True
