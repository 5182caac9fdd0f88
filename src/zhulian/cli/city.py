"""`zhulian city`: a synthetic city as canonical Parquet."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand
from zhulian.cli.options import day
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

register(
    ErrorKind("city.out", "「{path}」不能写入：{why}", "请换一个可写的文件夹，或先移走同名文件"),
    ErrorKind("city.until", "「{until}」不在可用范围内", "请用 2015-12-31 到 2099-12-31 之间的日期"),
)


class Size(StrEnum):
    """Sizes on offer."""

    TOWN = "town"


@app.command(cls=ChineseCommand, epilog="例：zhulian city town --seed 7 --until 2024-06-30")
def city(
    out: Annotated[Path, typer.Argument(metavar="文件夹", help="写到哪个文件夹；没有就新建。")],
    size: Annotated[Size, typer.Option(help="规模。")] = Size.TOWN,
    seed: Annotated[int, typer.Option(metavar="整数", help="随机种子：同一种子得到逐字节相同的文件。")] = 1,
    until: Annotated[dt.date, typer.Option(parser=day, metavar="日期", help="历史写到哪一天。")] = dt.date(
        2025, 12, 31
    ),
) -> None:
    """造一座虚构的城市：企业、人员、资质、业绩的三年历史，带有已标注的缺口（labels.parquet）。"""
    from zhulian.city import build, write

    if not dt.date(2015, 12, 31) <= until <= dt.date(2099, 12, 31):
        raise ZhulianError("city.until", until=until)
    book = build(size.value, seed=seed, until=until)
    try:
        write(book, out)
    except OSError as error:
        raise ZhulianError("city.out", path=out, why=error.strerror) from None
    firms = len({row["enterprise"] for row in book.rows["enterprise"]})
    rows = sum(len(rows) for rows in book.rows.values())
    Console(highlight=False, soft_wrap=True).print(
        f"{out}：企业 {firms} 家，人员 {len(book.rows['person'])} 人，共 {rows} 行，已标注 {len(book.labels)} 处（种子 {seed}，至 {until}）"
    )
