"""A pushed item against the catalogue of events: every field named, each with what is wrong and what to do. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.linkage import EVENT_TYPES, EventType
from zhulian.core.linkage.events import EXPECTED, Field, Kind
from zhulian.intake import Problem
from zhulian.intake.errors import problem_of

TEXT_LIMIT: Final = 500
_INT_LIMIT: Final = 2**63
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ufffd\ud800-\udfff]")
_KEY_LIMIT: Final = 100
HAPPENED: Final = frozenset({"on", "occurred_on", "found_on", "closed_on", "concluded_on", "decided_on", "month"})
"""Days on which something has happened: they cannot lie ahead, as a term or the day of effect may."""

register(
    ErrorKind("event.item", "这一条不是事件对象", "请写成含 type 和 data 的 JSON 对象"),
    ErrorKind("event.not_pushed", "事件「{type}」由本平台产生，不接受推送", "请删除这一条；可推送的类型见接口文档"),
    ErrorKind("event.not_yours", "本接入编号不能推送「{type}」", "请联系平台管理员开通这种事件"),
    ErrorKind("event.future", "事件「{type}」的「{field}」（{label}）在今天之后：{value}", "请核对日期"),
)


def printable(text: str) -> str:
    """A text of the sender's without what no database keeps, to be shown back to it."""
    return _CONTROL.sub("?", text)


def item_check(
    item: Any, *, allowed: frozenset[str], today: dt.date
) -> tuple[EventType | None, dict[str, Any], list[Problem]]:
    """The type of an item, its fields as typed values, and everything that is wrong; subjects stay as they were written.

    `allowed`: types that this sender may push.
    """
    if not isinstance(item, Mapping) or not isinstance(item.get("data"), Mapping):
        return None, {}, [problem_of(ZhulianError("event.item"), "")]
    name = item.get("type")
    kind = EVENT_TYPES.get(name) if isinstance(name, str) else None
    shown = str(name)[:60]
    if kind is None:
        return None, {}, [problem_of(ZhulianError("event.type_unknown", type=shown), "type")]
    if not kind.pushed:
        return None, {}, [problem_of(ZhulianError("event.not_pushed", type=shown), "type")]
    if name not in allowed:
        return None, {}, [problem_of(ZhulianError("event.not_yours", type=shown), "type")]
    data, wrong = _fields(kind, item["data"], today)
    return kind, data, wrong


def _fields(kind: EventType, given: Mapping[str, Any], today: dt.date) -> tuple[dict[str, Any], list[Problem]]:
    out: dict[str, Any] = {}
    wrong: list[Problem] = []
    for name in sorted(str(name)[:60] for name in given):
        if kind.field(name) is None:
            options = "、".join(f.name for f in kind.fields)
            wrong.append(
                problem_of(ZhulianError("event.field_unknown", type=kind.name, field=name, options=options), name)
            )
    for field in kind.fields:
        value = given.get(field.name)
        told = {"type": kind.name, "field": field.name, "label": field.label}
        if value is None or value == "":
            if field.required:
                wrong.append(problem_of(ZhulianError("event.field_missing", **told), field.name))
            continue
        if not _READS[field.kind](field, value):
            shown = {"value": str(value)[:40], "expected": "、".join(field.options) or EXPECTED[field.kind]}
            wrong.append(problem_of(ZhulianError("event.field_value", **told, **shown), field.name))
            continue
        out[field.name] = dt.date.fromisoformat(value) if field.kind is Kind.DATE else value
        if field.name in HAPPENED and out[field.name] > today:
            wrong.append(problem_of(ZhulianError("event.future", **told, value=value), field.name))
    return out, wrong


def _is_text(field: Field, value: Any) -> bool:
    if not isinstance(value, str) or len(value) > TEXT_LIMIT or _CONTROL.search(value):
        return False
    return not field.options or value in field.options


def _is_count(_field: Field, value: Any) -> bool:
    return type(value) is int and 0 <= value < _INT_LIMIT


def _is_day(_field: Field, value: Any) -> bool:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        return dt.date.fromisoformat(value).year >= 1900
    except ValueError:
        return False


def _is_bool(_field: Field, value: Any) -> bool:
    return type(value) is bool


def _is_subject(_field: Field, value: Any) -> bool:
    """A natural key, or our number; whether anybody is meant is asked later."""
    if isinstance(value, str):
        return len(value) <= _KEY_LIMIT and not _CONTROL.search(value)
    return type(value) is int and 0 < value < _INT_LIMIT


_READS: Final[Mapping[Kind, Callable[[Field, Any], bool]]] = {
    Kind.TEXT: _is_text,
    Kind.COUNT: _is_count,
    Kind.FEN: _is_count,
    Kind.DATE: _is_day,
    Kind.BOOL: _is_bool,
    Kind.ENTERPRISE: _is_subject,
    Kind.PERSON: _is_subject,
    Kind.PROJECT: _is_subject,
}
