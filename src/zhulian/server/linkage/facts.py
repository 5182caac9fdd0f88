"""The facts of `core.linkage.FACTS` about the subject of an event, on the day it happened; None: nobody can tell.

Valid on the day of the event, known now: a late report is judged by what held then, with all that is known since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from zhulian import rulebooks
from zhulian.core.bands import Placed, place
from zhulian.core.kernel.dates import SHANGHAI, add_years
from zhulian.core.kernel.verdicts import Verdict
from zhulian.core.lifecycle import RECTIFICATION
from zhulian.core.linkage import LinkageVersion
from zhulian.core.linkage.clocks import add_months
from zhulian.core.linkage.model import AnyOf
from zhulian.server.accounts.models import DivisionClosure, Duty
from zhulian.server.assessments import selectors as assessments
from zhulian.server.campaigns.models import Rectification
from zhulian.server.events.watching import LEADER_POSTS
from zhulian.server.linkage.models import Flag
from zhulian.server.registry.merging.selectors import lives_of
from zhulian.server.registry.models import (
    Accident,
    Appointment,
    Enterprise,
    Participation,
    PersonLock,
    Project,
    Qualification,
    SafetyPermit,
)
from zhulian.server.registry.selectors import ENDED

ORDINARY: Final = "一般事故"
RUNNING: Final = "在建"
PAUSED: Final = "停工"
_DAY: Final = dt.timedelta(days=1)
Found = int | bool | str | None


@dataclass(frozen=True, slots=True)
class About:
    """Whom facts are asked of: what the event told, the day on which it happened, and the day of judging."""

    enterprise: int
    told: Mapping[str, Any]
    on: dt.date
    today: dt.date


def facts_of(about: About, names: Iterable[str]) -> dict[str, Found]:
    """The facts of these names."""
    return {name: _FACTS[name](about) for name in names}


def asked_by(version: LinkageVersion) -> set[str]:
    """Names of the facts that a rule's conditions and exceptions ask."""
    single = [one for c in version.conditions for one in (c.conditions if isinstance(c, AnyOf) else (c,))] + [
        e.condition for e in version.exempts
    ]
    return {c.name for c in single if not c.of_event}


_MEASURES: Final = {"deaths": "deaths", "serious_injuries": "serious_injuries", "loss": "direct_loss"}
"""Measure of the accident grades → field of the row and of the event."""


def _placed(figures: Mapping[str, Any], on: dt.date) -> Placed | None:
    """Between which grades what is told places an accident; None: nothing is told, or no table was in force."""
    table = rulebooks.band_library().table("accident-grades", "grade", on)
    told = {measure: figures.get(name) for measure, name in _MEASURES.items()}
    return None if table is None or set(told.values()) == {None} else place(table, told)


def _accident_grade(about: About) -> Found:
    """The lowest grade it can be: a quick report tells the dead, and the loss comes weeks later."""
    found = _placed(about.told, about.on)
    return found.low.label if found else None


def _accidents(about: About, since: dt.date) -> list[dict[str, Any]]:
    """Accidents after `since` up to the day of the event's own, or that of the event where it tells none."""
    rows = Accident.objects.at(about.on).filter(enterprise=about.enterprise, occurred_on__gt=since)
    rows = rows.filter(occurred_on__lte=_happened(about)).order_by("row_id")
    told = rows.values("project", "occurred_on", *_MEASURES.values())
    # Two feeds may number one accident differently: the same site on the same day is the same accident.
    return list({(row["project"], row["occurred_on"]): dict(row) for row in told}.values())


def _happened(about: About) -> dt.date:
    day = about.told.get("occurred_on")
    return dt.date.fromisoformat(day) if isinstance(day, str) else about.on


def _own(about: About, row: Mapping[str, Any]) -> bool:
    return row["project"] == about.told.get("project") and str(row["occurred_on"]) == about.told.get("occurred_on")


def _accidents_before(about: About) -> Found:
    rows = _accidents(about, add_months(_happened(about), -12))
    return sum(not _own(about, row) for row in rows)


def _of_the_year(about: About) -> list[Mapping[str, Any]]:
    """Figures of the year's accidents with the event's own, told by whichever told last."""
    rows = _accidents(about, add_years(_happened(about), -1))
    figures: list[Mapping[str, Any]] = [row for row in rows if not _own(about, row)]
    if "occurred_on" in about.told:
        own = next((row for row in rows if _own(about, row)), {})
        figures.append({**own, **about.told})
    return figures


def _larger(about: About) -> Found:
    """How many are 较大 or more for sure; None where none is, and one may be."""
    placed = [_placed(one, about.on) for one in _of_the_year(about)]
    sure = sum(one is not None and one.low.label != ORDINARY for one in placed)
    may = any(one is None or one.high.label != ORDINARY for one in placed)
    return None if not sure and may else sure


def _permit_status(about: About) -> Found:
    rows = SafetyPermit.objects.at(about.on).filter(enterprise=about.enterprise)
    row = rows.order_by("-valid_until", "-row_id").values("status", "valid_until").first()
    if row is None:
        return None
    over = row["status"] == "有效" and row["valid_until"] is not None and row["valid_until"] < about.on
    return "过期" if over else row["status"]


def _running_sites(about: About) -> Found:
    built = Participation.objects.at(about.on).filter(enterprise=about.enterprise).values("project")
    return Project.objects.at(about.on).filter(project__in=built, status=RUNNING).values("project").distinct().count()


def _led_sites(about: About) -> Found:
    person = about.told.get("person")
    if type(person) is not int:
        return None
    led = Appointment.objects.at(about.on).filter(person=person, post__in=LEADER_POSTS)
    released = PersonLock.objects.known().filter(person=person, unlocked_on__lte=about.on)
    led = led.exclude(project__in=released.values("project"))
    running = Project.objects.at(about.on).filter(project__in=led.values("project"), status=RUNNING)
    return running.values("project").distinct().count()


def _codes_held(about: About) -> Found:
    held = Qualification.objects.at(about.on).filter(enterprise=about.enterprise).exclude(status__in=ENDED)
    return held.values("code").distinct().count()


def _flagged(about: About) -> Found:
    """As the flags stood at the end of that day; they are ours, so what came later changes none of them."""
    night = dt.datetime.combine(about.on + _DAY, dt.time(), tzinfo=SHANGHAI)
    stood = Flag.objects.filter(Q(ended_at=None) | Q(ended_at__gte=night), made_at__lt=night)
    return stood.filter(enterprise__in=lives_of(about.enterprise)).values("code").distinct().count()


def _rectifications(about: About) -> Found:
    asked = Rectification.objects.filter(enterprise__in=lives_of(about.enterprise))
    return asked.exclude(state__in=RECTIFICATION.final).count()


def _registered_here(about: About) -> Found:
    regions = Enterprise.objects.at(about.on).filter(enterprise=about.enterprise)
    region = regions.exclude(region=None).values_list("region", flat=True).first()
    if not region:
        return None
    above = DivisionClosure.objects.filter(descendant=region).values("ancestor")
    # Who is competent is asked of the duty table of the day on which somebody has to act.
    return Duty.objects.on(about.today).filter(division__in=above).exists()


def _of_projects(about: About, chosen: Q, column: str) -> str | None:
    """What is told of a project; None where nothing is, or the name stands for several that differ."""
    rows = Project.objects.at(about.on).filter(chosen).exclude(**{column: None}).order_by()
    found = set(rows.values_list(column, flat=True).distinct()[:2])
    return str(found.pop()) if len(found) == 1 else None


def _other(about: About) -> Q:
    """The other project, called by its code or, where it has none, by its name."""
    other = about.told.get("other_project") or ""
    return Q(project_code=other) | Q(project_code=None, name=other)


def _adjacent(about: About) -> Found:
    """Works of different clients are no sections of one; of the same client, no table tells which are adjacent."""
    owners = (
        _of_projects(about, Q(project=about.told.get("project")), "owner"),
        _of_projects(about, _other(about), "owner"),
    )
    return False if None not in owners and owners[0] != owners[1] else None


def _lawfully_paused(about: About) -> Found:
    status = _of_projects(about, _other(about), "status")
    return None if status is None else status == PAUSED


def _short(about: About) -> Found:
    rows = assessments.verdicts_of(about.enterprise)
    if code := about.told.get("code"):
        rows = rows.filter(code=code)
    verdicts = set(rows.values_list("verdict", flat=True))
    if Verdict.SHORT.value in verdicts:
        return True
    return False if verdicts == {Verdict.MET.value} else None


_FACTS: Final[Mapping[str, Callable[[About], Found]]] = {
    "accident_grade_at_least": _accident_grade,
    "accidents_12_months": _accidents_before,
    "accidents_1_year_larger": _larger,
    "accidents_1_year": lambda about: len(_of_the_year(about)),
    "safety_permit_status": _permit_status,
    "running_sites": _running_sites,
    "led_sites": _led_sites,
    "codes_held": _codes_held,
    "flagged_codes": _flagged,
    "open_rectifications": _rectifications,
    "registered_here": _registered_here,
    "adjacent_sections": _adjacent,
    "lawfully_paused": _lawfully_paused,
    "short_on_arrival": _short,
}
"""How each fact is found."""
COMPUTED: Final = frozenset(_FACTS)
