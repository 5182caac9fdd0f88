"""The registers: a table of what each lists, by which day, in which states, and what of it waits for somebody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from zhulian.core.tables import Column, Kind, Publicity, Table, table

SOON_DAYS: Final = 90
"""A permit is listed as running out this many days before: the first step at which an enterprise is reminded."""


@dataclass(frozen=True, slots=True)
class State:
    """One state of a row: `test` gives its filter on a day. The first state of a register that holds is a row's."""

    slug: str
    label: str
    colour: str
    icon: str
    test: Callable[[dt.date], Q]
    waits: bool = False
    """Whether the index counts these rows as waiting for somebody."""

    @property
    def word(self) -> str:
        """What the badge says."""
        return self.label


@dataclass(frozen=True, slots=True)
class Register:
    """One list. `day`: the column that period and order go by, empty for the day the fact began.

    `brief`: columns that a list shows, the export has all. `number`: the column that a search looks into besides
    enterprises and projects. `unit`: what one row is counted as.
    """

    name: str
    unit: str
    brief: tuple[str, ...]
    day: str = ""
    number: str = ""
    states: tuple[State, ...] = ()

    @property
    def table(self) -> Table:
        """The canonical table it lists."""
        return table(self.name)

    @property
    def label(self) -> str:
        """The table's own name."""
        return self.table.label

    @property
    def day_field(self) -> str:
        """Column of the order: `day`, else when the fact began."""
        return self.day or "fact_from"

    @property
    def day_label(self) -> str:
        """What the day means."""
        return next((c.label for c in self.table.columns if c.name == self.day), "事实起")

    def has(self, column: str) -> bool:
        """Whether rows carry a column."""
        return column in self.table.names

    @property
    def shown(self) -> tuple[Column, ...]:
        """Columns of a list, in the order of `brief`."""
        by_name = {c.name: c for c in self.columns}
        return tuple(by_name[name] for name in self.brief)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of the export: not what only a stated purpose opens, not the day and not what is a link."""
        return tuple(
            c
            for c in self.table.columns
            if c.public is not Publicity.SECRET
            and not (c.kind is Kind.REF and c.refers in {"enterprise", "project"})
            and c.name != self.day
            and (self.name, c.name) != ("project", "name")
        )

    @property
    def firms(self) -> bool:
        """Whether a list of it has a column of enterprises."""
        return self.has("enterprise")

    @property
    def works(self) -> bool:
        """Whether a list of it has a column of projects."""
        return self.has("project")


def _everything(_today: dt.date) -> Q:
    return Q()


def _is(**values: object) -> Callable[[dt.date], Q]:
    return lambda _today: Q(**values)


_MET, _SHORT, _PENDING, _GONE = (
    ("met", "circle-check"),
    ("short", "alert-triangle"),
    ("pending", "clock"),
    ("unknown", "minus"),
)

REGISTERS: Final = (
    Register(
        "accident",
        "起",
        ("accident_no", "deaths", "serious_injuries", "direct_loss", "concluded_on"),
        "occurred_on",
        "accident_no",
        (
            State("open", "待批复", *_PENDING, _is(concluded_on=None), waits=True),
            State("responsible", "负有责任", *_SHORT, _is(responsible=True)),
            State("unsaid", "责任未报", *_GONE, _is(responsible=None)),
            State("concluded", "无责任", *_MET, _everything),
        ),
    ),
    Register(
        "hazard",
        "处",
        ("hazard_no", "level", "kind", "due_on", "closed_on"),
        "found_on",
        "hazard_no",
        (
            State("closed", "已销号", *_MET, _is(closed_on__isnull=False)),
            State("overdue", "逾期未销号", *_SHORT, lambda today: Q(due_on__lt=today), waits=True),
            State("open", "待销号", *_PENDING, _everything, waits=True),
        ),
    ),
    Register("permit", "件", ("permit_no", "amount", "area"), "issued_on", "permit_no"),
    Register(
        "safety_permit",
        "件",
        ("permit_no", "authority", "issued_on"),
        "valid_until",
        "permit_no",
        (
            State("suspended", "暂扣", *_PENDING, _is(status="暂扣"), waits=True),
            State("gone", "吊销、注销", *_GONE, _is(status__in=["吊销", "注销"])),
            State("expired", "已过期", *_SHORT, lambda today: Q(valid_until__lt=today) | Q(status="过期"), waits=True),
            State(
                "expiring",
                f"{SOON_DAYS} 日内到期",
                *_PENDING,
                lambda today: Q(valid_until__lte=today + dt.timedelta(days=SOON_DAYS)),
                waits=True,
            ),
            State("unsaid", "有效期未报", *_GONE, _is(valid_until=None)),
            State("valid", "有效", *_MET, _everything),
        ),
    ),
    Register(
        "appointment",
        "人次",
        ("post", "person"),
        states=(
            State("committed", "投标承诺人员", *_MET, _is(committed=True)),
            State("other", "非投标承诺人员", *_PENDING, _is(committed=False)),
            State("unsaid", "是否承诺未报", *_GONE, _everything),
        ),
    ),
    Register(
        "person_lock",
        "人次",
        ("person", "post", "unlocked_on", "reason"),
        "locked_on",
        states=(
            State("unlocked", "已解锁", *_GONE, _is(unlocked_on__isnull=False)),
            State("locked", "锁定中", *_PENDING, _everything),
        ),
    ),
    Register("tender", "项", ("tender_no", "method", "agency"), "opened_on", "tender_no"),
    Register(
        "bid",
        "次",
        ("tender_no", "price", "rank"),
        "",
        "tender_no",
        (
            State("won", "中标", *_MET, _is(won=True)),
            State("lost", "未中标", *_GONE, _is(won=False)),
            State("unsaid", "结果未报", *_GONE, _everything),
        ),
    ),
    Register("contract", "份", ("contract_no", "role", "amount"), "signed_on", "contract_no"),
    Register(
        "credit_record",
        "条",
        ("kind", "item", "authority", "document_no"),
        "effective_on",
        "record_no",
        (
            State("good", "良好", *_MET, _is(polarity="良好")),
            State("repaired", "不良，已修复", *_GONE, _is(repaired_on__isnull=False)),
            State("ended", "不良，公示期满", *_GONE, lambda today: Q(public_until__lt=today)),
            State("bad", "不良", *_SHORT, _everything),
        ),
    ),
    Register(
        "project",
        "个",
        ("project_code", "region", "kind", "owner", "total_investment"),
        "planned_start_on",
        "project_code",
        (
            State("finished", "竣工", *_GONE, lambda _today: Q(status="竣工") | Q(finished_on__isnull=False)),
            State("stopped", "停工", *_PENDING, _is(status="停工")),
            State("planned", "未开工", *_GONE, _is(status="未开工")),
            State("running", "在建", *_MET, _is(status="在建")),
            State("unsaid", "状态未报", *_GONE, _everything),
        ),
    ),
)
BY_NAME: Final = {register.name: register for register in REGISTERS}

PARTIES: Final = Register("participation", "家", ("role",))
"""Who takes part in a project: on its page only, there is no list over all projects."""
OF_A_PROJECT: Final = (
    PARTIES,
    BY_NAME["permit"],
    BY_NAME["contract"],
    BY_NAME["tender"],
    BY_NAME["appointment"],
    BY_NAME["person_lock"],
    BY_NAME["hazard"],
    BY_NAME["accident"],
    BY_NAME["credit_record"],
)
"""What is said of a project, in the order of its page."""
OPEN_TO_PARTIES: Final = frozenset({"participation", "permit", "tender"})
"""Of these whoever may open the project sees all rows; of the others those of enterprises in view."""
