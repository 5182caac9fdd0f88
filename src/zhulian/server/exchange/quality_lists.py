"""The lists behind the figures of the quality page: one definition each, for the page and for the file to take away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from zhulian.core.kernel.codes import division_name
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, catalogue, register
from zhulian.core.rules.plan_facts import COVERED
from zhulian.core.tables import TABLES
from zhulian.server.assessments import verification
from zhulian.server.exchange import quality
from zhulian.server.exchange.models import Quarantined
from zhulian.server.exchange.selectors import reason_text

register(ErrorKind("quality.no_list", "没有「{value}」这样的清单", "请从数据质量页的数字点进来", 404))

LIMIT: Final = 50_000


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and where it leads."""

    text: str
    url: str = ""


Row = tuple[Cell, ...]
Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: what it is called, its columns, its rows, and how some of them are shown."""

    title: Callable[[Query], str]
    header: tuple[str, ...]
    rows: Callable[[Any, Query, dt.date], Any]
    """Something that can be counted and sliced: a queryset or a list."""
    shown: Callable[[Sequence[Any], dt.date], list[Row]]


def listing(name: str) -> Listing:
    """The list of that name.

    Raises:
        ZhulianError: `quality.no_list`.
    """
    if name not in LISTS:
        raise ZhulianError("quality.no_list", value=name)
    return LISTS[name]


def _enterprise(enterprise: int, names: Mapping[int, str]) -> Cell:
    return Cell(names.get(enterprise, f"#{enterprise}"), reverse("assessments:enterprise", args=[enterprise]))


def _rejects(user: Any, query: Query, _today: dt.date) -> Any:
    chosen = {name: query.get(name, "") for name in ("code", "table", "state", "feed")}
    return (
        quality.rejects(user, **chosen)
        .select_related("delivery", "file")
        .order_by("-delivery", "file__order", "record")
    )


def _rejects_title(query: Query) -> str:
    code = query.get("code", "")
    return f"隔离的记录：{reason_text(code)}" if code in _codes() else "隔离的记录"


def _codes() -> set[str]:
    return {kind.code for kind in catalogue()}


def _reject_rows(rows: Sequence[Quarantined], _today: dt.date) -> list[Row]:
    return [
        (
            Cell(
                row.delivery.number,
                f"{reverse('exchange:delivery', args=[row.delivery_id])}?code={row.code}#quarantine",
            ),
            Cell(row.position),
            Cell(TABLES[row.table].label if row.table in TABLES else row.table),
            Cell(row.field),
            Cell(row.message),
            Cell(row.cure),
            Cell(row.get_state_display()),
        )
        for row in rows
    ]


def _untold(user: Any, query: Query, today: dt.date) -> Any:
    table = query.get("table", "")
    if table not in COVERED:
        raise ZhulianError("quality.no_list", value=table)
    return quality.untold(user, today, table=table, division=_digits(query.get("division", "")))


def _digits(text: str) -> str:
    return text if text.isdecimal() and len(text) == 6 else ""


def _untold_title(query: Query) -> str:
    table, division = query.get("table", ""), _digits(query.get("division", ""))
    where = f"（{division_name(division)}）" if division else ""
    return f"{TABLES[table].label}没有完整归集的企业{where}" if table in TABLES else "没有完整归集的企业"


def _untold_rows(rows: Sequence[Any], _today: dt.date) -> list[Row]:
    names = {row.enterprise: row.name for row in rows}
    return [
        (
            _enterprise(row.enterprise, names),
            Cell(row.uscc or "—"),
            Cell(quality.division_label(row.region or "")),
        )
        for row in rows
    ]


def _unknown(user: Any, query: Query, _today: dt.date) -> Any:
    return quality.waiting_for(user, query.get("cause", ""))


def _unknown_title(query: Query) -> str:
    label = {key: label for key, label, _ in quality.CAUSES}.get(query.get("cause", ""), "")
    return f"结论未知、等着这类数据：{label}"


def _unknown_rows(rows: Sequence[Any], today: dt.date) -> list[Row]:
    names = quality.names_of((row.enterprise for row in rows), today)
    return [
        (
            _enterprise(row.enterprise, names),
            Cell(verification.code_name(row.code), reverse("assessments:assessment", args=[row.enterprise, row.code])),
            Cell(row.shortfall),
        )
        for row in rows
    ]


def _expired(user: Any, query: Query, today: dt.date) -> Any:
    table = query.get("table", "")
    if table not in quality.EXPIRING:
        raise ZhulianError("quality.no_list", value=table)
    return quality.expired_of(user, table, today)


def _expired_title(query: Query) -> str:
    table = query.get("table", "")
    label = TABLES[table].label if table in TABLES else ""
    return f"已过有效期、没有延续或注销消息的{label}"


_NUMBERS: Final = ("certificate_no", "permit_no", "registration_no")


def _expired_rows(rows: Sequence[Any], today: dt.date) -> list[Row]:
    names = quality.names_of((row.enterprise for row in rows), today)
    return [
        (
            _enterprise(row.enterprise, names),
            Cell(next((str(getattr(row, n)) for n in _NUMBERS if getattr(row, n, None)), "—")),
            Cell(row.valid_until.isoformat()),
            Cell(f"{(today - row.valid_until).days} 天"),
        )
        for row in rows
    ]


LISTS: Final[Mapping[str, Listing]] = {
    "rejects": Listing(
        _rejects_title, ("批次", "位置", "表", "字段", "原因", "处理办法", "状态"), _rejects, _reject_rows
    ),
    "untold": Listing(_untold_title, ("企业", "统一社会信用代码", "注册地"), _untold, _untold_rows),
    "unknown": Listing(_unknown_title, ("企业", "资质", "等着的数据"), _unknown, _unknown_rows),
    "expired": Listing(_expired_title, ("企业", "编号", "有效期至", "已过"), _expired, _expired_rows),
}


def texts(one: Listing, rows: Any, today: dt.date) -> Iterable[tuple[str, ...]]:
    """A list as text for a file, in steps, at most `LIMIT` lines."""
    for start in range(0, min(_size(rows), LIMIT), 500):
        for row in one.shown(list(rows[start : start + 500]), today):
            yield tuple(cell.text for cell in row)


def _size(rows: Any) -> int:
    return len(rows) if isinstance(rows, list) else int(rows.count())
