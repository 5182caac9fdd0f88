"""Reading the registers: rows in view, narrowed and in their states; scope is decided in the query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from zhulian.core.kernel.codes import parse_division
from zhulian.core.kernel.dates import BEGINNING
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.tables import Column, table
from zhulian.server.accounts.models import DivisionClosure
from zhulian.server.assessments.facts import Cell, fact_rows, shown_columns, subject_names
from zhulian.server.assessments.moments import Moment
from zhulian.server.common import scopes, search
from zhulian.server.registers.permissions import PROJECT, VIEW
from zhulian.server.registers.tables import BY_NAME, OF_A_PROJECT, OPEN_TO_PARTIES, REGISTERS, Register, State
from zhulian.server.registry.models import MODELS, Contract, Enterprise, Participation, Project, SubjectKind

PAGE: Final = 50
ON_A_PROJECT: Final = 20
"""Rows of each table on a project's page; the rest is one click away."""
EXPORT_LIMIT: Final = 50_000
_STEP: Final = 500

register(
    ErrorKind("register.none", "没有名为「{value}」的台账", "请从市场与现场台账首页选择", status=404),
    ErrorKind(
        "register.project",
        "没有编号为 {value} 的工程项目，或不在您可以查看的范围内",
        "主管部门查看本辖区的项目和本辖区企业的项目，企业只看本企业参建的项目；请从台账重新进入",
        status=404,
    ),
    ErrorKind("register.period", "「{value}」不是日期", "日期写成 2025-03-31 的样子", status=400),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to: as typed."""

    q: str = ""
    region: str = ""
    state: str = ""
    since: str = ""
    until: str = ""
    project: str = ""
    enterprise: str = ""
    sort: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed."""
        return any((self.q, self.region, self.state, self.since, self.until, self.project, self.enterprise))


@dataclass(frozen=True, slots=True)
class Link:
    """A subject that a row names; `opens` when the viewer may open its page."""

    subject: int
    name: str
    opens: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list."""

    day: dt.date | None
    enterprise: Link | None
    project: Link | None
    cells: tuple[tuple[Column, Cell], ...]
    state: State | None
    source: str
    recorded_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """One register on the index: how many rows are in view, and how many wait for somebody, by state."""

    register: Register
    rows: int
    waiting: tuple[tuple[State, int], ...]


def register_of(name: str) -> Register:
    """The register of an address.

    Raises:
        ZhulianError: `register.none`.
    """
    found = BY_NAME.get(name)
    if found is None:
        raise ZhulianError("register.none", value=name)
    return found


def summaries(user: Any, *, today: dt.date) -> list[Summary]:
    """Every register with its counts: one query each."""
    return [_summary(user, one, today) for one in REGISTERS]


def _summary(user: Any, one: Register, today: dt.date) -> Summary:
    found = _stated(in_view(user, one.name, VIEW, today=today), one, today)
    by_state = dict(found.order_by().values_list("state_now").annotate(n=Count("row_id")))
    waiting = tuple((s, by_state[s.slug]) for s in one.states if s.waits and by_state.get(s.slug))
    return Summary(one, sum(by_state.values()), waiting)


def in_view(user: Any, name: str, action: str, *, today: dt.date) -> QuerySet[Any]:
    """Rows of a table as they are today that the user may see: by the enterprise, or by where the project is."""
    columns = table(name).names
    rows: QuerySet[Any] = MODELS[name].objects.at(today)
    seen: QuerySet[Any]
    here = Project.objects.at(today).filter(region__in=scopes.divisions(user, action)).values("project")
    firms = scopes.enterprises(user, action)
    if "enterprise" not in columns:
        parties, contracts = (m.objects.at(today).filter(firms).values("project") for m in (Participation, Contract))
        seen = rows.filter(Q(project__in=here) | Q(project__in=parties) | Q(project__in=contracts))
    else:
        seen = rows.filter(firms | Q(project__in=here) if "project" in columns else firms)
    return seen


def listed(user: Any, one: Register, filters: Filters, *, today: dt.date, action: str = VIEW) -> QuerySet[Any]:
    """Rows of a register in view and in what they are narrowed to, newest first unless sorted otherwise.

    Raises:
        ZhulianError: `register.period` for a day that is none.
    """
    rows = _stated(in_view(user, one.name, action, today=today), one, today)
    rows = rows.filter(_narrow(one, filters, today))
    if filters.state:
        rows = rows.filter(state_now=filters.state)
    field = F(one.day_field)
    order = field.asc(nulls_last=True) if filters.sort == "day" else field.desc(nulls_last=True)
    return rows.order_by(order, "row_id")


def _stated(rows: QuerySet[Any], one: Register, today: dt.date) -> QuerySet[Any]:
    """With the state of each row: the first of the register's that holds; empty for a register without."""
    whens = [When(s.test(today), then=Value(s.slug)) for s in one.states[:-1]]
    last = Value(one.states[-1].slug if one.states else "")
    state = Case(*whens, default=last, output_field=CharField()) if whens else last
    stated: QuerySet[Any] = rows.annotate(state_now=state)
    return stated


def _narrow(one: Register, filters: Filters, today: dt.date) -> Q:
    out = _period(one, filters)
    if filters.q:
        out &= _named(one, filters.q, today)
    if filters.region:
        out &= _within(one, filters.region, today)
    for column, value in (("project", filters.project), ("enterprise", filters.enterprise)):
        if value and one.has(column):
            out &= Q(**{column: int(value)}) if value.isdecimal() and len(value) < 16 else Q(pk__in=[])
    return out


def _period(one: Register, filters: Filters) -> Q:
    out = Q()
    for value, lookup in ((filters.since, "gte"), (filters.until, "lte")):
        if value:
            out &= Q(**{f"{one.day_field}__{lookup}": _day(value)})
    return out


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ZhulianError("register.period", value=text) from None


def _named(one: Register, text: str, today: dt.date) -> Q:
    """By the enterprise's names and numbers, the project's name and code, and the row's own number."""
    out = Q(pk__in=[])
    if one.has("enterprise"):
        hits = search.search(text, [SubjectKind.ENTERPRISE.value], limit=search.CANDIDATES)
        out |= Q(enterprise__in=[hit.subject for hit in hits])
    if one.has("project"):
        works = Project.objects.at(today).filter(Q(name__icontains=text) | Q(project_code__iexact=text))
        out |= Q(project__in=works.values("project"))
    if one.number:
        out |= Q(**{f"{one.number}__icontains": text})
    return out


def _within(one: Register, region: str, today: dt.date) -> Q:
    """Where the project is, else where the enterprise is registered; nothing for a division that is in no table."""
    try:
        code = parse_division(region)
    except ZhulianError:
        return Q(pk__in=[])
    below = DivisionClosure.objects.filter(ancestor=code).values("descendant")
    if one.has("project"):
        return Q(project__in=Project.objects.at(today).filter(region__in=below).values("project"))
    return Q(enterprise__in=Enterprise.objects.at(today).filter(region__in=below).values("enterprise"))


def totals(rows: QuerySet[Any], one: Register) -> list[dict[str, Any]]:
    """The line above a list: rows, enterprises and projects, each once."""
    subjects = [c for c in ("enterprise", "project") if one.has(c) and c != one.name]
    found = rows.order_by().aggregate(rows=Count("row_id"), **{c: Count(c, distinct=True) for c in subjects})
    words = {"enterprise": ("涉及企业", "户"), "project": ("涉及项目", "个")}
    out = [{"label": one.label, "count": found["rows"], "unit": one.unit}]
    return out + [{"label": words[c][0], "count": found[c], "unit": words[c][1]} for c in subjects]


def lines(
    user: Any, one: Register, rows: Iterable[Any], columns: Sequence[Column], *, today: dt.date, action: str = VIEW
) -> list[Line]:
    """Rows with names, states and sources: a fixed number of queries for a page. Persons' names are masked."""
    found = list(rows)
    moment = Moment(as_of=today)
    opens = _openable(user, found, action, today) if one.firms else set()
    firms = _links(found, "enterprise", moment, opens) if one.firms else {}
    works = _links(found, "project", moment, None) if one.works else {}
    states = {s.slug: s for s in one.states}
    told = fact_rows(one.name, found, columns, moment, names_open=False)
    return [
        Line(
            day=_known_day(getattr(row, one.day_field)),
            enterprise=firms.get(row.enterprise) if firms else None,
            project=works.get(row.project) if works else None,
            cells=said.labelled,
            state=states.get(row.state_now),
            source=said.source,
            recorded_at=said.recorded_at,
        )
        for row, said in zip(found, told, strict=True)
    ]


def _known_day(day: dt.date | None) -> dt.date | None:
    return None if day == BEGINNING else day


def _openable(user: Any, rows: Sequence[Any], action: str, today: dt.date) -> set[int]:
    """Which of the rows' enterprises the viewer may open: a project here does not open its every enterprise."""
    ids = {row.enterprise for row in rows}
    seen = Enterprise.objects.at(today).filter(scopes.enterprises(user, action), enterprise__in=ids)
    return set(seen.values_list("enterprise", flat=True))


def _links(rows: Sequence[Any], kind: str, moment: Moment, opens: set[int] | None) -> dict[int, Link]:
    """Subjects of the rows by id; `opens` None: all of them."""
    ids = {subject for row in rows if (subject := getattr(row, kind)) is not None}
    names = subject_names(kind, ids, moment)
    return {i: Link(i, names.get(i, f"#{i}"), opens is None or i in opens) for i in ids}


def header(one: Register) -> list[str]:
    """Headings of the export."""
    optional = ((one.firms, "企业"), (one.works, "工程项目"))
    subjects = [label for there, label in optional if there]
    state = ["状态"] if one.states else []
    return [one.day_label, *subjects, *(c.label for c in one.columns), *state, "来源", "入库时间"]


def export_rows(user: Any, one: Register, rows: QuerySet[Any], *, today: dt.date, action: str) -> Iterator[list[str]]:
    """The list as text, in steps, at most `EXPORT_LIMIT` lines: memory stays bounded."""
    ids = list(rows.values_list("row_id", flat=True)[:EXPORT_LIMIT])
    for start in range(0, len(ids), _STEP):
        part = ids[start : start + _STEP]
        stored = {row.row_id: row for row in rows.filter(row_id__in=part)}
        chosen = [stored[i] for i in part if i in stored]
        for line in lines(user, one, chosen, one.columns, today=today, action=action):
            yield _exported(one, line)


def _exported(one: Register, line: Line) -> list[str]:
    out = [line.day.isoformat() if line.day else ""]
    subjects = ((one.firms, line.enterprise), (one.works, line.project))
    out += [link.name if link else "" for there, link in subjects if there]
    out += [cell.text for _, cell in line.cells]
    if one.states:
        out.append(line.state.label if line.state else "")
    return [*out, line.source, line.recorded_at.strftime("%Y-%m-%d %H:%M")]


@dataclass(frozen=True, slots=True)
class Section:
    """One table on a project's page."""

    register: Register
    lines: tuple[Line, ...]
    rows: int

    @property
    def listed(self) -> bool:
        """Whether there is a register of it, which lists the rest."""
        return self.register.name in BY_NAME

    @property
    def more(self) -> int:
        """Rows that the page does not show."""
        return self.rows - len(self.lines)


def project_of(user: Any, project: int, *, today: dt.date) -> Any:
    """A project's row as it is today.

    Raises:
        ZhulianError: `register.project` when there is none in the viewer's scope.
    """
    row = in_view(user, "project", PROJECT, today=today).filter(project=project).order_by("row_id").first()
    if row is None:
        raise ZhulianError("register.project", value=project)
    return row


def project_cells(row: Any, *, today: dt.date) -> tuple[tuple[Column, Cell], ...]:
    """What the project's own row says."""
    columns = [c for c in shown_columns("project") if c.name not in {"project", "name"}]
    return fact_rows("project", [row], columns, Moment(as_of=today), names_open=False)[0].labelled


def sections(user: Any, project: int, *, today: dt.date) -> list[Section]:
    """The project's rows of every table, newest first: parties and permits whole, of the rest what is in view."""
    return [_section(user, one, project, today) for one in OF_A_PROJECT]


def _section(user: Any, one: Register, project: int, today: dt.date) -> Section:
    whole: QuerySet[Any] = MODELS[one.name].objects.at(today)
    stored = whole if one.name in OPEN_TO_PARTIES else in_view(user, one.name, PROJECT, today=today)
    rows = _stated(stored.filter(project=project), one, today)
    found = list(rows.order_by(F(one.day_field).desc(nulls_last=True), "row_id")[:ON_A_PROJECT])
    told = lines(user, one, found, one.shown, today=today, action=PROJECT)
    return Section(one, tuple(told), rows.count())
