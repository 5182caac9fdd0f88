"""`zhulian import`: files into the database of this installation, through the same services as the upload page."""

from __future__ import annotations

import json as json_module
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand

if TYPE_CHECKING:
    from zhulian.server.common.models import Job
    from zhulian.server.exchange.models import Delivery

_ACTOR = "system:cli"
_NOTHING_READ = 2
"""Exit code when no file could be read; 0 also when records are in quarantine, which is no failure."""


@app.command(
    "import",
    cls=ChineseCommand,
    epilog="例：zhulian import town；zhulian import 平台导出.csv 资质.zip --json",
)
def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="路径...", help="文件、文件夹或 zip，可以有几个。")],
    format_name: Annotated[
        str | None, typer.Option("--format", metavar="格式", help="指明格式；不写则按内容识别。")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="在屏幕上输出 JSON。")] = False,
) -> None:
    """把文件归集到本机的登记簿；有问题的行进隔离区，不会丢失。"""
    start_django()
    delivery = deliver(paths, format_name, quiet=json)
    if json:
        print(json_module.dumps(_summary(delivery), ensure_ascii=False, indent=2))
    else:
        _show(delivery)
    if delivery.state == delivery.State.FAILED:
        raise typer.Exit(_NOTHING_READ)


def start_django() -> None:
    """Django, with the tables of this version: an import into older ones would fail half-way."""
    import os

    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhulian.server.settings")
    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def deliver(paths: list[Path], format_name: str | None, *, quiet: bool, actor: str = _ACTOR) -> Delivery:
    """Take files in, here and now, with a progress bar unless `quiet`; Django is set up by the caller.

    What an import that was killed left open is finished first: its rows would otherwise come twice. A dispatcher does
    the same when none is started again.

    Raises:
        ZhulianError: `file.*`, and whatever stopped the job.
    """
    from zhulian.server.exchange.models import Delivery
    from zhulian.server.exchange.receiving import files_receive
    from zhulian.server.exchange.selectors import interrupted, job_of

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("剩余"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=quiet or not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("", total=None)
        for left, job in interrupted():
            if _left_alone(job):
                console.print(f"继续上次中断的批次 {left.number}", highlight=False)
                progress.update(task, description=f"继续 {left.number}", total=left.expected, completed=0)
                _take(job, progress, task)
        progress.update(task, description="识别文件", total=None, completed=0)
        delivery = files_receive(paths=paths, format_name=format_name, actor=actor)
        progress.update(task, description="归集", total=delivery.expected)
        _take(job_of(delivery), progress, task)
    return Delivery.objects.get(pk=delivery.pk)


def _take(job: Job, progress: Progress, task: TaskID) -> None:
    """Step a delivery's job to its end; a step that failed for an unknown reason is tried again after its pause."""
    from zhulian.core.kernel.errors import ZhulianError
    from zhulian.server.common import clock
    from zhulian.server.common.dispatch import job_step

    while job.state in {job.State.WAITING, job.State.RUNNING}:
        if job.attempts and job.due_at is not None:
            time.sleep(max(0.0, (job.due_at - clock.machine_now()).total_seconds()))
        job = job_step(job.pk)
        progress.update(task, completed=job.done)
    if job.state == job.State.FAILED:
        raise ZhulianError(job.error_code, **job.error_params)


def _left_alone(job: Job) -> bool:
    """Whether nobody steps the job any more: one that is being stepped is held anew before its hold runs out."""
    from zhulian.server.common import clock

    if job.due_at is not None:
        time.sleep(max(0.0, (job.due_at - clock.machine_now()).total_seconds()))
    before = job.stepped_at
    job.refresh_from_db()
    return job.stepped_at == before and job.state in {job.State.WAITING, job.State.RUNNING}


def _summary(delivery: Delivery) -> dict[str, object]:
    return {
        "delivery": delivery.number,
        "in": delivery.received,
        "accepted": delivery.accepted,
        "quarantined": delivery.quarantined,
        "unchanged": delivery.unchanged,
        "reasons": delivery.reasons,
        "refused": [
            {"file": file.name, "message": file.message, "cure": file.cure}
            for file in delivery.files.filter(state="refused").order_by("order")
        ],
    }


def _show(delivery: Delivery) -> None:
    from zhulian.core.kernel.errors import fill, kind_of

    console = Console()
    console.print(
        f"批次 [bold]{delivery.number}[/]：收到 {delivery.received} 条，采纳 {delivery.accepted} 条，"
        f"无变化 {delivery.unchanged} 条，隔离 {delivery.quarantined} 条。"
    )
    for file in delivery.files.filter(state="refused").order_by("order"):
        console.print(f"[bold red]未读取[/] {file.message}。{file.cure}。", highlight=False)
    if delivery.reasons:
        table = Table("隔离原因", "条数", "处理办法")
        for code, count in sorted(delivery.reasons.items(), key=lambda item: -item[1]):
            kind = kind_of(code)
            table.add_row(fill(kind.text, {}), str(count), fill(kind.cure, {}))
        console.print(table)
        console.print(f"隔离的行可在网页「数据归集」中查看、下载和更正：/exchange/{delivery.pk}")
