"""The days of a simulation: what arrives in the night, the night's jobs, then what people do about it.

Everything goes through the services that people and other systems use, on a business clock held at moments of the
day; nothing here writes rows of its own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.accounts.demo import LETTERHEADS
from zhulian.server.accounts.models import OrganisationUnit, User
from zhulian.server.accounts.services import accounts_demo_create
from zhulian.server.assessments import handlers as assessing
from zhulian.server.common import clock, dispatch, worker
from zhulian.server.common.jobs import job_start, rhythms
from zhulian.server.common.models import Event
from zhulian.server.decisions.services import letterhead_set
from zhulian.server.events.models import System
from zhulian.server.events.pushing import BATCH
from zhulian.server.events.services import push_take
from zhulian.server.events.systems import PUSHED_TYPES, system_create
from zhulian.server.exchange.receiving import files_receive
from zhulian.server.simulation.history import History, write
from zhulian.server.simulation.people import People
from zhulian.server.simulation.standing import Desk, sit_down

register(
    ErrorKind("simulation.days", "起始日 {start} 应早于结束日 {end}", "请调换两个日期，或写晚一些的 --to"),
    ErrorKind("simulation.stuck", "{day} 的数据没有全部归集：{why}", "请查看「数据归集」中的原因"),
)
ACTOR: Final = "system:simulation"
_STEP: Final = 512
"""Enterprises a step of the first assessment: nobody waits beside it."""
_DAY: Final = dt.timedelta(days=1)
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played: days `(start, end]` after what was known on `start`. `seed` decides how people behave."""

    start: dt.date
    end: dt.date
    seed: int = 1

    @property
    def days(self) -> list[dt.date]:
        """The days played."""
        return [self.start + _DAY * (n + 1) for n in range((self.end - self.start).days)]


def play(history: History, plan: Plan, progress: Progress = lambda _done, _total: None) -> None:
    """Play a city's days. The database is empty before; `progress` gets days done and in all.

    Raises:
        ZhulianError: `simulation.days`, `simulation.stuck`, `file.*`.
    """
    if plan.start >= plan.end:
        raise ZhulianError("simulation.days", start=plan.start, end=plan.end)
    with tempfile.TemporaryDirectory(prefix="zhulian-simulation-") as folder:
        system = _base(history, plan.start, Path(folder))
        desk = Desk(plan.seed, People(plan.seed, ACTOR))
        days = plan.days
        for done, day in enumerate(days, start=1):
            _day(history, day, system, Path(folder))
            with clock.frozen(at(day, 14)):
                sit_down(desk)
                settle()
            progress(done, len(days))


def at(day: dt.date, hour: int) -> dt.datetime:
    """A moment of a business day."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=SHANGHAI)


def _night() -> None:
    """The jobs of the night, and the one that looks at critical days; what only keeps pages quick is left out."""
    for rhythm in rhythms.values():
        if rhythm.daily is not None or rhythm.kind == assessing.REFRESH:
            job_start(kind=rhythm.kind, payload={"at": clock.now().isoformat()}, key=rhythm.name, actor=ACTOR)


def settle() -> None:
    """Carry events and jobs on until nothing is due."""
    while worker.round_once():
        pass


def _base(history: History, day: dt.date, folder: Path) -> System:
    """The offices, and everything known on the first day, assessed once."""
    with clock.frozen(at(day, 6)):
        accounts_demo_create()
        for unit in OrganisationUnit.objects.filter(name__in=LETTERHEADS, letterhead=None):
            letterhead_set(unit=unit, word=LETTERHEADS[unit.name], actor=ACTOR)
        owner = User.objects.select_related("unit").get(username="city").unit
        if owner is None:
            raise TypeError(owner)
        system, _ = system_create(
            name="智慧监管系统（模拟）", owner=owner, types=PUSHED_TYPES, actor=ACTOR, at=clock.now()
        )
    with clock.frozen(at(day, 8)):
        job = job_start(kind=assessing.ALL, payload={"step": _STEP}, key=assessing.ALL, actor=ACTOR)
        _deliver(history.before(day), day, folder)
        while job.finished_at is None:
            job = dispatch.job_step(job.pk)
        settle()
    return system


def _day(history: History, day: dt.date, system: System, folder: Path) -> None:
    # Files first: a registration that is continued today would else be over, and its leader gone, until they come.
    with clock.frozen(at(day, 5)):
        _deliver(history.of(day), day, folder)
        _push(history.events.get(day, []), system)
        settle()
    with clock.frozen(at(day, 6)):
        _night()
        settle()


def _deliver(tables: dict[str, pl.DataFrame], day: dt.date, folder: Path) -> None:
    """The day's rows as files, received as anybody's."""
    if not tables:
        return
    delivery = files_receive(paths=write(tables, folder / day.isoformat()), format_name=None, actor=ACTOR)
    settle()
    delivery.refresh_from_db()
    if delivery.quarantined or delivery.state != delivery.State.DONE:
        raise ZhulianError("simulation.stuck", day=day, why=f"{delivery.state} {delivery.reasons}")


def _push(items: list[dict[str, Any]], system: System) -> None:
    """The day's events of other systems, as through POST /api/v1/events."""
    for start in range(0, len(items), BATCH):
        chosen = items[start : start + BATCH]
        digest = hashlib.sha256(repr(chosen).encode()).hexdigest()
        push_take(system=system, key=chosen[0]["id"], digest=digest, items=chosen, at=clock.now())


def dead_letters() -> list[Event]:
    """Events that nobody could carry on."""
    return list(Event.objects.filter(state=Event.State.DEAD).order_by("sequence"))
