"""Carrying events on, stepping jobs, starting scheduled ones.

The lease is a row lock held for one transaction: `Lane` for events, the `Job` or `Schedule` row itself. On PostgreSQL
others skip what is locked; on SQLite a write transaction is alone anyway. A killed process loses its connection, its
transaction and the lock together, so nothing has to expire and nothing is left half done.

One batch is one transaction over one lane, each handler in a savepoint with its effect row; a handler that takes many
events at once has one savepoint for those of its type that stand in a row. When the transaction as
a whole fails (a deferred constraint, say), the events are repeated singly, so that the bad one stands alone. An event
that keeps failing becomes a dead letter; later events of its ordering key wait for it, in order.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import clock, jobs, outbox
from zhulian.server.common.models import Attempt, Effect, Event, Job, Lane, Schedule

log = structlog.get_logger(__name__)

BATCH: Final = 100
BATCH_SECONDS: Final = 0.15
"""A batch takes no further event after this: on SQLite nobody else writes meanwhile."""
EVENT_ATTEMPTS: Final = 8
JOB_ATTEMPTS: Final = 5
FIRST_PAUSE: Final = dt.timedelta(seconds=1)
HOLD: Final = dt.timedelta(seconds=5)
"""How long a job is left to whoever steps it by itself; a step takes a fraction of that."""
APART_HOLD: Final = dt.timedelta(minutes=2)
"""How long a step without a transaction is taken to be at work; a killed one is repeated after that."""
LONGEST_PAUSE: Final = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Failed:
    """An event that could not be carried on, and the handler that failed."""

    row: Event
    handler: str
    error: str


def events_dispatch() -> int:
    """Carry on one batch of events of one lane; how many were dealt with, done or failed."""
    if not _due().exists():
        return 0
    try:
        return _batch(BATCH, [])
    except DatabaseError as error:
        log.warning("events.batch_failed", error=type(error).__name__)
        return _singly()


def _singly() -> int:
    """The same events, one per transaction: the one whose commit fails is recorded as failed."""
    handled = 0
    for _ in range(BATCH):
        tried: list[Event] = []
        try:
            found = _batch(1, tried)
        except DatabaseError as error:
            if not tried:
                raise
            with transaction.atomic():
                _record(Failed(tried[0], "commit", _told(error)))
            found = 1
        if not found:
            break
        handled += found
    return handled


def _batch(limit: int, tried: list[Event]) -> int:
    """Events of one lane in one transaction; `tried` tells the caller which, should the commit fail."""
    until = time.monotonic() + BATCH_SECONDS
    done: list[int] = []
    with transaction.atomic():
        lane = _lane()
        if lane is None:
            return 0
        rows = list(_due().filter(lane=lane.number).order_by("sequence")[:limit])
        stopped: set[str] = set()
        for _, group in groupby(rows, lambda row: row.type):
            alike = [row for row in group if row.ordering_key not in stopped]
            if _carried_together(alike):
                tried += alike
                done += [row.sequence for row in alike]
            else:
                done += _one_by_one(alike, tried, stopped, until)
            if time.monotonic() > until:
                break
        Event.objects.filter(sequence__in=done).update(state=Event.State.DONE, due_at=None)
    return len(tried)


def _one_by_one(rows: Sequence[Event], tried: list[Event], stopped: set[str], until: float) -> list[int]:
    """Carry events on singly until it is late; those done. An ordering key whose event failed is stopped."""
    done: list[int] = []
    for row in rows:
        if row.ordering_key in stopped:
            continue
        tried.append(row)
        failed = _carry(row)
        if failed is None:
            done.append(row.sequence)
        else:
            stopped.add(row.ordering_key)
            _record(failed)
        if time.monotonic() > until:
            break
    return done


def _carried_together(rows: Sequence[Event]) -> bool:
    """Give events of one type to handlers that take many at once; False: nothing was done, carry them on singly."""
    if len(rows) < 2:
        return False
    functions = outbox.batch_handlers.get(rows[0].type, {})
    if functions.keys() != outbox.handlers.get(rows[0].type, {}).keys() or any(row.attempts for row in rows):
        return False
    events = [_event(row) for row in rows]
    try:
        with transaction.atomic():
            for name, function in functions.items():
                Effect.objects.bulk_create([Effect(event=row, handler=name) for row in rows])
                function(events)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises, the events are tried singly and recorded
        log.warning("events.together_failed", type=rows[0].type, error=type(error).__name__)
        return False
    return True


def _due() -> QuerySet[Event]:
    """Events to carry on now: pending, not pausing, and none of their ordering key is dead or pausing."""
    waiting = Q(state=Event.State.PENDING, due_at__gt=clock.machine_now())
    stopped = Event.objects.filter(waiting | Q(state=Event.State.DEAD)).values("ordering_key")
    return Event.objects.filter(state=Event.State.PENDING).exclude(ordering_key__in=stopped)


def _lane() -> Lane | None:
    """Some lane with events to carry on that nobody else holds, locked until the transaction ends."""
    # One look at the events that are due: SQLite would go through all of them once more for every lane.
    return (
        Lane.objects.filter(number__in=_due().values("lane")).order_by("?").select_for_update(skip_locked=True).first()
    )


def _carry(row: Event) -> Failed | None:
    """Run the handlers of an event that have not run yet, each in a savepoint with its effect row."""
    event = _event(row)
    ran = set(row.effects.values_list("handler", flat=True)) if row.attempts else set()
    token = outbox.current.set(event)
    try:
        for name, function in outbox.handlers.get(row.type, {}).items():
            if name in ran:
                continue
            try:
                with transaction.atomic():
                    Effect.objects.create(event=row, handler=name)
                    function(event)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is recorded with the event
                return Failed(row, name, _told(error))
        return None
    finally:
        outbox.current.reset(token)


def _record(failed: Failed) -> None:
    """Keep the attempt; pause the event, or make it a dead letter after the last attempt."""
    row = failed.row
    row.attempts += 1
    dead = row.attempts >= EVENT_ATTEMPTS
    row.state = Event.State.DEAD if dead else Event.State.PENDING
    row.due_at = None if dead else clock.machine_now() + pause(row.attempts)
    row.save(update_fields=["attempts", "state", "due_at"])
    Attempt.objects.create(event=row, handler=failed.handler, at=clock.machine_now(), error=failed.error)
    log.warning("event.dead" if dead else "event.failed", event_id=str(row.id), type=row.type, handler=failed.handler)


def pause(attempts: int) -> dt.timedelta:
    """How long to wait after the n-th failure: doubling, with a ceiling."""
    doubled: dt.timedelta = FIRST_PAUSE * 2 ** (attempts - 1)
    return min(doubled, LONGEST_PAUSE)


def _event(row: Event) -> outbox.Event:
    return outbox.Event(
        type=row.type,
        subject=row.subject,
        data=row.data,
        cause=row.cause,
        affects=tuple(row.affects),
        business_key=row.business_key,
        ordering_key=row.ordering_key,
        id=row.id,
        depth=row.depth,
    )


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:2000]


def jobs_step() -> bool:
    """One step of the open job that has waited longest; whether there was one."""
    open_jobs = Job.objects.filter(state__in=(Job.State.WAITING, Job.State.RUNNING))
    due = open_jobs.filter(Q(due_at=None) | Q(due_at__lte=clock.machine_now()))
    if not due.exists():
        return False
    with transaction.atomic():
        longest_waiting = due.order_by(F("stepped_at").asc(nulls_first=True), "pk")
        row = longest_waiting.select_for_update(skip_locked=True).first()
        if row is None:
            return False
        row.stepped_at = clock.machine_now()
        row.started_at = row.started_at or row.stepped_at
        apart = row.kind in jobs.apart_kinds
        if apart:
            row.due_at = row.stepped_at + APART_HOLD
        else:
            _step(row, transaction.atomic())
        row.save()
    if apart:
        _step(row, nullcontext())
        row.save()
    return True


def job_step(pk: int) -> Job:
    """One step of this job by whoever waits for it; the job as it stands then.

    Dispatchers leave it alone for `HOLD` from then on, so that two processes do not take turns, each starting over
    where the other was. When the one who waits is killed, the hold runs out and a dispatcher goes on.
    """
    with transaction.atomic():
        row = Job.objects.select_for_update().get(pk=pk)
        if row.state in (Job.State.WAITING, Job.State.RUNNING):
            row.stepped_at = clock.machine_now()
            row.started_at = row.started_at or row.stepped_at
            _step(row, transaction.atomic())
            if row.state == Job.State.RUNNING and row.due_at is None:
                row.due_at = clock.machine_now() + HOLD
            row.save()
    return row


def _step(row: Job, within: AbstractContextManager[None]) -> None:
    """Run the step, in a savepoint unless its kind stands apart, and write its outcome on the row."""
    try:
        function = jobs.step_functions[row.kind]
        with within:
            step = function(jobs.JobView(row.pk, row.kind, row.payload, row.progress, row.done, row.total, row.actor))
    except ZhulianError as error:
        _job_failed(row, error.code, {key: str(value) for key, value in error.params.items()})
    except Exception as error:  # noqa: BLE001 - whatever a step raises is kept with the job
        log.warning("job.step_failed", job=row.pk, kind=row.kind, error=type(error).__name__)
        row.attempts += 1
        row.due_at = clock.machine_now() + pause(row.attempts)
        if row.attempts >= JOB_ATTEMPTS:
            _job_failed(row, "job.failed", {"detail": type(error).__name__})
    else:
        row.progress, row.done, row.total = step.state, step.done, step.total
        row.attempts, row.due_at, row.state = 0, None, Job.State.RUNNING
        if step.finished:
            row.state, row.result, row.finished_at = Job.State.FINISHED, step.result, clock.now()


def _job_failed(row: Job, code: str, params: dict[str, Any]) -> None:
    row.state, row.error_code, row.error_params = Job.State.FAILED, code, params
    row.finished_at = clock.now()


def schedules_start() -> int:
    """Start the jobs of schedules that are due on the business clock; slots missed meanwhile count once."""
    moment = clock.now()
    known = dict(Schedule.objects.values_list("name", "next_at"))
    started = 0
    for rhythm in jobs.rhythms.values():
        if rhythm.name in known and known[rhythm.name] > moment:
            continue
        with transaction.atomic():
            first = {"next_at": next_at(rhythm, moment)}
            row, created = Schedule.objects.select_for_update().get_or_create(name=rhythm.name, defaults=first)
            if created or row.next_at > moment:
                continue
            jobs.job_start(
                kind=rhythm.kind, payload={"at": row.next_at.isoformat()}, key=rhythm.name, actor="system:schedule"
            )
            row.next_at = next_at(rhythm, moment)
            row.save()
            started += 1
    return started


def next_at(rhythm: jobs.Rhythm, moment: dt.datetime) -> dt.datetime:
    """The first moment of a rhythm after `moment`: minutes count from midnight in China."""
    local = moment.astimezone(SHANGHAI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if rhythm.daily is not None:
        today = dt.datetime.combine(local.date(), rhythm.daily, tzinfo=SHANGHAI)
        return today if today > local else today + dt.timedelta(days=1)
    every = dt.timedelta(minutes=rhythm.every)
    return midnight + every * ((local - midnight) // every + 1)
