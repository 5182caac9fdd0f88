"""`zhulian simulate`: a city's history played through the whole loop, and what came of it by direction and rule.

It works in a home of its own, a folder that is gone afterwards unless `--home` names one to look at: nobody's
installation is touched, whatever ZHULIAN_HOME and ZHULIAN_DATABASE say.
"""

from __future__ import annotations

import datetime as dt
import json as jsonlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand
from zhulian.cli.options import day
from zhulian.cli.progress import counted_bar
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

if TYPE_CHECKING:
    from zhulian.server.simulation.report import Report

register(
    ErrorKind(
        "simulation.home",
        "文件夹「{path}」里已有数据，模拟不会与它混在一起",
        "用 --home 另指一个空文件夹，或者不写 --home（用完即删）",
    )
)
_COLUMNS: Final = {
    "events": "事件",
    "obligations": "待办",
    "proposals": "拟办",
    "decisions": "决定",
    "restrictions": "限制",
    "endings": "解除",
    "due": "应已办结",
    "in_time": "按期办结",
}
_SHOWN: Final = 20
"""Orphans and missed labels listed on screen; all of them are in `--json`."""


@app.command(
    cls=ChineseCommand,
    epilog="例：zhulian city town --seed 1，然后 zhulian simulate town --from 2025-01-01 --to 2025-12-31",
)
def simulate(
    city: Annotated[Path, typer.Argument(metavar="城市", help="zhulian city 造出的文件夹。")],
    *,
    start: Annotated[dt.date, typer.Option("--from", parser=day, metavar="日期", help="第一天；此前已知的作为底数。")],
    end: Annotated[dt.date, typer.Option("--to", parser=day, metavar="日期", help="最后一天。")],
    seed: Annotated[int, typer.Option("--seed", metavar="整数", help="决定人员快慢、企业如何回应的种子。")] = 1,
    enterprises: Annotated[
        int | None,
        typer.Option("--enterprises", min=1, metavar="家数", help="只演算这一段里有事件的前若干家企业，用来试一试。"),
    ] = None,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="文件夹", help="数据留在这里供查看；不写则用完即删。")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="把结果写成 JSON。")] = False,
) -> None:
    """用快进的时钟把一座虚构城市的历史走完整个闭环：事件、拟办、决定、送达、限制、解除。"""
    console, err = Console(highlight=False), Console(stderr=True, highlight=False)
    with _own_home(home):
        found = _played(city, start, end, seed, enterprises, err)
    if json:
        jsonlib.dump(found.as_json(), sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        _show(found, console)
    if found.orphans:
        raise typer.Exit(1)


@contextmanager
def _own_home(home: Path | None) -> Iterator[None]:
    """A database of its own, SQLite in a folder that was empty."""
    with tempfile.TemporaryDirectory(prefix="zhulian-simulate-") as temporary:
        folder = home or Path(temporary)
        if folder.exists() and any(folder.iterdir()):
            raise ZhulianError("simulation.home", path=folder)
        os.environ["ZHULIAN_HOME"] = str(folder.resolve())
        os.environ.pop("ZHULIAN_DATABASE", None)
        yield


def _played(city: Path, start: dt.date, end: dt.date, seed: int, enterprises: int | None, err: Console) -> Report:
    from zhulian.cli.serve import django_ready

    django_ready()
    from django.core.management import call_command

    from zhulian.server.simulation import history, playing, report

    book = history.read(city)
    plan = playing.Plan(start - dt.timedelta(days=1), end, seed)
    if enterprises is not None:
        book = history.cut(book, history.busiest(book, plan.start, end, enterprises))
    call_command("migrate", verbosity=0, interactive=False)
    with counted_bar(err, "天") as progress:
        playing.play(book, plan, progress)
    return report.report(book.labels, start=plan.start, end=end, seed=seed)


def _show(found: Report, console: Console) -> None:
    table = Table(title=f"{found.start + dt.timedelta(days=1)} 至 {found.end}，种子 {found.seed}")
    table.add_column("方向")
    for label in _COLUMNS.values():
        table.add_column(label, justify="right")
    for direction in found.directions:
        table.add_row(direction.label, *(str(direction.counts[name]) for name in _COLUMNS))
    console.print(table)
    rules = Table(title="联动规则")
    for label in ("规则", "标题"):
        rules.add_column(label)
    for label in ("触发", "结果", "已了结"):
        rules.add_column(label, justify="right")
    for line in found.rules:
        rules.add_row(line.rule, escape(line.title), str(line.fired), str(line.effects), str(line.ended))
    console.print(rules)
    console.print(f"标注应触发 {found.labels} 处，漏 {len(found.missed)} 处；不应触发而触发 {len(found.wrong)} 处")
    for told in (*found.missed, *found.wrong)[:_SHOWN]:
        console.print(f"  {escape(told)}")
    console.print(f"无起因、无人办或无终点 {len(found.orphans)} 件")
    for orphan in found.orphans[:_SHOWN]:
        lacks = "、".join(orphan.missing)
        console.print(escape(f"  {orphan.kind} {orphan.number} {orphan.name} {orphan.label}：缺{lacks} {orphan.why}"))
