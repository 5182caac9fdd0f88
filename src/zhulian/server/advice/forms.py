"""The forms of 模拟: text fields as people fill them in, made into declared changes; and changes said in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from zhulian.core.advice import (
    Assets,
    Change,
    Hire,
    Insure,
    Leave,
    Machines,
    Paper,
    Permit,
    Renew,
    Work,
    from_plain,
)
from zhulian.core.advice.changes import many_from_plain
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.tables import INDICATORS, table
from zhulian.core.tables.contract import CONSTRUCTOR_KINDS, SKILL_GRADES, TITLE_GRADES
from zhulian.server.assessments.quantities import quantity

Fields = Mapping[str, str]

WAN: Final = 10_000 * 100
"""Fen in 万元."""
PAPERS: Final[Mapping[str, tuple[str, str, str]]] = {
    # label → table, column, value
    **{kind: ("registration", "kind", kind) for kind in CONSTRUCTOR_KINDS},
    **{f"{grade}职称": ("title", "grade", grade) for grade in reversed(TITLE_GRADES)},
    "岗位证书": ("post_certificate", "post", ""),
    **{
        f"安全考核 {c} 证": ("safety_certificate", "class", c)
        for c in table("safety_certificate").column("class").options
    },
    **{grade: ("skill", "grade", grade) for grade in reversed(SKILL_GRADES)},
}
"""Papers that can be chosen for a person to hire."""
SPECIALTY: Final = {"registration": "specialty", "title": "specialty", "post_certificate": "post", "skill": "trade"}
"""The column that the free field beside a paper fills."""
RENEWABLE: Final = ("registration", "post_certificate", "safety_certificate")
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,4})?")


def change_from(fields: Fields) -> Change:
    """A change from a filled-in form.

    Raises:
        ZhulianError: `advice.change`, naming the field and what to write there.
    """
    maker = _MAKERS.get(fields.get("is", ""))
    return from_plain({**(maker(fields) if maker else {}), "is": fields.get("is", "")})


def changes_from_json(text: str) -> tuple[Change, ...]:
    """Changes of a cure or a draft, as a page carries them.

    Raises:
        ZhulianError: `advice.change`, `advice.too_many`.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    return many_from_plain(data)


def scaled(text: str, label: str, scale: int) -> int:
    """A printed figure × scale as a whole number.

    Raises:
        ZhulianError: `advice.change`.
    """
    text = text.strip().replace(",", "").replace("，", "")
    if not _NUMBER.fullmatch(text):
        raise ZhulianError("advice.change", field=label, cure="请填不带单位的数字，最多四位小数")
    return int(Decimal(text) * scale)


def _count(fields: Fields, name: str) -> Any:
    text = fields.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _hire(fields: Fields) -> dict[str, Any]:
    papers = []
    for number in ("1", "2"):
        chosen = PAPERS.get(fields.get(f"paper{number}", ""))
        if chosen is None:
            continue
        name, column, value = chosen
        values = {column: value, SPECIALTY.get(name, column): fields.get(f"specialty{number}", "").strip() or value}
        papers.append({"table": name, "values": [[c, v] for c, v in values.items() if v]})
    if not papers and not fields.get("post"):
        raise ZhulianError("advice.change", field="证书", cure="请选择拟聘人员持有的证书，或拟任的职务")
    return {
        "count": _count(fields, "count"),
        "papers": papers,
        "post": fields.get("post", ""),
        "years": _count(fields, "years") or 0,
    }


def _work(fields: Fields) -> dict[str, Any]:
    indicator = INDICATORS.get(fields.get("indicator", ""))
    value = scaled(fields.get("value", ""), "指标值", indicator.scale) if indicator else None
    return {"indicator": fields.get("indicator"), "value": value, "completed_on": fields.get("completed_on")}


_MAKERS: Final[Mapping[str, Callable[[Fields], dict[str, Any]]]] = {
    "Hire": _hire,
    "Leave": lambda f: {"person": _count(f, "person"), "on": f.get("on")},
    "Insure": lambda f: {"person": _count(f, "person")},
    "Renew": lambda f: {"person": _count(f, "person"), "table": f.get("table"), "until": f.get("until")},
    "Assets": lambda f: {"fen": scaled(f.get("wan", ""), "净资产", WAN)},
    "Machines": lambda f: {"kind": f.get("kind", "").strip(), "count": _count(f, "count")},
    "Work": _work,
    "Permit": lambda f: {"until": f.get("until")},
}


def persons_in(change: Change) -> int | None:
    """The person a change is about, if it is about one."""
    return getattr(change, "person", None)


def said(change: Change, names: Mapping[int, str]) -> str:
    """A change in words: 新聘 3 人，持建筑工程一级注册建造师."""
    return _SAID[type(change)](change, names)


def _said_hire(change: Hire, _names: Mapping[int, str]) -> str:
    parts = [f"新聘 {change.count:,} 人"]
    if change.post:
        years = f"（管理年限 {change.years} 年）" if change.years else ""
        parts.append(f"任{change.post}{years}")
    if change.papers:
        parts.append("持" + "、".join(paper_words(paper) for paper in change.papers))
    for indicator, value, works in change.led:
        unit = INDICATORS[indicator]
        parts.append(f"曾主持 {works} 项{unit.label} {quantity(value, unit.unit)} 的业绩")
    return "，".join(parts)


def paper_words(paper: Paper) -> str:
    """建筑工程一级注册建造师, 结构中级职称, 施工员岗位证书."""
    end = {"title": "职称", "post_certificate": "岗位证书", "safety_certificate": " 类安全考核合格证"}.get(
        paper.table, ""
    )
    return f"{paper}{end}"


def _said_work(change: Work, _names: Mapping[int, str]) -> str:
    unit = INDICATORS[change.indicator]
    return f"新增业绩：{unit.label} {quantity(change.value, unit.unit)}，{change.completed_on} 竣工"


def _name(names: Mapping[int, str], person: int) -> str:
    return names.get(person, f"#{person}")


_SAID: Final[dict[type, Callable[[Any, Mapping[int, str]], str]]] = {
    Hire: _said_hire,
    Leave: lambda c, names: f"{_name(names, c.person)} 自 {c.on} 起离开",
    Insure: lambda c, names: f"为 {_name(names, c.person)} 缴纳社保",
    Renew: lambda c, names: f"{_name(names, c.person)} 的{table(c.table).label}延续至 {c.until}",
    Assets: lambda c, _: f"{table('finance').column(c.measure).label}达到 {quantity(c.fen, '元')}",
    Machines: lambda c, _: f"购置{c.kind} {c.count:,} 台（自有）",
    Work: _said_work,
    Permit: lambda c, _: f"取得安全生产许可证，有效期至 {c.until}",
}
