"""`zhulian check`: every qualification held in a set of files or a snapshot, judged clause by clause."""

from __future__ import annotations

import datetime as dt
import json as jsonlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand
from zhulian.cli.options import (
    AsOf,
    Engine,
    EngineOption,
    KnownAt,
    MasterOption,
    MemoryOption,
    Purpose,
    PurposeOption,
    Source,
    verdict_markup,
)
from zhulian.cli.progress import counted_bar
from zhulian.cli.words import figures
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.kernel.verdicts import LABELS, Verdict

if TYPE_CHECKING:
    from zhulian.bulk import Item, Snapshot
    from zhulian.bulk.layer import Summary
    from zhulian.intake import Report

register(
    ErrorKind(
        "engine.files",
        "引擎「{value}」只核查快照，不核查文件",
        "请先执行 zhulian snapshot 文件… --to 快照文件夹，再核查这个文件夹",
    ),
    ErrorKind(
        "check.nothing",
        "「{path}」里没有可以核查的记录",
        "请核对路径；可以放入的文件见 docs/formats.md，也可先用 zhulian template 写出要填的工作簿",
    ),
)
_FEW: Final = 4_000_000
"""Bytes of files up to which SQLite is the quicker one: a town as Parquet is a fifth of that."""
_SHOWN: Final = 20
"""Pairs listed on screen; all of them are in the file."""


@app.command(
    cls=ChineseCommand,
    epilog="例：zhulian check town --as-of 2025-12-31 --out 结论.xlsx；zhulian check 平台.json --as-of 2023-01-01 --json",
)
def check(
    path: Source,
    *,
    as_of: AsOf,
    known_at: KnownAt = None,
    purpose: PurposeOption = Purpose.VERIFICATION,
    engine: EngineOption | None = None,
    master: MasterOption = None,
    memory: MemoryOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="文件",
            help="结果写到 .json、.parquet 或 .xlsx 文件；核查快照时也可以是空文件夹，每个资质代码一个 Parquet 文件。",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="在屏幕上输出 JSON，不输出表格。")] = False,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", metavar="文件", help="未能读入的行另存为 CSV，附原因和办法。")
    ] = None,
) -> None:
    """核查一批文件或一份快照里的每一项在册资质，逐条给出结论和理由。"""
    from zhulian import bulk, rulebooks
    from zhulian.bulk import plans

    plans.keep_in(plans.home_of_environment())
    engine = engine or default_engine(path)
    if out is not None and not out.suffix and bulk.is_snapshot(path):
        _into_folder(path, out, engine, master, memory, as_of, known_at, purpose, json=json)
        return
    if out is not None:
        bulk.check_target(out)
    if rejects is not None:
        bulk.check_folder(rejects)
    with opened(path, engine, master=master, memory=memory, rejects=rejects) as snapshot:
        items = bulk.check(snapshot, rulebooks.library(), as_of=as_of, known_at=known_at, purpose=purpose.value)
    if out is not None:
        bulk.write(items, out)
    if json:
        sys.stdout.write(bulk.as_json(items) + "\n")
        return
    console = Console(highlight=False)
    _summary(console, items, as_of, purpose.value)
    if out is not None:
        console.print(f"结果已写入 {out}", soft_wrap=True)
    else:
        _pairs(console, items)


def _into_folder(
    path: Path,
    out: Path,
    engine: Engine,
    master: str | None,
    memory: str | None,
    as_of: dt.date,
    known_at: dt.date | None,
    purpose: Purpose,
    *,
    json: bool,
) -> None:
    """The whole rulebook in bulk: a file a code, the enterprises' keys and names, and the summary on screen."""
    from zhulian import bulk, rulebooks
    from zhulian.bulk.layer import check_all
    from zhulian.core.kernel.dates import end_of_day

    stored = bulk.open_stored(path, engine.value, memory=memory, master=master)
    try:
        with stored.reading(), counted_bar(Console(stderr=True), "核查") as progress:
            summary = check_all(
                stored.runner,
                rulebooks.library(),
                as_of=as_of,
                known_at=end_of_day(known_at) if known_at else None,
                purpose=purpose.value,
                out=out,
                progress=progress,
            )
        stored.write_subjects(out / "enterprise.parquet", as_of)
    finally:
        stored.close()
    if json:
        sys.stdout.write(jsonlib.dumps(summary.as_json(), ensure_ascii=False, indent=1) + "\n")
        return
    console = Console(highlight=False)
    _totals(console, summary, as_of, purpose.value)
    console.print(f"结果已写入文件夹 {out}：每个代码一个文件，enterprise.parquet 是企业的键和名称", soft_wrap=True)


def default_engine(path: Path) -> Engine:
    """DuckDB over a snapshot and many files; over few SQLite, which plans a rule's statement in a tenth of the time."""
    from zhulian import bulk

    if bulk.is_snapshot(path):
        return Engine.DUCKDB
    files = path.rglob("*") if path.is_dir() else [path]
    return Engine.SQLITE if sum(f.stat().st_size for f in files if f.is_file()) <= _FEW else Engine.DUCKDB


@contextmanager
def opened(
    path: Path, engine: Engine, *, master: str | None, memory: str | None, rejects: Path | None = None
) -> Iterator[Snapshot]:
    """A snapshot folder, or files read into memory with a count where somebody is watching, and their rejects told.

    Raises:
        ZhulianError: `snapshot.*`, `engine.*`, `spark.*`, `file.*`, and `check.nothing` when no record was taken.
    """
    from zhulian import bulk

    if bulk.is_snapshot(path):
        stored = bulk.open_stored(path, engine.value, memory=memory, master=master)
        try:
            with stored.reading():
                yield stored
        finally:
            stored.close()
        return
    if engine == Engine.SPARK:
        raise ZhulianError("engine.files", value=engine.value)
    with Console(stderr=True).status("读取中…") as status:
        loaded = bulk.load([path], engine.value, lambda count: status.update(f"已读取 {count:,} 行"))
    report_rejects(loaded.report, rejects)
    if not loaded.report.accepted:
        raise ZhulianError("check.nothing", path=path)
    yield loaded


def report_rejects(report: Report, target: Path | None) -> None:
    """What was not read, by reason, on stderr; the lines themselves to `target`."""
    from zhulian import bulk
    from zhulian.city import LABEL_FILES

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for file, error in report.refused:
        if Path(file).name not in LABEL_FILES:
            console.print(f"{file} 没有读完：{error.text} {error.cure}", style="yellow", markup=False)
    if not report.quarantined:
        return
    console.print(f"[yellow]{report.records} 行中有 {report.quarantined} 行未能读入[/]，其余已核查：")
    examples = {r.code: r for r in reversed(list(report.rejects))}
    for code, count in report.reasons.most_common(6):
        first = examples[code]
        console.print(f"  {count} 行 {code}，如 {first.position}：{first.message}", markup=False)
    if target is None:
        console.print("加 --rejects 文件.csv 可另存这些行、原因和办法；改好后直接再次读入。")
    else:
        written = "、".join(map(str, bulk.write_rejects(report, target)))
        console.print(f"这些行、原因和办法已写入 {written}", markup=False)


def _summary(console: Console, items: Sequence[Item], as_of: dt.date, purpose: str) -> None:
    """How many of each verdict by code; codes without a rule in force share a line, for they are all unknown."""
    from zhulian.bulk import totals

    firms = len({item.enterprise for item in items})
    table = Table(title=f"{as_of} {purpose}：企业 {firms} 家，在册资质 {len(items)} 项", title_justify="left")
    table.add_column("代码")
    table.add_column("资质", overflow="fold")
    for verdict in Verdict:
        table.add_column(LABELS[verdict], justify="right", no_wrap=True)
    for code, name, counts in totals(i for i in items if i.rule_version):
        table.add_row(code, name, *(str(counts[v]) if counts[v] else "" for v in Verdict))
    without = [i for i in items if not i.rule_version]
    if without:
        codes = len({i.code for i in without})
        table.add_row("其他", f"没有现行标准的 {codes} 个代码", "", "", str(len(without)))
    table.add_section()
    table.add_row("", "合计", *(str(sum(i.verdict == v for i in items)) for v in Verdict))
    console.print(table)


def _totals(console: Console, summary: Summary, as_of: dt.date, purpose: str) -> None:
    """As `_summary`, of results that stay in files."""
    from zhulian.bulk.findings import code_name

    held = sum(rule.holders for rule in summary.rules)
    table = Table(title=f"{as_of} {purpose}：在册资质 {held:,} 项", title_justify="left")
    for heading in ("代码", "资质", *LABELS.values()):
        table.add_column(heading, justify="left" if heading in {"代码", "资质"} else "right", overflow="fold")
    for rule in summary.rules:
        if not rule.missing:
            counts = (rule.met, rule.short, rule.unknown)
            name = code_name(rule.code) + (f"（{rule.province}）" if rule.province else "")
            table.add_row(rule.code, name, *(f"{count:,}" if count else "" for count in counts))
    without = [rule for rule in summary.rules if rule.missing]
    if without:
        count = sum(rule.holders for rule in without)
        table.add_row("其他", f"没有现行标准的 {len(without)} 个代码", "", "", f"{count:,}")
    table.add_section()
    sums = (sum(getattr(rule, verdict.value) for rule in summary.rules) for verdict in Verdict)
    table.add_row("", "合计", *(f"{count:,}" for count in sums))
    console.print(table)


def _pairs(console: Console, items: Sequence[Item]) -> None:
    """Those that fall short with every such clause, then those not known with what is missing."""
    judged = [i for i in items if i.clauses and i.verdict != Verdict.MET]
    if not judged:
        return
    listed = sorted(judged, key=lambda i: i.verdict != Verdict.SHORT)
    table = Table(title="不达标和数据不足的（有标准可核查的）", title_justify="left", show_lines=True)
    for heading, ratio in (("企业", 4), ("资质", None), ("结论", None), ("哪一条", 7)):
        table.add_column(heading, ratio=ratio, no_wrap=ratio is None, overflow="fold")
    for item in listed[:_SHOWN]:
        table.add_row(
            f"{escape(item.name)}\n{escape(item.enterprise)}",
            item.code,
            verdict_markup(Verdict(item.verdict)),
            escape(_which(item)),
        )
    console.print(table)
    if len(listed) > _SHOWN:
        console.print(f"只列出前 {_SHOWN} 项，共 {len(listed)} 项。加 --out 结论.xlsx 得到全部。", soft_wrap=True)
    console.print("用 zhulian explain 看一家企业的理由和人员。", soft_wrap=True)


def _which(item: Item) -> str:
    clauses = [c for c in item.clauses if c.verdict == item.verdict]
    if item.verdict == Verdict.SHORT:
        return "\n".join(f"{c.label}：{figures(c)}" for c in clauses)
    return "缺数据：" + "、".join(c.label for c in clauses)
