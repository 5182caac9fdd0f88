"""Jobs: long work in steps of at most 200 ms, each step one transaction that also stores where to go on.

    @job("registry.import")
    def step(job: JobView) -> Step:
        ...
        return Step(state={"line": 1200}, done=1200, total=50_000)

    job_start(kind="registry.import", payload={"delivery": 7}, key="delivery:7", actor="user:3")

A process killed inside a step loses that step's transaction only; the next one repeats it from the stored state.

Work on files that may take seconds is declared `@job(…, apart=True)`: its step runs in no transaction, opens its own
where it writes, and must bear being repeated, because a killed one is (`dispatch.APART_HOLD` later).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction

from zhulian.core.kernel.canonical import Json
from zhulian.server.common import clock, models

STEP_SECONDS: Final = 0.2
"""How long a step may hold its transaction; on SQLite nobody else writes meanwhile."""


@dataclass(frozen=True, slots=True)
class JobView:
    """What a step function sees: `state` is what its last step returned, empty at first."""

    id: int
    kind: str
    payload: dict[str, Any]
    state: dict[str, Any]
    done: int
    total: int | None
    actor: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did: the state to go on from, progress, and whether that was all."""

    state: dict[str, Json] = field(default_factory=dict)
    done: int = 0
    total: int | None = None
    finished: bool = False
    result: dict[str, Json] | None = None


StepFunction = Callable[[JobView], Step]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a schedule starts its job: every so many minutes, or daily at a time of the business day."""

    name: str
    kind: str
    every: int = 0
    daily: dt.time | None = None


step_functions: Final[dict[str, StepFunction]] = {}
apart_kinds: Final[set[str]] = set()
"""Kinds whose steps run in no transaction of ours."""
rhythms: Final[dict[str, Rhythm]] = {}


def job(kind: str, *, apart: bool = False) -> Callable[[StepFunction], StepFunction]:
    """Register the step function of a kind of job; `apart`: its steps open their own transactions."""

    def register(function: StepFunction) -> StepFunction:
        step_functions[kind] = function
        if apart:
            apart_kinds.add(kind)
        return function

    return register


def schedule(kind: str, *, every: int = 0, daily: dt.time | None = None) -> None:
    """Start a job of this kind every `every` minutes, or daily at a time. Named by the kind."""
    if bool(every) == (daily is not None):
        raise ValueError("a schedule is either every so many minutes or daily")
    rhythms[kind] = Rhythm(kind, kind, every, daily)


def job_start(*, kind: str, payload: dict[str, Json] | None = None, key: str = "", actor: str = "") -> models.Job:
    """Put a job in the queue, in the running transaction if there is one.

    With a `key`, an open job of the same kind and key is returned instead of starting a second.

    Raises:
        KeyError: for a kind without a step function, which is a defect of ours.
    """
    if kind not in step_functions:
        raise KeyError(kind)
    row = models.Job(kind=kind, key=key, actor=actor, payload=payload or {}, created_at=clock.now())
    if not key:
        row.save()
        return row
    with transaction.atomic():
        models.Job.objects.bulk_create([row], ignore_conflicts=True)
        open_states = (models.Job.State.WAITING, models.Job.State.RUNNING)
        found = models.Job.objects.filter(kind=kind, key=key, state__in=open_states).order_by("pk")
        return found[0]


def remaining(row: models.Job) -> dt.timedelta | None:
    """How long the job still needs at its pace so far; None when that cannot be told."""
    if row.started_at is None or not row.total or not row.done or row.finished_at is not None:
        return None
    spent = clock.machine_now() - row.started_at
    return spent * (row.total - row.done) / row.done
