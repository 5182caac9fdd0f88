"""`zhulian city`: a synthetic city, or a register of a province's or the nation's size, as canonical Parquet."""

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
from zhulian.cli.progress import counted_bar
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

register(
    ErrorKind("city.out", "「{path}」不能写入：{why}", "请换一个可写的文件夹，或先移走同名文件"),
    ErrorKind("city.until", "「{until}」不在可用范围内", "请用 2015-12-31 到 2099-12-31 之间的日期"),
    ErrorKind(
        "city.scale", "--scale 只用于 province 和 nation，且须大于 0、不超过 1", "例：--size nation --scale 0.01"
    ),
)


class Size(StrEnum):
    """Sizes on offer."""

    TOWN = "town"
    CITY = "city"
    PROVINCE = "province"
    NATION = "nation"


@app.command(cls=ChineseCommand, epilog="例：zhulian city town --seed 7 --until 2024-06-30")
def city(
    out: Annotated[Path, typer.Argument(metavar="文件夹", help="写到哪个文件夹；没有就新建。")],
    size: Annotated[
        Size, typer.Option(help="规模：town、city 是全套数据；province、nation 只有企业、人员、证书等登记数据。")
    ] = Size.TOWN,
    seed: Annotated[int, typer.Option(metavar="整数", help="随机种子：同一种子得到同样的数据。")] = 1,
    until: Annotated[dt.date, typer.Option(parser=day, metavar="日期", help="历史写到哪一天。")] = dt.date(
        2025, 12, 31
    ),
    scale: Annotated[float, typer.Option(metavar="比例", help="province、nation 按比例缩小，试用时省时省空间。")] = 1.0,
    dirty: Annotated[
        Path | None, typer.Option(metavar="文件夹", help="另写一份有各种毛病的补报数据，每条都标明应当如何处理。")
    ] = None,
) -> None:
    """造一座虚构的城市：企业、人员、资质、业绩的三年历史，带有已标注的缺口（labels.parquet）；或一省、全国规模的登记数据。"""
    if not dt.date(2015, 12, 31) <= until <= dt.date(2099, 12, 31):
        raise ZhulianError("city.until", until=until)
    if not 0 < scale <= 1 or (scale < 1 and size in {Size.TOWN, Size.CITY}):
        raise ZhulianError("city.scale")
    console = Console(highlight=False, soft_wrap=True)
    try:
        if size in {Size.TOWN, Size.CITY}:
            _city(console, out, size, seed, until)
        else:
            _register(console, out, size, scale, seed, until)
        if dirty is not None:
            _dirty(console, out, dirty, until)
    except OSError as error:
        raise ZhulianError("city.out", path=out, why=error.strerror) from None


def _city(console: Console, out: Path, size: Size, seed: int, until: dt.date) -> None:
    from zhulian.city import SIZES, write_city

    shape = SIZES[size.value]
    with counted_bar(console, "企业") as progress:
        book = write_city(shape, out, seed=seed, until=until, progress=progress)
    console.print(
        f"{out}：企业 {shape.enterprises} 家，人员 {book.counts['person']} 人，"
        f"共 {book.counts.total()} 行，已标注 {len(book.labels)} 处（种子 {seed}，至 {until}）"
    )


def _register(console: Console, out: Path, size: Size, scale: float, seed: int, until: dt.date) -> None:
    from zhulian.city.register import REGISTERS, write_register

    shape = REGISTERS[size.value].scaled(scale) if scale < 1 else REGISTERS[size.value]
    console.print(
        f"{out}：将写企业 {shape.enterprises} 家、人员 {shape.persons} 人的登记数据，约需磁盘 {-(-shape.disk >> 20)} MB"
    )
    with counted_bar(console, "人员") as progress:
        rows = write_register(shape, out, seed=seed, until=until, progress=progress)
    certificates = sum(
        rows[table] for table in ("registration", "title", "post_certificate", "safety_certificate", "skill")
    )
    console.print(
        f"{out}：企业 {rows['enterprise']} 家，资质 {rows['qualification']} 项，人员 {rows['person']} 人，"
        f"人员证书 {certificates} 本，共 {sum(rows.values())} 行（种子 {seed}，至 {until}）"
    )


def _dirty(console: Console, city_folder: Path, out: Path, until: dt.date) -> None:
    from zhulian.city.dirty import LABELS_FILE, write_dirty

    write_dirty(city_folder, out, until=until)
    console.print(f"{out}：有毛病的补报数据，先归集 feeds，再归集 late；每条应当如何处理见 {LABELS_FILE}")
