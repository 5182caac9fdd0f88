"""What the exports contain: the list, and one assessment with its people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from zhulian.core import rules
from zhulian.core.kernel.canonical import Json
from zhulian.core.kernel.codes import division_name
from zhulian.core.kernel.verdicts import LABELS, Verdict
from zhulian.server.assessments.exports import Sheet, as_csv, as_json, as_xlsx
from zhulian.server.assessments.reasons import is_weak, shortfall_sentence
from zhulian.server.assessments.verification import PeopleList, clause_lines, code_name, document_of

STATUS: Final = {"counts": "计入", "may": "可能计入", "not": "未计入"}
_LIST: Final = ("企业", "注册地", "资质代码", "资质", "结论", "缺口或所缺数据", "标准", "有效期至", "结论起")


def listing(rows: Sequence[Mapping[str, Any]], *, kind: str, on: dt.date) -> bytes:
    """核查清单 as CSV or xlsx."""
    sheet = Sheet(f"核查清单 {on}", _LIST, tuple(_list_cells(row) for row in rows))
    return as_csv([sheet]) if kind == "csv" else as_xlsx([sheet], {"title": f"核查清单 {on}", "company": "筑联"})


def _list_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["name"],
        division_name(row["region"]) if row["region"] else "",
        row["code"],
        row["code_name"],
        LABELS[Verdict(row["verdict"])],
        row["sentence"],
        row["version"],
        _day(row["expires_on"]),
        _day(row["since"].date()),
    )


def assessment(company: Any, found: rules.Assessment, staff: PeopleList, *, kind: str, at: dt.datetime) -> bytes:
    """One assessment: head, clauses, people; the names as the viewer had them on screen."""
    if kind == "json":
        return as_json(assessment_json(company, found))
    sheets = [_head(company, found, at), _clauses(found), _staff(staff)]
    title = f"{company.name} {code_name(found.code)}"
    return as_csv(sheets) if kind == "csv" else as_xlsx(sheets, {"title": title, "company": "筑联"})


def assessment_json(company: Any, found: rules.Assessment) -> dict[str, Json]:
    """An assessment as the API and the JSON export give it."""
    return {
        "enterprise": {"id": found.enterprise, "uscc": company.uscc, "name": company.name},
        "code": found.code,
        "name": code_name(found.code),
        "purpose": found.purpose,
        "as_of": found.as_of.isoformat(),
        "known_at": found.known_at.isoformat() if found.known_at else None,
        "verdict": found.verdict.value,
        "shortfall": shortfall_sentence(found.reason),
        "for_reference_only": is_weak(found.reason),
        "rule_version": found.rule_version,
        "rule_hash": found.rule_hash,
        "next_critical_on": found.next_critical_on.isoformat() if found.next_critical_on else None,
        "reason": found.reason.as_json(),
    }


def _head(company: Any, found: rules.Assessment, at: dt.datetime) -> Sheet:
    rows = (
        ("企业", company.name),
        ("统一社会信用代码", company.uscc or ""),
        ("资质", f"{code_name(found.code)}（{found.code}）"),
        ("用途", found.purpose),
        ("核查日", found.as_of.isoformat()),
        ("数据已知至", found.known_at.strftime("%Y-%m-%d") if found.known_at else "导出时"),
        ("结论", LABELS[found.verdict]),
        ("缺口", shortfall_sentence(found.reason)),
        ("标准版本", found.rule_version),
        ("标准文件", document_of(found.code, found.rule_version)),
        ("规则摘要", found.rule_hash),
        ("说明", "部分数值依据较弱，仅供参考" if is_weak(found.reason) else ""),
        ("导出时间", at.strftime("%Y-%m-%d %H:%M")),
    )
    return Sheet("核查结论", ("项目", "内容"), rows)


def _clauses(found: rules.Assessment) -> Sheet:
    rows = tuple(
        (
            "　" * line.depth + line.label,
            line.required,
            line.found,
            LABELS[line.verdict],
            line.short,
            line.citation,
            "；".join(line.notes),
        )
        for line in clause_lines(found.reason)
    )
    return Sheet("逐条核查", ("条款", "要求", "查得", "结论", "缺口", "依据", "说明"), rows)


def _staff(staff: PeopleList) -> Sheet:
    rows = tuple(
        (row.name, row.group, clause.label, STATUS[clause.status], "；".join(clause.reasons))
        for row in staff.rows
        for clause in row.clauses
    )
    return Sheet("人员计入情况", ("姓名", "服务类别", "条款", "是否计入", "原因"), rows)


def attachment(name: str) -> str:
    """A Content-Disposition whose Chinese file name every browser keeps (RFC 6266)."""
    return f"attachment; filename=\"export.{name.rpartition('.')[2]}\"; filename*=UTF-8''{quote(name)}"


def _day(value: dt.date | None) -> str:
    return value.isoformat() if value else ""
