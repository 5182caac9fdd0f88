"""What time alone brings: once a day the days that have come since the last look are told.

A permit runs out, a hazard's term passes, a decision becomes effective, a registration ends on a day that was known
before, somebody leads two running sites. Told twice changes nothing: the business key is the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from django.db.models import Count, Q

from zhulian.core.kernel.dates import BEGINNING
from zhulian.server.common import clock
from zhulian.server.common.jobs import JobView, Step, job, schedule
from zhulian.server.common.models import Event
from zhulian.server.events.models import Watch
from zhulian.server.events.stories import Happening, Watched, watched
from zhulian.server.events.telling import Caused, append, known, rows_tell
from zhulian.server.registry.models import Appointment, PersonLock, Project

JOB: Final = "events.watch"
OVERLAPPING: Final = "site.leader.overlapping"
LEADER_POSTS: Final = ("项目负责人", "项目经理")
PAGE: Final = 300
_SLACK: Final = dt.timedelta(days=3)
"""Months differ in length: the window of a column is opened this much, and each row is looked at exactly."""


@dataclass(frozen=True, slots=True)
class Window:
    """Business days `(through, today]`; `through` None: everything up to today."""

    through: dt.date | None
    today: dt.date

    def of(self, column: str) -> Q:
        """Rows whose column lies in it."""
        upper = Q(**{f"{column}__lte": self.today})
        return upper if self.through is None else upper & Q(**{f"{column}__gt": self.through})


Look = Callable[[Window, int], int | None]
"""Tell a page of what came after a number; the number to go on from, None at the end."""


def _column(watch: Watched) -> Look:
    def look(window: Window, after: int) -> int | None:
        return _rows(watch.table, _due(watch, window), window, after)

    return look


def _due(watch: Watched, window: Window) -> Q:
    """Rows for which a story of the column may have come in the window."""
    chosen = Q(pk__in=[])
    for story in watch.stories:
        one = Q(**{f"{watch.column}__lte": story.from_day(window.today) + _SLACK})
        if window.through is not None:
            one &= Q(**{f"{watch.column}__gt": story.from_day(window.through) - _SLACK})
        chosen |= one
    return chosen


def _periods(table: str, *columns: str) -> Look:
    """Facts of a table that begin or end on a day which was known before it came."""

    def look(window: Window, after: int) -> int | None:
        chosen = Q(pk__in=[])
        for column in columns:
            chosen |= window.of(column)
        return _rows(table, chosen, window, after)

    return look


def _rows(table: str, chosen: Q, window: Window, after: int) -> int | None:
    rows = known(table, chosen & Q(row_id__gt=after), limit=PAGE)
    if not rows:
        return None
    rows_tell(table, rows, window.today)
    return int(rows[-1]["row_id"])


def _leaders(window: Window, after: int) -> int | None:
    """People who lead two running sites by their appointments; those that were told are left out."""
    led = Appointment.objects.at(window.today).filter(post__in=LEADER_POSTS, person__gt=after)
    several = led.order_by().values("person").annotate(sites=Count("project", distinct=True)).filter(sites__gt=1)
    persons = list(several.order_by("person").values_list("person", flat=True)[:PAGE])
    if not persons:
        return None
    rows = list(led.filter(person__in=persons).values("person", "project", "enterprise", "fact_from"))
    append([Caused(h, None) for h in _untold(overlaps(rows, _running(rows, window.today), window.today), window.today)])
    return int(persons[-1])


def _running(rows: Sequence[Mapping[str, Any]], today: dt.date) -> dict[int, Mapping[str, Any]]:
    """Sites that are told to be running on a day, by project."""
    found = Project.objects.at(today).filter(project__in={row["project"] for row in rows})
    begun = Q(status=None, started_on__lte=today) & (Q(finished_on=None) | Q(finished_on__gt=today))
    sites = found.filter(Q(status="在建") | begun).values("project", "project_code", "name")
    return {site["project"]: site for site in sites}


def overlaps(
    rows: Iterable[Mapping[str, Any]], sites: Mapping[int, Mapping[str, Any]], today: dt.date
) -> Iterator[Happening]:
    """Pairs of running sites with one leader. The younger project is the one that the event is about."""
    posts: dict[int, dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        if row["project"] in sites:
            posts.setdefault(row["person"], {})[row["project"]] = row
    for person, led in posts.items():
        for other, project in combinations(sorted(led), 2):
            since = max(led[project]["fact_from"], led[other]["fact_from"])
            on = since if since > BEGINNING else today
            data = {
                "enterprise": led[project]["enterprise"],
                "project": project,
                "person": person,
                "other_project": str(sites[other]["project_code"] or sites[other]["name"]),
                "on": on.isoformat(),
            }
            yield Happening(OVERLAPPING, on, data, also=(f"project:{other}",))


def _untold(found: Iterable[Happening], today: dt.date) -> list[Happening]:
    """Pairs that were not told before, whatever the other project was called then, and whose person was not let go."""
    pairs = list(found)
    persons = {int(str(h.data["person"])) for h in pairs}
    told = Event.objects.filter(type=OVERLAPPING, subject__in={f"enterprise:{h.enterprise}" for h in pairs})
    seen = {frozenset(affects) for affects in told.values_list("affects", flat=True)}
    released = PersonLock.objects.known().filter(person__in=persons, unlocked_on__lte=today)
    free = {(f"person:{person}", f"project:{project}") for person, project in released.values_list("person", "project")}
    return [
        h
        for h in pairs
        if frozenset(h.affects) not in seen
        and not any((person, project) in free for person in h.affects for project in h.affects)
    ]


LOOKS: Final[Mapping[str, Look]] = {
    **{f"{watch.table}.{watch.column}": _column(watch) for watch in watched()},
    "registration.period": _periods("registration", "fact_from", "fact_until"),
    "safety_permit.period": _periods("safety_permit", "fact_from"),
    "appointment.leaders": _leaders,
}
"""What the daily look goes through, in this order."""


@job(JOB)
def watch(view: JobView) -> Step:
    """One page of one look; a look that is through is noted, so that tomorrow goes on from there."""
    names = list(LOOKS)
    index, after = int(view.state.get("look", 0)), int(view.state.get("after", 0))
    if index >= len(names):
        return Step(view.state, view.done, len(names), finished=True)
    # A day may end while the job runs: it goes on with the day on which it began.
    today = dt.date.fromisoformat(str(view.state.get("today") or clock.today().isoformat()))
    through = Watch.objects.filter(pk=names[index]).values_list("through", flat=True).first()
    reached = LOOKS[names[index]](Window(through, today), after)
    if reached is None:
        row = Watch(name=names[index], through=today)
        Watch.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=["through"])
        index += 1
    return Step({"look": index, "after": reached or 0, "today": today.isoformat()}, index, len(names))


schedule(JOB, daily=dt.time(0, 20))
