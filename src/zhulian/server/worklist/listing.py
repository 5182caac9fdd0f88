"""The work list: filters, order, totals and neighbours over all kinds, one statement a kind and question.

Each kind answers for itself with a limit, and the few rows that can stand on the page are merged here: the plan stays
the same for a town and for a city, since every kind has an index on unit, state and day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, Value, When
from django.urls import reverse

from zhulian import rulebooks
from zhulian.core.kernel.codes import parse_division
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.linkage import ACTS, working_days_left
from zhulian.core.linkage.clocks import AMBER
from zhulian.server.accounts.models import DivisionClosure, User
from zhulian.server.common import search
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.registry.models import SubjectKind
from zhulian.server.worklist.columns import NOTHING, Rows, Source, queryset
from zhulian.server.worklist.models import Entry, Office
from zhulian.server.worklist.sources import SOURCES, source_of, sources

PAGE: Final = 50
EXPORT_LIMIT: Final = 5000
TABS: Final = {
    "": "待我办理",
    "mine": "我承办的",
    "pool": "本单位待领",
    "started": "我发起的",
    "done": "已办结",
    "overseen": "督办",
}
"""`overseen` is shown to the head of a unit only."""
LAMPS: Final = {
    "red": "超期",
    "today": "今日到期",
    "amber": "3 个工作日内",
    "green": "3 个工作日以上",
    "none": "无期限",
}
SORTS: Final = {"due": ("w_day", "w_at"), "at": ("w_at", "w_day")}
_LED: Final = ("领导交办", "挂牌督办")
_SENT_ON: Final = (Entry.Action.HAND_OVER, Entry.Action.ASSIGN, Entry.Action.URGE)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the morning: an item belongs to the first that it fits. `types`: event types, `acts`: labels of acts."""

    name: str
    label: str
    types: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()


SECTIONS: Final = (
    Section("overdue", "超期"),
    Section("today", "今日到期"),
    Section("led", "领导交办", acts=_LED),
    Section("complaint", "新抄告、投诉", types=("market.complaint.confirmed",)),
    Section("accident", "事故快报", types=("site.accident.reported", "site.accident.concluded")),
    Section("wages", "欠薪", types=("market.wages.unpaid",)),
    Section("rest", "其余"),
)
REST: Final = len(SECTIONS) - 1


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to, as the address says it; a word that is none of ours is no filter."""

    tab: str = ""
    kind: str = ""
    lamp: str = ""
    section: str = ""
    division: str = ""
    q: str = ""
    sort: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed beside the tab."""
        return any((self.kind, self.lamp, self.section, self.division, self.q))

    @property
    def query(self) -> str:
        """As an address says it, without what is empty."""
        named = {name: getattr(self, name) for name in self.__slots__}
        return urlencode({name: value for name, value in named.items() if value})


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list. `left`: working days, below 0 when overdue, None without a deadline or when closed."""

    kind: str
    label: str
    pk: int
    what: str
    enterprise: int | None
    name: str
    division: str
    unit: int
    state: str
    due_on: dt.date | None
    left: int | None
    at: dt.datetime
    day: dt.date
    holder: int | None
    holder_name: str
    urged: bool
    url: str

    @property
    def ref(self) -> str:
        """How forms name it."""
        return f"{self.kind}:{self.pk}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list, which stays when the item itself has left it."""

    kind: str
    pk: int
    day: dt.date
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Totals:
    """The one line above a list."""

    count: int = 0
    overdue: int = 0
    today: int = 0
    soon: int = 0


def tab_filter(source: Source, user: Any, tab: str, today: dt.date) -> Q:
    """What of a kind stands under a tab."""
    return _TAB_FILTERS[tab](source, user, today)


def _done(source: Source, user: Any, _today: dt.date) -> Q:
    return source.done(user)


def _mine(source: Source, user: Any, _today: dt.date) -> Q:
    return source.waiting & Q(w_holder=user.pk)


def _pool(source: Source, user: Any, _today: dt.date) -> Q:
    return source.waiting & Q(w_holder=None) & source.doable(user)


def _started(source: Source, user: Any, _today: dt.date) -> Q:
    """What the user set going or handed on, and others have now."""
    sent = Entry.objects.filter(kind=source.kind, item=OuterRef("pk"), by=user, action__in=_SENT_ON)
    others = Q(w_holder=None) | ~Q(w_holder=user.pk)
    return source.waiting & others & (source.started(user) | Q(Exists(sent)))


def _overseen(source: Source, user: Any, today: dt.date) -> Q:
    """What of the unit is overdue by as many working days as it set, for its head."""
    office = office_of(user)
    if office is None or office.head_id != user.pk:
        return NOTHING
    return source.waiting & Q(w_unit=user.unit_id, w_due__lte=overdue_since(today, office.days))


_TAB_FILTERS: Final = {
    "": lambda source, user, today: _mine(source, user, today) | _pool(source, user, today),
    "mine": _mine,
    "pool": _pool,
    "started": _started,
    "done": _done,
    "overseen": _overseen,
}


def office_of(user: Any) -> Office | None:
    """The settings of the user's unit, if it made any; read once a request."""
    if not hasattr(user, "worklist_office"):
        user.worklist_office = Office.objects.filter(unit=user.unit_id).first() if user.unit_id else None
    found: Office | None = user.worklist_office
    return found


def overdue_since(today: dt.date, days: int) -> dt.date:
    """The last deadline that is overdue by that many working days today."""
    calendar, day = rulebooks.calendar(), today - dt.timedelta(days=1)
    while working_days_left(today, day, calendar) > -days:
        day -= dt.timedelta(days=1)
    return day


def _amber_until(today: dt.date) -> dt.date:
    """The last day to which at most `AMBER` working days remain."""
    calendar, day = rulebooks.calendar(), today
    while working_days_left(today, day + dt.timedelta(days=1), calendar) <= AMBER:
        day += dt.timedelta(days=1)
    return day


def _lamp(lamp: str, today: dt.date) -> Q:
    amber = _amber_until(today)
    return {
        "red": Q(w_due__lt=today),
        "today": Q(w_due=today),
        "amber": Q(w_due__gte=today, w_due__lte=amber),
        "green": Q(w_due__gt=amber),
        "none": Q(w_due=None),
    }.get(lamp, Q())


def section_of(source: Source, user: Any, today: dt.date) -> Case:
    """The number of the first section that an item fits."""
    given = Entry.objects.filter(kind=source.kind, item=OuterRef("pk"), after=user, action=Entry.Action.ASSIGN)
    by_name = {"overdue": Q(w_due__lt=today), "today": Q(w_due=today), "led": Q(Exists(given))}
    whens = []
    for number, section in enumerate(SECTIONS[:REST]):
        acts = [act.id for act in ACTS.values() if act.label in section.acts]
        fits = by_name.get(section.name, NOTHING) | source.topic(section.types) | source.acts(acts)
        whens.append(When(fits, then=Value(number)))
    return Case(*whens, default=Value(REST), output_field=IntegerField())


def selected(source: Source, user: Any, filters: Filters, *, today: dt.date) -> Rows:
    """A kind's rows under the filters."""
    rows = queryset(source, user).filter(tab_filter(source, user, filters.tab, today), _lamp(filters.lamp, today))
    names = [section.name for section in SECTIONS]
    if filters.section in names:
        rows = rows.annotate(w_section=section_of(source, user, today)).filter(w_section=names.index(filters.section))
    if filters.division:
        rows = rows.filter(w_division__in=_below(filters.division))
    if filters.q:
        hits = search.search(filters.q, [SubjectKind.ENTERPRISE.value], limit=search.CANDIDATES)
        rows = rows.filter(w_enterprise__in=[hit.subject for hit in hits])
    return rows


def _below(text: str) -> Any:
    """A division and what lies below it; a wrong one finds nothing."""
    try:
        code = parse_division(text)
    except ZhulianError:
        return []
    return DivisionClosure.objects.filter(ancestor=code).values("descendant")


def asked(user: Any, filters: Filters) -> list[Source]:
    """The kinds that the filters ask."""
    return [source for source in sources(user) if not filters.kind or source.kind == filters.kind]


def totals(user: Any, filters: Filters, *, today: dt.date) -> Totals:
    """How many, overdue, due today, and due soon: the line above the list."""
    out = [0, 0, 0, 0]
    for source in asked(user, filters):
        found = selected(source, user, filters, today=today).aggregate(
            count=Count("pk"),
            overdue=Count("pk", _lamp("red", today)),
            today=Count("pk", _lamp("today", today)),
            soon=Count("pk", _lamp("amber", today)),
        )
        out = [a + b for a, b in zip(out, found.values(), strict=True)]
    return Totals(*out)


def items(user: Any, filters: Filters, *, today: dt.date, start: int = 0, limit: int = PAGE) -> list[Item]:
    """A stretch of the list in its order."""
    first, second, down = order(filters)
    found = []
    for number, source in enumerate(SOURCES):
        if source in asked(user, filters):
            rows = selected(source, user, filters, today=today)
            found += [(number, row) for row in _ordered(rows, first, second, down=down)[: start + limit]]
    found.sort(key=lambda pair: (pair[1][first], pair[1][second], pair[0], pair[1]["pk"]), reverse=down)
    return shown(found[start : start + limit], today=today, open_only=filters.tab != "done")


def order(filters: Filters) -> tuple[str, str, bool]:
    """The two columns of the order, and whether it goes down."""
    first, second = SORTS.get(filters.sort.removeprefix("-"), SORTS["due"])
    return first, second, filters.sort.startswith("-")


MANY: Final = "多家企业"
COLUMNS: Final = (
    "pk", "w_what", "w_enterprise", "w_division", "w_unit", "w_state", "w_due", "w_day", "w_at", "w_holder", "w_urged",
)  # fmt: skip


def _ordered(rows: Rows, first: str, second: str, *, down: bool) -> Any:
    sign = "-" if down else ""
    return rows.order_by(f"{sign}{first}", f"{sign}{second}", f"{sign}pk").values(*COLUMNS)


def shown(found: Sequence[tuple[int, dict[str, Any]]], *, today: dt.date, open_only: bool = True) -> list[Item]:
    """Rows of kinds as lines, with names and remaining working days."""
    names = enterprise_names((row["w_enterprise"] for _, row in found if row["w_enterprise"]), today)
    people = people_named(row["w_holder"] for _, row in found)
    calendar = rulebooks.calendar()
    out = []
    for number, row in found:
        source, due = SOURCES[number], row["w_due"]
        out.append(
            Item(
                kind=source.kind,
                label=source.label,
                pk=row["pk"],
                what=row["w_what"],
                enterprise=row["w_enterprise"],
                name=named(names, row["w_enterprise"]),
                division=row["w_division"],
                unit=row["w_unit"],
                state=source.states.get(row["w_state"], row["w_state"]),
                due_on=due,
                left=working_days_left(today, due, calendar) if due and open_only else None,
                at=row["w_at"],
                day=row["w_day"],
                holder=row["w_holder"],
                holder_name=people.get(row["w_holder"], ""),
                urged=row["w_urged"],
                url=reverse("worklist:open", args=[source.kind, row["pk"]]),
            )
        )
    return out


def named(names: Mapping[int, str], enterprise: int | None) -> str:
    """What the list calls an enterprise; work about many has none of its own."""
    return names.get(enterprise, f"企业 {enterprise}") if enterprise is not None else MANY


def people_named(ids: Iterable[int | None]) -> dict[int | None, str]:
    """Names of users, in one statement; none when nobody is asked for."""
    wanted = {pk for pk in ids if pk is not None}
    rows = User.objects.filter(pk__in=wanted) if wanted else ()
    return {user.pk: user.get_full_name() or user.get_username() for user in rows}


def item_of(user: Any, kind: str, pk: int, *, today: dt.date) -> Item:
    """One item in the viewer's scope, whatever its state.

    Raises:
        ZhulianError: `worklist.none`.
    """
    source = source_of(kind)
    row = None
    if source in sources(user) and source is not None:
        row = queryset(source, user).filter(pk=pk).values(*COLUMNS).first()
    if row is None or source is None:
        raise ZhulianError("worklist.none")
    (item,) = shown([(SOURCES.index(source), row)], today=today)
    return item


def neighbour(user: Any, filters: Filters, at: Cursor, *, today: dt.date, forward: bool) -> tuple[str, int] | None:
    """The item before or behind a place of the list, as (kind, key)."""
    first, second, down = order(filters)
    up = forward != down
    place = {"w_day": at.day, "w_at": at.at}
    here = next(number for number, source in enumerate(SOURCES) if source.kind == at.kind)
    found = []
    for number, source in enumerate(SOURCES):
        if source in asked(user, filters):
            rows = selected(source, user, filters, today=today)
            rows = rows.filter(_beyond(place, first, second, at.pk, side=number - here, up=up))
            nearest = _ordered(rows, first, second, down=not up)[:1]
            found += [(row[first], row[second], number, row["pk"]) for row in nearest]
    if not found:
        return None
    _first, _second, number, pk = min(found) if up else max(found)
    return SOURCES[number].kind, pk


def _beyond(place: dict[str, Any], first: str, second: str, pk: int, *, side: int, up: bool) -> Q:
    """Rows behind a place; of equals, kinds that come later (`side` > 0) or the same kind's later keys."""
    word = "gt" if up else "lt"
    same = Q(**{first: place[first], second: place[second]})
    out = Q(**{f"{first}__{word}": place[first]}) | Q(**{first: place[first], f"{second}__{word}": place[second]})
    if side == 0:
        return out | same & Q(**{f"pk__{word}": pk})
    return out | same if (side > 0) == up else out
