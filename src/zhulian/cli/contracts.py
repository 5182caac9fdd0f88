"""`zhulian contracts`: every contract in a set of files or a snapshot against its holder's scope (承包工程范围)."""

from __future__ import annotations

import datetime as dt
import json as json_
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from zhulian.cli.app import app
from zhulian.cli.check import opened
from zhulian.cli.chinese import ChineseCommand
from zhulian.cli.options import AsOf, Engine, KnownAt, MemoryOption, Source
from zhulian.core.kernel.dates import STILL_KNOWN, end_of_day
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

if TYPE_CHECKING:
    from zhulian.bulk import Snapshot
    from zhulian.core.contracting import Contract, Finding, Holdings

register(ErrorKind("contracts.format", "不能把合同核查结果写成「{suffix}」", "请用 .xlsx 或 .json 结尾的文件名"))
_SHOWN: Final = 20
_COLOURS: Final = {"beyond": "bold red", "unlicensed": "bold red", "unknown": "yellow", "within": "green"}
_CONTRACTS: Final = f"""
SELECT c.row_id, c.contract_no, c.enterprise, c.project, c.role, c.amount, c.signed_on, c.scale, p.kind, p."use", p.total_area
FROM contract AS c
LEFT JOIN project AS p ON p.project = c.project AND p.fact_from <= ?1 AND p.fact_until > ?1 AND p.superseded_at = {STILL_KNOWN}
WHERE c.fact_from <= ?1 AND c.fact_until > ?1 AND c.superseded_at = {STILL_KNOWN} AND (c.signed_on IS NULL OR c.signed_on <= ?1)
ORDER BY c.contract_no, c.row_id"""  # noqa: S608 - a constant
_PAPERS: Final = f"""
SELECT enterprise, code, fact_from, fact_until, issued_on, valid_until, status FROM qualification
WHERE superseded_at = {STILL_KNOWN} AND enterprise IN (SELECT enterprise FROM contract)"""  # noqa: S608 - a constant
_COVERS: Final = f"""
SELECT enterprise, division, period_from, period_until FROM coverage
WHERE table_name = 'qualification' AND complete AND superseded_at = {STILL_KNOWN}"""  # noqa: S608 - a constant
_REGIONS: Final = f"""
SELECT enterprise, region FROM enterprise
WHERE superseded_at = {STILL_KNOWN} AND fact_from <= ?1 ORDER BY fact_from, row_id"""  # noqa: S608 - a constant


@app.command(
    cls=ChineseCommand,
    epilog="例：zhulian contracts town --as-of 2025-12-31；zhulian contracts 快照 --as-of 2025-12-31 --out 合同.xlsx",
)
def contracts(
    path: Source,
    *,
    as_of: AsOf,
    known_at: KnownAt = None,
    memory: MemoryOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="文件", help="结果写到 .xlsx 或 .json 文件。")] = None,
    json: Annotated[bool, typer.Option("--json", help="在屏幕上输出 JSON，不输出表格。")] = False,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", metavar="文件", help="未能读入的行另存为 CSV，附原因和办法。")
    ] = None,
) -> None:
    """核对每份合同是否超出承包人签订当日资质的承包工程范围。结果是日常标识，不具法律效力。"""
    from zhulian import bulk, rulebooks
    from zhulian.core.contracting import judge_all

    if out is not None:
        _check_target(out)
    if rejects is not None:
        bulk.check_folder(rejects)
    with opened(path, Engine.DUCKDB, master=None, memory=memory, rejects=rejects) as snapshot:
        rows, holdings = _contracts(snapshot, as_of), _holdings(snapshot, as_of)
        known = end_of_day(known_at) if known_at else None
        findings = list(judge_all(rows, holdings, rulebooks.scope_library(), known_at=known))
        items = [_item(f, snapshot, as_of) for f in findings]
    if out is not None:
        _write(items, out)
    if json:
        sys.stdout.write(json_.dumps(items, ensure_ascii=False, indent=1) + "\n")
        return
    console = Console(highlight=False)
    _summary(console, findings, as_of)
    if out is not None:
        console.print(f"结果已写入 {out}", soft_wrap=True)
    else:
        _list(console, items)


def _contracts(snapshot: Snapshot, as_of: dt.date) -> Iterator[Contract]:
    from zhulian.core.contracting import Contract

    for row in snapshot.runner.query(_CONTRACTS, [as_of]):
        yield Contract(*row)


def _holdings(snapshot: Snapshot, as_of: dt.date) -> Holdings:
    from zhulian.core.contracting import Cover, Holdings, Paper, grouped

    query = snapshot.runner.query
    return Holdings(
        grouped((enterprise, Paper(*rest)) for enterprise, *rest in query(_PAPERS)),
        dict(query(_REGIONS, [as_of])),
        [Cover(*row) for row in query(_COVERS)],
    )


def _item(finding: Finding, snapshot: Snapshot, as_of: dt.date) -> dict[str, Any]:
    from zhulian.core.contracting import LABELS

    subject = snapshot.subject(finding.contract.enterprise, finding.contract.signed_on or as_of)
    return {
        "enterprise": subject.key,
        "name": subject.name,
        **finding.as_json(),
        "label": LABELS[finding.standing],
        "role": finding.contract.role,
        "scale": finding.contract.scale,
    }


def _check_target(out: Path) -> None:
    from zhulian import bulk

    if out.suffix.lower() not in (".xlsx", ".json"):
        raise ZhulianError("contracts.format", suffix=out.suffix or out.name)
    bulk.check_folder(out)


def _write(items: Sequence[dict[str, Any]], out: Path) -> None:
    from zhulian.bulk.outputs import refusing

    with refusing(out):
        if out.suffix.lower() == ".json":
            out.write_text(json_.dumps(items, ensure_ascii=False, indent=1), encoding="utf-8")
        else:
            _workbook(items, out)


_COLUMNS: Final = (
    ("合同编号", 24, "contract_no"),
    ("企业（信用代码或键）", 24, "enterprise"),
    ("企业名称", 34, "name"),
    ("签订日期", 12, "signed_on"),
    ("承包角色", 14, "role"),
    ("结论", 12, "label"),
    ("资质代码", 10, "code"),
    ("标准版本", 10, "rule_version"),
    ("说明", 60, "sentence"),
    ("建设规模", 60, "scale"),
)


def _workbook(items: Sequence[dict[str, Any]], out: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(
        str(out), {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    ) as book:
        bold, page = book.add_format({"bold": True}), book.add_worksheet("合同范围核查")
        for column, (heading, width, _) in enumerate(_COLUMNS):
            page.set_column(column, column, width)
            page.write_string(0, column, heading, bold)
        for at, item in enumerate(items, start=1):
            for column, (_, _, key) in enumerate(_COLUMNS):
                page.write_string(at, column, str(item[key] or ""))
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, len(items), len(_COLUMNS) - 1)


def _summary(console: Console, findings: Sequence[Finding], as_of: dt.date) -> None:
    from zhulian.core.contracting import LABELS

    counted = Counter(f.standing for f in findings)
    table = Table(title=f"截至 {as_of}：合同 {len(findings)} 份", title_justify="left")
    for standing in LABELS:
        table.add_column(f"[{_COLOURS[standing]}]{LABELS[standing]}[/]", justify="right")
    table.add_row(*(str(counted[standing]) for standing in LABELS))
    console.print(table)
    console.print("日常标识，不具法律效力；是否违法须由有权机关核实认定。", soft_wrap=True)


def _list(console: Console, items: Sequence[dict[str, Any]]) -> None:
    """Those found first; then why the others are unknown, by how many."""
    found = [i for i in items if i["verdict"] == "short"]
    if found:
        table = Table(title="超范围和无相应资质的", title_justify="left", show_lines=True)
        for heading in ("合同", "企业", "签订日期", "资质", "说明"):
            table.add_column(heading, overflow="fold")
        for item in found[:_SHOWN]:
            firm = f"{escape(item['name'])}\n{escape(item['enterprise'])}"
            table.add_row(escape(item["contract_no"]), firm, item["signed_on"], item["code"] or "无", item["sentence"])
        console.print(table)
        if len(found) > _SHOWN:
            console.print(f"只列出前 {_SHOWN} 份，共 {len(found)} 份。加 --out 合同.xlsx 得到全部。", soft_wrap=True)
    unknown = Counter(i["sentence"] for i in items if i["verdict"] == "unknown")
    if unknown:
        console.print("数据不足的原因：")
        for why, count in unknown.most_common(6):
            console.print(f"  {count} 份：{why}", markup=False, soft_wrap=True)
