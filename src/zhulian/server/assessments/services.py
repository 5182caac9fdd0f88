"""Assess and record: the only writers of verdicts.

A run is a sequence of short steps (a handful of enterprises each, one transaction), so that it can stop anywhere
and go on, and nobody waits for a lock longer than a step. A crash inside a step loses that step only: nothing of it
is stored, and the next attempt assesses the same enterprises again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db.models import F

from zhulian import rulebooks
from zhulian.core import rules
from zhulian.core.kernel.dates import STILL_KNOWN, micros
from zhulian.core.kernel.verdicts import Verdict
from zhulian.server.assessments import selectors
from zhulian.server.assessments.models import Assessment, Run, Stale
from zhulian.server.assessments.moments import VERIFICATION
from zhulian.server.assessments.reasons import digest_of, missing_sentence, shortfall_sentence
from zhulian.server.assessments.runner import DjangoRunner
from zhulian.server.common import outbox
from zhulian.server.common.writing import writes
from zhulian.server.notary import services as notary

STEP: Final = 16
"""Enterprises a step of a job: about 150 ms at town size, and a size for which the engine has a plan."""
RUN_COMPLETED: Final = outbox.event_type("assessments.run.completed", "an assessment of many has ended")
FELL_SHORT: Final = outbox.event_type("qualification.fell_short", "a verdict raised a flag")
RECOVERED: Final = outbox.event_type("qualification.recovered", "a verdict lifted a flag")


@dataclass(frozen=True, slots=True)
class Difference:
    """What a step has to write: rows to close, verdicts to insert with their flag, dates to move."""

    close: list[Assessment] = field(default_factory=list)
    insert: list[tuple[rules.Assessment, bool]] = field(default_factory=list)
    move: list[Assessment] = field(default_factory=list)


def difference(current: Iterable[Assessment], found: Iterable[rules.Assessment]) -> Difference:
    """Compare what we said with what the engine says now. A pair no longer held is closed without a successor."""
    out = Difference()
    known = {(row.enterprise, row.code): row for row in current}
    for new in found:
        old = known.pop((new.enterprise, new.code), None)
        if old is None:
            out.insert.append((new, _flag(new.verdict, before=False)))
        elif old.digest != digest_of(new.verdict, new.reason, new.rule_version, new.rule_hash):
            out.close.append(old)
            out.insert.append((new, _flag(new.verdict, before=old.flagged)))
        elif old.next_critical_on != new.next_critical_on:
            old.next_critical_on = new.next_critical_on
            out.move.append(old)
    out.close.extend(known.values())
    return out


def _flag(verdict: Verdict, *, before: bool) -> bool:
    """Short flags, met lifts; missing data leave the flag as it was (absence of data is not recovery)."""
    return before if verdict is Verdict.UNKNOWN else verdict is Verdict.SHORT


@writes
def run_start(*, as_of: dt.date, purpose: str, everyone: bool, at: dt.datetime, actor: str) -> Run:
    """Open a run. Its verdicts are recorded step by step."""
    run = Run.objects.create(as_of=as_of, purpose=purpose, everyone=everyone, started_at=micros(at))
    notary.leaf_append(
        action="assessments.run.start",
        actor=actor,
        subject=f"run:{run.pk}",
        data={"as_of": as_of.isoformat(), "purpose": purpose, "everyone": everyone},
        at=at,
    )
    return run


@writes
def run_step(*, run_id: int, enterprises: Sequence[int], at: dt.datetime, actor: str) -> int:
    """Assess some enterprises and record what changed, with one leaf; returns the number of changed verdicts."""
    run = Run.objects.get(pk=run_id)
    found = rules.assess_held(
        rulebooks.library(), DjangoRunner(), as_of=run.as_of, purpose=run.purpose, enterprises=list(enterprises)
    )
    current = selectors.current().filter(enterprise__in=enterprises, purpose=run.purpose).select_for_update()
    delta = difference(current, found)
    Stale.objects.filter(enterprise__in=enterprises, marked_at__lte=micros(at)).delete()
    _write(run, delta, micros(at))
    Run.objects.filter(pk=run_id).update(pairs=F("pairs") + len(found), changed=F("changed") + len(delta.insert))
    notary.leaf_append(
        action="assessments.run.step",
        actor=actor,
        subject=f"run:{run_id}",
        data={
            "enterprises": len(enterprises),
            "verdicts": [[new.enterprise, new.code, new.verdict.value, new.rule_hash] for new, _ in delta.insert],
            "closed": [[row.enterprise, row.code] for row in delta.close],
        },
        at=at,
    )
    return len(delta.insert)


@writes
def run_finish(*, run_id: int, at: dt.datetime, actor: str) -> Run:
    """Close a run and tell so; the handler of that event tells about each changed verdict."""
    run = Run.objects.get(pk=run_id)
    run.finished_at = micros(at)
    run.save(update_fields=["finished_at"])
    notary.leaf_append(
        action="assessments.run.finish",
        actor=actor,
        subject=f"run:{run_id}",
        data={"pairs": run.pairs, "changed": run.changed},
        at=at,
    )
    outbox.append(
        [
            outbox.Event(
                RUN_COMPLETED,
                f"run:{run_id}",
                {"as_of": run.as_of.isoformat(), "purpose": run.purpose, "changed": run.changed},
                business_key=str(run_id),
            )
        ]
    )
    return run


@writes
def changes_tell(*, run_id: int) -> int:
    """One event per verdict of a run that raised or lifted a flag; returns how many.

    Only the purpose of verification flags a holder: falling short of an application's clauses is no shortfall.
    """
    run = Run.objects.get(pk=run_id)
    if run.purpose != VERIFICATION:
        return 0
    events = [
        _event(new, was_flagged=old is not None and old.flagged)
        for new, old in selectors.run_changes(run_id)
        if new.flagged != (old is not None and old.flagged)
    ]
    outbox.append(events)
    return len(events)


@writes
def enterprises_mark(*, enterprises: Iterable[int], at: dt.datetime, actor: str) -> int:
    """Mark enterprises whose facts changed: their verdicts are made anew by the refresh job."""
    wanted = sorted(set(enterprises))
    if not wanted:
        return 0
    rows = [Stale(enterprise=pk, marked_at=micros(at)) for pk in wanted]
    Stale.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["enterprise"], update_fields=["marked_at"], batch_size=500
    )
    notary.leaf_append(
        action="assessments.enterprise.mark",
        actor=actor,
        subject="assessments",
        data={"enterprises": list(wanted)},
        at=at,
    )
    return len(wanted)


@writes
def names_open(*, enterprise: int, purpose: str, actor: str, at: dt.datetime) -> None:
    """Leave a leaf: somebody opened the names of an enterprise's people, and what for."""
    notary.leaf_append(
        action="assessments.names.open",
        actor=actor,
        subject=f"enterprise:{enterprise}",
        data={"purpose": purpose},
        at=at,
    )


@writes
def export_note(*, subject: str, name: str, kind: str, rows: int, content: bytes, actor: str, at: dt.datetime) -> None:
    """Leave a leaf: who took what out, with the hash of the file."""
    notary.leaf_append(
        action="assessments.export",
        actor=actor,
        subject=subject,
        data={"name": name, "kind": kind, "rows": rows, "sha256": hashlib.sha256(content).hexdigest()},
        at=at,
    )


def _write(run: Run, delta: Difference, at: int) -> None:
    Assessment.objects.filter(pk__in=[row.pk for row in delta.close]).update(superseded_at=at)
    Assessment.objects.bulk_update(delta.move, ["next_critical_on"])
    Assessment.objects.bulk_create([_row(run, new, at, flagged=flagged) for new, flagged in delta.insert])


def _row(run: Run, new: rules.Assessment, at: int, *, flagged: bool) -> Assessment:
    return Assessment(
        run=run,
        enterprise=new.enterprise,
        code=new.code,
        purpose=new.purpose,
        as_of=new.as_of,
        verdict=new.verdict.value,
        reason=new.reason.as_json(),
        shortfall=shortfall_sentence(new.reason) or missing_sentence(new.reason),
        digest=digest_of(new.verdict, new.reason, new.rule_version, new.rule_hash),
        flagged=flagged,
        rule_version=new.rule_version,
        rule_hash=new.rule_hash,
        next_critical_on=new.next_critical_on,
        recorded_at=at,
        superseded_at=STILL_KNOWN,
    )


def _event(row: Assessment, *, was_flagged: bool) -> outbox.Event:
    return outbox.Event(
        RECOVERED if was_flagged else FELL_SHORT,
        f"enterprise:{row.enterprise}",
        {
            "assessment": row.pk,
            "code": row.code,
            "as_of": row.as_of.isoformat(),
            "verdict": row.verdict,
            "shortfall": row.shortfall,
            "rule_version": row.rule_version,
            "rule_hash": row.rule_hash,
        },
        business_key=str(row.pk),
    )
