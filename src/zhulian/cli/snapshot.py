"""`zhulian snapshot`: the registry of this installation, or files, as a folder of Parquet that can be checked in bulk."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

if TYPE_CHECKING:
    from zhulian.bulk import SnapshotFolder

register(
    ErrorKind("snapshot.no_target", "没有说明快照写到哪里", "请加 --to 文件夹"),
    ErrorKind("snapshot.write", "「{path}」不能写入：{why}", "请换一个可写、空间足够的文件夹"),
)
_ACTOR = "system:cli"


@app.command(
    cls=ChineseCommand,
    epilog="例：zhulian snapshot --to 快照；zhulian snapshot town --to 快照；zhulian snapshot 全国 --keyed --to 快照 --memory 8GB",
)
def snapshot(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[路径...]", help="从这些文件生成；不写则从本机的登记簿生成。")
    ] = None,
    *,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="文件夹", help="快照文件夹；登记簿的快照默认在数据目录的 snapshots。")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="全部重新生成，不沿用上一版没有变化的部分。")] = False,
    keep: Annotated[int, typer.Option("--keep", min=2, metavar="个数", help="保留最近几版。")] = 7,
    keyed: Annotated[
        bool,
        typer.Option(
            "--keyed", help="文件是标准 Parquet，引用都是可靠的键：由 duckdb 成批对应，适合全省、全国的数据量。"
        ),
    ] = False,
    memory: Annotated[
        str | None, typer.Option("--memory", metavar="大小", help="--keyed 时最多用的内存，如 8GB；超出部分写到磁盘。")
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(
            "--rejects", metavar="路径", help="未能收入的行另存：CSV 文件；--keyed 时是文件夹，默认在快照旁边。"
        ),
    ] = None,
) -> None:
    """把登记簿或文件存成快照：一个 Parquet 文件夹，分版本，可成批核查。"""
    if paths and to is None:
        raise ZhulianError("snapshot.no_target")
    try:
        if not paths:
            made = _of_registry(to, full=full, keep=keep)
        elif keyed:
            made = _of_keyed(paths, to or Path(), keep=keep, memory=memory, rejects=rejects)
        else:
            made = _of_files(paths, to or Path(), keep=keep, rejects=rejects)
    except OSError as error:
        raise ZhulianError("snapshot.write", path=to or "快照文件夹", why=error.strerror or error) from None
    manifest = made.manifest
    rows = sum(map(manifest.rows, manifest.tables))
    Console(highlight=False, soft_wrap=True).print(f"{made.root}：第 {manifest.version} 版，{rows} 行")


def _of_registry(to: Path | None, *, full: bool, keep: int) -> SnapshotFolder:
    from zhulian.cli.import_ import start_django

    start_django()
    from zhulian.server.registry.snapshots import default_folder, snapshot_take

    steps = snapshot_take(to=to or default_folder(), full=full, keep=keep, actor=_ACTOR)
    with _bar() as bar:
        task = bar.add_task("读取登记簿", total=None)
        while True:
            try:
                done, total = next(steps)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # what the generator returns
            bar.update(task, completed=done, total=total)


def _of_files(paths: list[Path], to: Path, *, keep: int, rejects: Path | None) -> SnapshotFolder:
    from zhulian.bulk import check_folder
    from zhulian.bulk.snapshots_files import snapshot_files
    from zhulian.cli.check import report_rejects
    from zhulian.core.kernel.dates import micros
    from zhulian.server.common import clock

    if rejects is not None:
        check_folder(rejects)
    with Console(stderr=True).status("读取中…") as status:
        made, report = snapshot_files(
            paths,
            to,
            taken_at=micros(clock.machine_now()),
            keep=keep,
            progress=lambda count: status.update(f"已读取 {count:,} 行"),
        )
    report_rejects(report, rejects)
    return made


def _of_keyed(paths: list[Path], to: Path, *, keep: int, memory: str | None, rejects: Path | None) -> SnapshotFolder:
    from zhulian.bulk.snapshots_keyed import snapshot_keyed
    from zhulian.core.kernel.dates import micros
    from zhulian.server.common import clock

    target = rejects or to.with_name(f"{to.name}-rejects")
    with _bar() as bar:
        task = bar.add_task("对应引用", total=None)
        made, refused = snapshot_keyed(
            paths,
            to,
            taken_at=micros(clock.machine_now()),
            keep=keep,
            memory=memory,
            rejects=target,
            progress=lambda name, done, total: bar.update(task, description=name, completed=done, total=total),
        )
    _tell(refused, target)
    return made


def _tell(refused: Counter[tuple[str, str]], target: Path) -> None:
    """What was not taken, by table and reason, on stderr."""
    from zhulian.bulk.snapshots_keyed import REASONS
    from zhulian.core.tables import TABLES

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if refused:
        console.print(f"[yellow]{sum(refused.values())} 行未能收入[/]，已写入 {target}：")
    for (table, reason), count in refused.most_common():
        console.print(f"  {TABLES[table].label} {count} 行：{REASONS[reason]}", markup=False)


def _bar() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("剩余"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
