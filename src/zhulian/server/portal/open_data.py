"""开放数据: effective restrictions and marks and how they ended, as files and pages of the API.

Only what took effect is in it, only columns that the enterprise's public page shows, never a person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhulian.core.lifecycle import RESTRICTION
from zhulian.server.assessments.exports import Sheet, as_csv
from zhulian.server.decisions.models import Restriction
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.registry.models import Identity

NAME: Final = "restrictions"
COLUMNS: Final = (
    ("number", _("编号"), _("本平台的编号，不变，不重复使用")),
    ("enterprise", _("企业名称"), _("生成之日的名称")),
    ("uscc", _("统一社会信用代码"), _("18 位；没有登记的为空")),
    ("kind", _("措施"), _("标注或限制的名称")),
    ("scope", _("范围"), _("企业、资质、工程项目之一")),
    ("code", _("资质代码"), _("范围是资质的写代码，否则为空")),
    ("refuses", _("不得"), _("不得办理的事项，以“、”分开")),
    ("clause", _("依据"), _("法律、法规、规章的条款")),
    ("document_no", _("文号"), _("决定文书的文号")),
    ("authority", _("决定机关"), _("作出决定的机关")),
    ("effective_from", _("生效日"), _("限制的第一天")),
    ("until", _("届满日"), _("期限的最后一天；没有期限的为空")),
    ("state", _("状态"), _("生效中、已解除、已撤销之一，按决定的记录")),
    ("ended_on", _("结束日"), _("不再限制的第一天；没有结束的为空")),
    ("end_cause", _("结束原因"), _("解除或者撤销的原因；没有结束的为空")),
)
"""Field, its name in Chinese, what it means: the header of the file and its dictionary."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a day. `digest`: SHA-256 of `body`, in hexadecimal; the same content has the same one."""

    kind: str
    body: bytes
    digest: str


def restrictions() -> QuerySet[Restriction]:
    """Everything that ever took effect, in an order that never changes."""
    return Restriction.objects.filter(effective_from__isnull=False).order_by("pk")


def page(*, after: int, limit: int, on: dt.date) -> tuple[list[dict[str, Any]], int | None]:
    """Rows after a number, and the number for the next page; None where there is none."""
    rows = list(restrictions().filter(pk__gt=after)[: limit + 1])
    shown = rows[:limit]
    return records(shown, on=on), shown[-1].pk if len(rows) > limit else None


def records(rows: Iterable[Restriction], *, on: dt.date) -> list[dict[str, Any]]:
    """Rows as published, with the names of a day: two statements, however many rows."""
    held = list(rows)
    subjects = {row.enterprise for row in held}
    names = enterprise_names(subjects, on)
    # A credit code of former days sorts before the present one, which wins.
    codes = dict(
        Identity.objects.filter(subject_kind="enterprise", kind="uscc", subject__in=subjects, active=True)
        .order_by("pk")
        .values_list("subject_id", "value")
    )
    return [_record(row, names.get(row.enterprise, ""), codes.get(row.enterprise, "")) for row in held]


def _record(row: Restriction, name: str, uscc: str) -> dict[str, Any]:
    return {
        "number": row.pk,
        "enterprise": name,
        "uscc": uscc,
        "kind": row.label,
        "scope": _scope(row),
        "code": row.code,
        "refuses": "、".join(str(word.label) for word in row.refuses),
        "clause": row.clause,
        "document_no": row.document_no,
        "authority": row.authority,
        "effective_from": _day(row.effective_from),
        "until": _day(row.until),
        "state": str(RESTRICTION.states[row.state]),
        "ended_on": _day(row.ended_on),
        "end_cause": row.end_cause,
    }


def _scope(row: Restriction) -> str:
    if row.project is not None:
        return "工程项目"
    return "资质" if row.code else "企业"


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def files(*, on: dt.date) -> dict[str, File]:
    """The files of a day by kind: csv and json with the same rows."""
    found = records(restrictions(), on=on)
    header = tuple(str(label) for _field, label, _meaning in COLUMNS)
    lines = tuple(tuple(_cell(row[field]) for field, _label, _meaning in COLUMNS) for row in found)
    bodies = {
        "csv": as_csv([Sheet(NAME, header, lines)]),
        "json": json.dumps({"on": on.isoformat(), "items": found}, ensure_ascii=False).encode(),
    }
    return {kind: File(kind, body, hashlib.sha256(body).hexdigest()) for kind, body in bodies.items()}


def _cell(value: object) -> str:
    return "" if value is None else str(value)
