"""Assess and record: the only writers of verdicts.

A run is a sequence of short steps (a handful of enterprises each, one transaction), so that it can stop anywhere
and go on, and nobody waits for a lock longer than a step. A crash inside a step loses that step only: nothing of it
is stored, and the next attempt assesses the same enterprises again. What a step tells others commits with its rows.

Who writes verdicts locks the one row of `Watch` before reading facts: two processes never judge side by side, so the
verdict written last was made of the facts read last.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db.models import F

from zhulian import rulebooks
from zhulian.core import rules
from zhulian.core.kernel.dates import SHANGHAI, STILL_KNOWN, micros
from zhulian.core.kernel.verdicts import Verdict
from zhulian.server.assessments import selectors
from zhulian.server.assessments.affected import Change, Pair, law_of, pairs_affected
from zhulian.server.assessments.models import Assessment, LawSeen, Mark, Run, Watch
from zhulian.server.assessments.moments import VERIFICATION
from zhulian.server.assessments.reasons import digest_of, missing_sentence, shortfall_sentence
from zhulian.server.assessments.runner import DjangoRunner
from zhulian.server.common import outbox
from zhulian.server.common.writing import writes
from zhulian.server.notary import services as notary
from zhulian.server.notary.opening import Purpose, begin

STEP: Final = 16
"""Enterprises a step of a job: about 150 ms at town size, and a size for which the engine has a plan."""
RUN_COMPLETED: Final = outbox.event_type("assessments.run.completed", "an assessment of many has ended")
FELL_SHORT: Final = outbox.event_type("qualification.fell_short", "a verdict raised a flag")
RECOVERED: Final = outbox.event_type("qualification.recovered", "a verdict lifted a flag")
RELEASED: Final = outbox.event_type("qualification.released", "what a verdict had flagged is held no more")
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Fresh:
    """A verdict to insert: the flag that it leaves, and the flag that stood before."""

    found: rules.Assessment
    flagged: bool
    was_flagged: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """What a step did: the run that it wrote to, if any pair was judged so far, and how many enterprises it took on."""

    run: int | None
    enterprises: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What a step has to write: rows to close, verdicts to insert, dates to move.

    `released`: those closed without a successor that leave a flag behind.
    """

    close: list[Assessment] = field(default_factory=list)
    released: list[Assessment] = field(default_factory=list)
    insert: list[Fresh] = field(default_factory=list)
    move: list[Assessment] = field(default_factory=list)


def difference(current: Iterable[Assessment], found: Iterable[rules.Assessment]) -> Difference:
    """Compare what we said with what the engine says now. A pair no longer held is closed without a successor.

    A pair that is held again begins without a flag: that it was released has been told.
    """
    out = Difference()
    known = {(row.enterprise, row.code): row for row in current}
    for new in found:
        pair = (new.enterprise, new.code)
        old = known.pop(pair, None)
        was = old is not None and old.flagged
        if old is not None and old.digest == digest_of(new.verdict, new.reason, new.rule_version, new.rule_hash):
            if old.next_critical_on != new.next_critical_on:
                old.next_critical_on = new.next_critical_on
                out.move.append(old)
            continue
        if old is not None:
            out.close.append(old)
        out.insert.append(Fresh(new, _flag(new.verdict, before=was), was))
    out.close.extend(known.values())
    out.released.extend(row for row in known.values() if row.flagged)
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
    """Assess all that some enterprises hold and record what changed; returns the number of changed verdicts.

    Marks of these enterprises are done with when the run judges the day that it is.
    """
    _alone()
    run = Run.objects.get(pk=run_id)
    ours = run.purpose == VERIFICATION and run.as_of == at.astimezone(SHANGHAI).date()
    marks = list(Mark.objects.filter(enterprise__in=enterprises).values_list("pk", flat=True)) if ours else []
    found = rules.assess_held(
        rulebooks.library(), DjangoRunner(), as_of=run.as_of, purpose=run.purpose, enterprises=list(enterprises)
    )
    current = selectors.current().filter(enterprise__in=enterprises, purpose=run.purpose)
    return _record(run, list(current), found, len(enterprises), at=at, actor=actor, marks=marks)


@writes
def work_step(*, run_id: int | None, today: dt.date, at: dt.datetime, actor: str) -> Progress:
    """Judge the pairs that waiting changes and critical days touch, of some enterprises; of none: nothing waits.

    Exactly those pairs are judged, those that are held no more are closed, and the marks that were read are taken
    away. The run is opened when the first pair is judged: a change that touches none opens none.
    """
    _alone()
    work = selectors.work_waiting(today=today, limit=STEP)
    enterprises, marks = work.enterprises, [mark.pk for mark in work.marks]
    if not enterprises:
        return Progress(run_id, 0)
    library, held = rulebooks.library(), selectors.held_by(enterprises, as_of=today)
    known = selectors.current().filter(enterprise__in=enterprises, purpose=VERIFICATION)
    rows = {(row.enterprise, row.code): row for row in known}
    changes = [Change(mark.enterprise, frozenset(mark.tables), mark.code) for mark in work.marks]
    judged = pairs_affected(library, changes, held & rows.keys(), as_of=today)
    judged |= (held - rows.keys()) | (held & work.due)
    current = [row for pair, row in rows.items() if pair in judged or pair not in held]
    if not judged and not current:
        marks_done(marks=marks, at=at, actor=actor)
        return Progress(run_id, len(enterprises))
    if run_id is None:
        run_id = run_start(as_of=today, purpose=VERIFICATION, everyone=False, at=at, actor=actor).pk
    run, found = Run.objects.get(pk=run_id), _judge(library, judged, today)
    _record(run, current, found, len(enterprises), at=at, actor=actor, marks=marks)
    return Progress(run_id, len(enterprises))


def _judge(library: rules.Library, pairs: Iterable[Pair], as_of: dt.date) -> list[rules.Assessment]:
    """The engine's word on these pairs: a plan a code, all its holders at once."""
    holders: dict[str, list[int]] = {}
    for enterprise, code in sorted(pairs):
        holders.setdefault(code, []).append(enterprise)
    runner = DjangoRunner()
    return [
        one
        for code, ids in holders.items()
        for one in rules.assess_held(library, runner, as_of=as_of, purpose=VERIFICATION, enterprises=ids, codes=[code])
    ]


def _alone() -> None:
    """Keep other writers of verdicts out until this transaction ends."""
    Watch.objects.get_or_create(pk=1)
    Watch.objects.select_for_update().get(pk=1)


def _record(
    run: Run,
    current: Sequence[Assessment],
    found: Sequence[rules.Assessment],
    enterprises: int,
    *,
    at: dt.datetime,
    actor: str,
    marks: Sequence[int],
) -> int:
    """Write what differs, tell which flags were raised or lifted, take the marks away, leave one leaf."""
    delta = difference(current, found)
    _write(run, delta, micros(at))
    Mark.objects.filter(pk__in=marks).delete()
    Run.objects.filter(pk=run.pk).update(pairs=F("pairs") + len(found), changed=F("changed") + len(delta.insert))
    notary.leaf_append(
        action="assessments.run.step",
        actor=actor,
        subject=f"run:{run.pk}",
        data={
            "enterprises": enterprises,
            "verdicts": [
                [one.found.enterprise, one.found.code, one.found.verdict.value, one.found.rule_hash]
                for one in delta.insert
            ],
            "closed": [[row.enterprise, row.code] for row in delta.close],
        },
        at=at,
    )
    return len(delta.insert)


@writes
def run_finish(*, run_id: int, at: dt.datetime, actor: str) -> Run:
    """Close a run and tell so."""
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
def enterprises_mark(*, tables_of: Mapping[int, Collection[str]], at: dt.datetime, actor: str) -> int:
    """Mark enterprises of which these tables changed (none named: any): the refresh job judges whom it touches."""
    if not tables_of:
        return 0
    marks = [Mark(enterprise=pk, tables=sorted(tables_of[pk]), marked_at=micros(at)) for pk in sorted(tables_of)]
    Mark.objects.bulk_create(marks, batch_size=_BATCH)
    notary.leaf_append(
        action="assessments.enterprise.mark",
        actor=actor,
        subject="assessments",
        data={"enterprises": sorted(tables_of)},
        at=at,
    )
    return len(marks)


@writes
def marks_done(*, marks: Sequence[int], at: dt.datetime, actor: str) -> int:
    """Take marks away that touch no verdict, or whose work is done."""
    gone, _ = Mark.objects.filter(pk__in=marks).delete()
    if gone:
        notary.leaf_append(
            action="assessments.mark.done", actor=actor, subject="assessments", data={"marks": gone}, at=at
        )
    return gone


@writes
def day_look(*, today: dt.date, at: dt.datetime, actor: str) -> int:
    """Once a day: mark the pairs whose certificate begins or ends by date, which no verdict of theirs can foresee."""
    _alone()
    if Watch.objects.filter(pk=1, looked_on=today).exists():
        return 0
    marks = _pairs_mark(selectors.pairs_begun_or_ended(as_of=today), ["qualification"], at)
    Watch.objects.filter(pk=1).update(looked_on=today)
    notary.leaf_append(
        action="assessments.day.look",
        actor=actor,
        subject="assessments",
        data={"on": today.isoformat(), "pairs": marks},
        at=at,
    )
    return marks


@writes
def law_look(*, at: dt.datetime, actor: str) -> int:
    """Mark the pairs of every code on which the rulebooks say something else than when we last looked."""
    law, seen = law_of(rulebooks.library()), dict(LawSeen.objects.values_list("code", "digest"))
    news = {code: law.get(code, "") for code in law.keys() | seen.keys() if law.get(code, "") != seen.get(code)}
    if not news:
        return 0
    judged = selectors.current().filter(purpose=VERIFICATION, code__in=news)
    marks = _pairs_mark(judged.values_list("enterprise", "code"), [], at)
    LawSeen.objects.bulk_create(
        [LawSeen(code=code, digest=digest) for code, digest in sorted(news.items())],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["digest"],
        batch_size=_BATCH,
    )
    notary.leaf_append(
        action="assessments.law.look",
        actor=actor,
        subject="assessments",
        data={"codes": sorted(news), "pairs": marks},
        at=at,
    )
    return marks


def _pairs_mark(pairs: Iterable[Pair], tables: list[str], at: dt.datetime) -> int:
    rows = [Mark(enterprise=e, code=code, tables=tables, marked_at=micros(at)) for e, code in sorted(pairs)]
    Mark.objects.bulk_create(rows, batch_size=_BATCH)
    return len(rows)


@writes
def names_open(*, enterprise: int, purpose: Purpose, actor: str, at: dt.datetime) -> None:
    """Leave a leaf: somebody opened the names of an enterprise's people, and what for."""
    begin(action="assessments.names.open", actor=actor, subject=f"enterprise:{enterprise}", purpose=purpose, at=at)


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
    Assessment.objects.bulk_update(delta.move, ["next_critical_on"], batch_size=_BATCH)
    rows = Assessment.objects.bulk_create([_row(run, one, at) for one in delta.insert], batch_size=_BATCH)
    if run.purpose != VERIFICATION:
        return  # falling short of an application's clauses is no shortfall of a holder
    told = zip(rows, delta.insert, strict=True)
    outbox.append(
        _event(row, RECOVERED if one.was_flagged else FELL_SHORT) for row, one in told if one.flagged != one.was_flagged
    )
    outbox.append(_event(row, RELEASED) for row in delta.released)


def _row(run: Run, one: Fresh, at: int) -> Assessment:
    new = one.found
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
        flagged=one.flagged,
        rule_version=new.rule_version,
        rule_hash=new.rule_hash,
        next_critical_on=new.next_critical_on,
        recorded_at=at,
        superseded_at=STILL_KNOWN,
    )


def _event(row: Assessment, name: str) -> outbox.Event:
    return outbox.Event(
        name,
        f"enterprise:{row.enterprise}",
        {
            "assessment": row.pk,
            "enterprise": row.enterprise,
            "code": row.code,
            "as_of": row.as_of.isoformat(),
            "verdict": row.verdict,
            "shortfall": row.shortfall,
            "rule_version": row.rule_version,
            "rule_hash": row.rule_hash,
        },
        business_key=str(row.pk),
    )
