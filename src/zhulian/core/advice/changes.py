"""Changes that an enterprise may think of, as declared data: hire, lose, insure, renew, raise, buy, finish.

A change says what would be different, never how rows look (`steps` does). From outside they come as plain JSON
values and are checked field by field against a table; nothing else passes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.rules.model import STAFF_TABLES
from zhulian.core.tables import INDICATORS, Kind, table

PEOPLE_LIMIT: Final = 500
"""Most persons hired by one change: more is a typing error."""
CHANGES_LIMIT: Final = 40
MONEY_LIMIT: Final = 10**15
"""Most fen: ten trillion yuan."""
VALUE_LIMIT: Final = 10**15
TEXT_LIMIT: Final = 60
FIRST_DAY: Final = dt.date(1990, 1, 1)
LAST_DAY: Final = dt.date(2199, 12, 31)

register(
    ErrorKind("advice.change", "这项变化填写有误：{field}", "{cure}", status=400),
    ErrorKind("advice.too_many", "一次最多模拟 {limit} 项变化", "请先删去几项再添加", status=400),
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate somebody has: a row of a staff table, by its columns."""

    table: str
    values: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "".join(value for _, value in sorted(self.values, key=lambda v: _SAID.index(v[0])))


_SAID: Final = ("specialty", "trade", "post", "class", "kind", "grade")
"""Columns of papers in the order in which they are said: 建筑工程一级注册建造师."""
PAPER_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "registration": ("kind", "specialty"),
    "title": ("grade", "specialty"),
    "post_certificate": ("post",),
    "safety_certificate": ("class",),
    "skill": ("grade", "trade"),
}
"""Columns of a paper that a clause may ask about."""


@dataclass(frozen=True, slots=True)
class Hire:
    """`count` persons alike, under 60, insured, registered nowhere else; `led`: indicator, value, how many works."""

    count: int
    papers: tuple[Paper, ...] = ()
    post: str = ""
    years: int = 0
    led: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Leave:
    """A person leaves on a day: every row that ties him to the enterprise ends."""

    person: int
    on: dt.date


@dataclass(frozen=True, slots=True)
class Insure:
    """The enterprise pays a person's insurance from the month of the day on, and nobody else does."""

    person: int


@dataclass(frozen=True, slots=True)
class Renew:
    """A person's licences of one table run until a later day."""

    person: int
    table: str
    until: dt.date


@dataclass(frozen=True, slots=True)
class Assets:
    """A new statement in which one figure is `fen` and the others are as in the last one."""

    fen: int
    measure: str = "net_assets"


@dataclass(frozen=True, slots=True)
class Machines:
    """Machines of a kind bought, owned."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Work:
    """A finished and accepted work with one indicator."""

    indicator: str
    value: int
    completed_on: dt.date


@dataclass(frozen=True, slots=True)
class Permit:
    """A safety permit in force."""

    until: dt.date


Change: TypeAlias = Hire | Leave | Insure | Renew | Assets | Machines | Work | Permit


def as_plain(change: Change) -> dict[str, Any]:
    """A change as JSON values; the inverse of `from_plain`."""
    return {"is": type(change).__name__, **{name: _plain(value) for name, value in asdict(change).items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def from_plain(data: object) -> Change:
    """A change from JSON values of any origin.

    Raises:
        ZhulianError: `advice.change` for anything that is not exactly a change within the limits.
    """
    fields = _mapping(data, "内容")
    maker = _MAKERS.get(str(fields.get("is")))
    if maker is None:
        raise _refuse("种类", "请从列出的变化种类中选择")
    return maker(fields)


def many_from_plain(data: object) -> tuple[Change, ...]:
    """Changes from a JSON list.

    Raises:
        ZhulianError: `advice.change`, `advice.too_many`.
    """
    items = _list(data, "变化清单")
    if len(items) > CHANGES_LIMIT:
        raise ZhulianError("advice.too_many", limit=CHANGES_LIMIT)
    return tuple(from_plain(item) for item in items)


def _refuse(field: str, cure: str) -> ZhulianError:
    return ZhulianError("advice.change", field=field, cure=cure)


def _mapping(value: object, field: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _refuse(field, "请用页面上的表单添加")
    return value


def _list(value: object, field: str) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise _refuse(field, "请用页面上的表单添加")
    return value


def _int(fields: Mapping[str, Any], name: str, label: str, low: int, high: int) -> int:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _refuse(label, f"请填 {low:,} 到 {high:,} 之间的整数")
    return value


def _text(value: object, label: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_LIMIT or not value.isprintable():
        raise _refuse(label, f"请填 1 到 {TEXT_LIMIT} 个字")
    return value


def _option(value: object, label: str, options: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in options:
        raise _refuse(label, "请从列出的选项中选择")
    return value


def _day(fields: Mapping[str, Any], name: str, label: str) -> dt.date:
    value = fields.get(name)
    try:
        day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    except ValueError:
        raise _refuse(label, "请填日期，如 2027-01-31") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _refuse(label, f"请填 {FIRST_DAY} 到 {LAST_DAY} 之间的日期")
    return day


def _person(fields: Mapping[str, Any]) -> int:
    return _int(fields, "person", "人员", 1, 2**62)


def _paper(data: object) -> Paper:
    fields = _mapping(data, "证书")
    name = _option(fields.get("table"), "证书种类", STAFF_TABLES)
    values = []
    for pair in _list(fields.get("values"), "证书"):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise _refuse("证书", "请用页面上的表单添加")
        column = _option(pair[0], "证书栏目", PAPER_COLUMNS[name])
        options = table(name).column(column).options
        value = _text(pair[1], table(name).column(column).label)
        values.append((column, _option(value, table(name).column(column).label, options) if options else value))
    return Paper(name, tuple(values))


def _led(data: object) -> tuple[str, int, int]:
    parts = _list(data, "主持业绩")
    if len(parts) != 3:
        raise _refuse("主持业绩", "请用页面上的表单添加")
    fields = {"indicator": parts[0], "value": parts[1], "works": parts[2]}
    return (
        _option(fields["indicator"], "业绩指标", tuple(INDICATORS)),
        _int(fields, "value", "指标值", 0, VALUE_LIMIT),
        _int(fields, "works", "业绩项数", 1, PEOPLE_LIMIT),
    )


def _hire(fields: Mapping[str, Any]) -> Change:
    post = fields.get("post", "")
    return Hire(
        count=_int(fields, "count", "人数", 1, PEOPLE_LIMIT),
        papers=tuple(_paper(each) for each in _list(fields.get("papers", ()), "证书")[:10]),
        post=_option(post, "职务", table("officer").column("post").options) if post else "",
        years=_int({"years": fields.get("years", 0)}, "years", "管理年限", 0, 60),
        led=tuple(_led(each) for each in _list(fields.get("led", ()), "主持业绩")[:10]),
    )


def _assets(fields: Mapping[str, Any]) -> Change:
    figures = tuple(c.name for c in table("finance").columns if c.kind is Kind.INT)
    measure = _option(fields.get("measure", "net_assets"), "财务指标", figures)
    return Assets(_int(fields, "fen", "金额（分）", 0, MONEY_LIMIT), measure)


_MAKERS: Final[dict[str, Callable[[Mapping[str, Any]], Change]]] = {
    "Hire": _hire,
    "Leave": lambda f: Leave(_person(f), _day(f, "on", "离开日期")),
    "Insure": lambda f: Insure(_person(f)),
    "Renew": lambda f: Renew(
        _person(f),
        _option(f.get("table"), "证书种类", ("registration", "post_certificate", "safety_certificate")),
        _day(f, "until", "有效期至"),
    ),
    "Assets": _assets,
    "Machines": lambda f: Machines(_text(f.get("kind"), "设备种类"), _int(f, "count", "台数", 1, 10_000)),
    "Work": lambda f: Work(
        _option(f.get("indicator"), "业绩指标", tuple(INDICATORS)),
        _int(f, "value", "指标值", 0, VALUE_LIMIT),
        _day(f, "completed_on", "竣工日期"),
    ),
    "Permit": lambda f: Permit(_day(f, "until", "有效期至")),
}
