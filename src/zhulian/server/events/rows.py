"""Pushed items that become rows of the canonical tables, so that a push, a file and a feed go one way.

An item is completed by what is known under its number (the closing of a hazard need not repeat its level), then
passes intake's own checks and the registry's service. What follows is told by `events.telling`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Q

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.kernel.identifiers import Key
from zhulian.core.linkage import EVENT_TYPES
from zhulian.core.tables import TABLES
from zhulian.intake import Position, Problem, Row
from zhulian.intake.errors import problem_of
from zhulian.intake.validate import Checked
from zhulian.server.events.stories import CREDIT_TYPES, STORIES, Story
from zhulian.server.events.subjects import Subjects, unknown
from zhulian.server.events.telling import known

register(
    ErrorKind(
        "event.number_taken",
        "「{field}」{value} 已登记在另一家企业或另一个项目名下",
        "请核对编号；确系登记有误的，请通过数据归集更正",
    ),
    ErrorKind("event.not_due", "隐患 {value} 的整改期限还没有过", "请在期限届满后推送，或核对整改期限 due_on"),
    ErrorKind("event.hazard_unknown", "隐患 {value} 还没有登记", "请先推送 site.hazard.found，再推送它的逾期或销号"),
    ErrorKind("event.no_key", "「{field}」所指的主体没有可用于登记的编号", "请改用信用代码、项目编码等编号"),
)

_KINDS: Final = {type_: kind for kind, type_ in CREDIT_TYPES.items()}
ROW_STORIES: Final[Mapping[str, Story]] = {story.type: story for story in STORIES if EVENT_TYPES[story.type].pushed}
"""Pushed type → the story that will tell it from the row."""
_NUMBER: Final = {"hazard": "hazard_no", "credit_record": "record_no"}
"""Tables in which one number belongs to one enterprise."""
_LATER: Final = frozenset({"site.hazard.overdue", "site.hazard.closed"})
"""What can only happen to a hazard that is known."""
_COMPLETED: Final = {"hazard": ("level", "kind", "found_on", "due_on"), "credit_record": ("decided_on",)}
"""Columns that the known row gives where an item does not."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a batch as far as it is well-formed: `subjects` by field."""

    index: int
    type: str
    data: Mapping[str, Any]
    subjects: Mapping[str, Key | int]


@dataclass(slots=True)
class Rows:
    """Rows in the making of one batch, in its order."""

    subjects: Subjects
    today: dt.date
    file: str
    rows: list[Row] = field(default_factory=list)
    _checked: dict[str, Checked] = field(default_factory=dict)
    _known: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _accidents: dict[tuple[object, object, dt.date], str] = field(default_factory=dict)

    def look_up(self, items: Iterable[Item]) -> None:
        """Read what is known under the numbers of these items."""
        chosen = list(items)
        for table, number in _NUMBER.items():
            asked = [i.data[number] for i in chosen if ROW_STORIES[i.type].table == table and number in i.data]
            for row in known(table, Q(**{f"{number}__in": asked})):
                self._known[table, row[number]] = row
        firms = {self._id(i, "enterprise") for i in chosen if ROW_STORIES[i.type].table == "accident"} - {None}
        for row in known("accident", Q(enterprise__in=firms)):
            self._accidents[row["enterprise"], row["project"], row["occurred_on"]] = row["accident_no"]

    def _id(self, item: Item, name: str) -> int | None:
        one = item.subjects.get(name)
        return None if one is None else self.subjects.id_of(name, one)

    def _mark(self, item: Item, name: str) -> object:
        """The subject of an item for comparison: its number, or its key while it has none."""
        return self._id(item, name) or item.subjects.get(name)

    def take(self, item: Item) -> list[Problem]:
        """Make the rows of an item, or say what is wrong with it."""
        story = ROW_STORIES[item.type]
        cells = {column: item.data[name] for name, column in story.fields.items() if name in item.data}
        wrong = self._name(item, cells)
        if not wrong:
            wrong = _MAKE[story.table](self, item, cells)
        return wrong

    def _name(self, item: Item, cells: dict[str, Any]) -> list[Problem]:
        """Keys in place of what the item calls its subjects."""
        wrong = []
        for name, one in item.subjects.items():
            key = self.subjects.key_of(name, one)
            if key is None:
                nobody = self.subjects.id_of(name, one) is None
                error = unknown(name) if nobody else ZhulianError("event.no_key", field=name)
                wrong.append(problem_of(error, name))
            cells[name] = key
        return wrong

    def _add(self, item: Item, table: str, cells: Mapping[str, Any]) -> list[Problem]:
        """Check cells as intake does and keep the row."""
        checked = self._checked.setdefault(table, Checked(TABLES[table]))
        names = {column: name for name, column in ROW_STORIES[item.type].fields.items()}
        values, problems = checked.values(cells, names)
        since, until = checked.taken(values)
        self.rows.append(Row(table, values, Position(self.file, item.index + 1), {}, since, until))
        return problems

    def numbered(self, item: Item, cells: dict[str, Any]) -> list[Problem]:
        """A hazard or a credit record: completed by what is known under its number, which belongs to one enterprise."""
        table = ROW_STORIES[item.type].table
        number = _NUMBER[table]
        if item.type in _KINDS:
            cells |= {"kind": _KINDS[item.type], "polarity": "不良"}
        before = self._known.get((table, cells[number]))
        if before is not None:
            for name in ("enterprise", "project"):
                if name in item.subjects and before.get(name) not in {None, self._mark(item, name)}:
                    return [problem_of(ZhulianError("event.number_taken", field=number, value=cells[number]), number)]
            cells |= {n: before[n] for n in _COMPLETED[table] if n not in cells and before.get(n) is not None}
        if before is None and item.type in _LATER:
            return [problem_of(ZhulianError("event.hazard_unknown", value=cells[number]), number)]
        if item.type == "site.hazard.overdue" and not (cells.get("due_on") and cells["due_on"] < self.today):
            return [problem_of(ZhulianError("event.not_due", value=cells[number]), "due_on")]
        marks = {name: self._mark(item, name) for name in item.subjects}
        self._known[table, cells[number]] = (before or {}) | cells | marks
        return self._add(item, table, cells)

    def accident(self, item: Item, cells: dict[str, Any]) -> list[Problem]:
        """An accident goes under the number that it has: of one enterprise, project and day there is one."""
        place = (self._mark(item, "enterprise"), self._mark(item, "project"), cells["occurred_on"])
        given = cells.get("accident_no") or _number(cells)
        cells["accident_no"] = self._accidents.setdefault(place, given)
        return self._add(item, "accident", cells)

    def bid(self, item: Item, cells: dict[str, Any]) -> list[Problem]:
        """A bid that won, and the tender that says for which project."""
        wrong = self._add(item, "bid", {n: cells[n] for n in ("tender_no", "enterprise")} | {"won": True})
        tender: dict[str, Any] = {n: cells[n] for n in ("tender_no", "project", "opened_on") if n in cells}
        if "project" in tender:
            wrong += self._add(item, "tender", tender)
        return wrong

    def drop(self, index: int) -> None:
        """Take back the rows of an item that turned out wrong."""
        self.rows = [row for row in self.rows if row.position.record != index + 1]


def _number(cells: Mapping[str, Any]) -> str:
    """A number for an accident whose sender gave none: the same for whoever reports it."""
    place = f"{cells['enterprise']}|{cells['project']}"
    return f"SG-{cells['occurred_on']:%Y%m%d}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


_MAKE: Final = {"hazard": Rows.numbered, "credit_record": Rows.numbered, "accident": Rows.accident, "bid": Rows.bid}
