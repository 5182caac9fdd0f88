"""What rows of the canonical tables tell: a table of stories, each one type of event (loop.md "Events").

A story says when its happening has come (a column's day, perhaps moved by a term), under which conditions, and which
column gives which field of the event. Files, feeds and pushes all become rows, so all of them tell the same events.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from zhulian.core.kernel.canonical import Json
from zhulian.core.linkage import EVENT_TYPES
from zhulian.core.linkage.clocks import add_months
from zhulian.core.linkage.events import Kind

Row = Mapping[str, Any]
"""A canonical row by column, with what `telling` adds to it."""

_LAST: Final = dt.date(9990, 1, 1)
"""A day after this stands for "without limit": nothing follows from it."""
EXPIRING_MONTHS: Final = 3
"""安全生产许可证条例第九条: whoever wants an extension applies three months before the permit ends."""


def _always(_row: Row) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Story:
    """One type of event that rows of a table tell.

    `day`: the column whose day is the happening's; empty: it has happened when the row is there. It has come `days`
    after and `months` from that day. `fields`: field of the event → column. `memory`: fields that make it the same
    happening although its business key differs, because the day or the project was corrected.
    """

    table: str
    type: str
    day: str
    fields: Mapping[str, str]
    when: Callable[[Row], bool] = _always
    months: int = 0
    days: int = 0
    memory: tuple[str, ...] = ()

    def comes(self, day: dt.date) -> dt.date | None:
        """When it has come, for a day of the column; None: never."""
        return add_months(day, self.months) + dt.timedelta(days=self.days) if day < _LAST else None

    def from_day(self, comes: dt.date) -> dt.date:
        """The day of the column for which it comes on a day, to within a few days (months differ in length)."""
        return add_months(comes, -self.months) - dt.timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Happening:
    """One happening, told by a row: what an event is made of."""

    type: str
    on: dt.date
    data: dict[str, Json]
    memory: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Subjects that no field of the data names."""

    @property
    def enterprise(self) -> int:
        """Whom it is about."""
        return int(self.data["enterprise"])  # type: ignore[arg-type]  # a required field of every type told here

    @property
    def affects(self) -> tuple[str, ...]:
        """Other subjects: project, person, and what else it is about."""
        named = tuple(f"{kind}:{self.data[kind]}" for kind in ("project", "person") if self.data.get(kind))
        return named + self.also


def _same(*names: str, **others: str) -> dict[str, str]:
    return {name: name for name in names} | others


_ACCIDENT: Final = _same(
    "enterprise",
    "project",
    "occurred_on",
    "accident_no",
    "deaths",
    "serious_injuries",
    "direct_loss",
    "concealed",
)
_HAZARD: Final = _same("hazard_no", "enterprise", "project", "level", "due_on", what="kind")
_RECORD: Final = _same("record_no", "enterprise", "document_no", "authority", "decided_on", "effective_on", "item")
_PERMIT: Final = _same("enterprise", "permit_no", "valid_until")

CREDIT_TYPES: Final[Mapping[str, str]] = {
    "行政处罚": "market.penalty.effective",
    "违法发承包": "market.contract.illegal",
    "串通投标": "market.bid.rigged",
    "虚假材料": "market.material.false",
    "严重失信": "market.dishonesty.listed",
    "拖欠工资": "market.wages.unpaid",
    "投诉查实": "market.complaint.confirmed",
}
"""Kind of a bad credit record → the event of the market that its effective decision is."""


def _kind(kind: str) -> Callable[[Row], bool]:
    return lambda row: row["kind"] == kind and row["polarity"] == "不良"


def _open(row: Row) -> bool:
    return row["closed_on"] is None


def _runs_out(row: Row) -> bool:
    """Not ended otherwise, and no other permit of the enterprise goes on."""
    return row["status"] not in {"吊销", "注销"} and not row["renewed"]


STORIES: Final = (
    Story("accident", "site.accident.reported", "occurred_on", _ACCIDENT, memory=("accident_no",)),
    Story(
        "accident",
        "site.accident.concluded",
        "concluded_on",
        _ACCIDENT | _same("concluded_on", "responsible"),
        memory=("accident_no",),
    ),
    Story("hazard", "site.hazard.found", "found_on", _HAZARD | _same("found_on")),
    Story("hazard", "site.hazard.overdue", "due_on", _HAZARD, _open, days=1),
    Story("hazard", "site.hazard.closed", "closed_on", _HAZARD | _same("closed_on")),
    *(
        Story(
            "credit_record",
            type_,
            "effective_on",
            _RECORD | _same("project") | (_same("act") if kind == "违法发承包" else {}),
            _kind(kind),
        )
        for kind, type_ in CREDIT_TYPES.items()
    ),
    Story("credit_record", "credit.recorded", "effective_on", _RECORD),
    Story("credit_record", "credit.repaired", "repaired_on", _RECORD | _same("repaired_on")),
    Story("safety_permit", "permit.expiring", "valid_until", _PERMIT, _runs_out, months=-EXPIRING_MONTHS),
    Story("safety_permit", "permit.expired", "valid_until", _PERMIT, _runs_out, days=1),
    Story(
        "bid",
        "market.tender.won",
        "",
        _same("enterprise", "project", "tender_no", on="opened_on"),
        lambda row: row["won"] is True,
        memory=("tender_no",),
    ),
)

_EARLIER: Final = {"permit.expiring": "permit.expired"}
"""Type that is no news any more once the other has come."""


def happenings(table: str, rows: Iterable[Row], today: dt.date) -> Iterator[Happening]:
    """What rows tell that has come by a day. A row that lacks what its type requires tells nothing of it."""
    stories = [story for story in STORIES if story.table == table]
    for row in rows:
        come = [(story, on) for story in stories if (on := _came(story, row, today)) is not None and story.when(row)]
        types = {story.type for story, _ in come}
        for story, on in come:
            if _EARLIER.get(story.type) in types:
                continue
            data = _data(story, row)
            if data is not None:
                yield Happening(story.type, on, data, story.memory)


def _came(story: Story, row: Row, today: dt.date) -> dt.date | None:
    """The day on which it came; None: not yet, or never."""
    if not story.day:
        return today
    day = row[story.day]
    comes = story.comes(day) if day is not None else None
    return comes if comes is not None and comes <= today else None


def _data(story: Story, row: Row) -> dict[str, Json] | None:
    """The fields of the event; a text outside its options is left out; None when a required one is missing."""
    out: dict[str, Json] = {}
    for wanted in EVENT_TYPES[story.type].fields:
        value = row.get(story.fields.get(wanted.name, ""))
        if wanted.options and value not in wanted.options:
            value = None
        if value is not None:
            out[wanted.name] = value.isoformat() if wanted.kind is Kind.DATE else value
        elif wanted.required:
            return None
    return out


@dataclass(frozen=True, slots=True)
class Watched:
    """A column whose days bring happenings when they come."""

    table: str
    column: str
    stories: tuple[Story, ...] = field(default=())


def watched() -> tuple[Watched, ...]:
    """Every column of STORIES with a day, for the daily look."""
    found: dict[tuple[str, str], list[Story]] = {}
    for story in STORIES:
        if story.day:
            found.setdefault((story.table, story.day), []).append(story)
    return tuple(Watched(table, column, tuple(stories)) for (table, column), stories in found.items())
