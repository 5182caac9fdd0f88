"""`zhulian template`: the Excel workbook to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand


@app.command(
    cls=ChineseCommand,
    epilog="例：zhulian template 模板.xlsx；zhulian template 人员.xlsx --tables person,registration",
)
def template(
    out: Annotated[Path, typer.Argument(metavar="模板.xlsx", help="写到哪里；已有的会被替换。")],
    tables: Annotated[
        str, typer.Option("--tables", metavar="表", help="只要这些表，用逗号分开，英文名或中文名；不写则全部。")
    ] = "",
) -> None:
    """写出填报用的 Excel 模板：每张表一个工作表，有填写说明、下拉选项和示例。"""
    from zhulian.intake import template as write

    names = [name.strip() for name in tables.replace("，", ",").split(",") if name.strip()]
    partial = out.with_name(f".{out.name}.part")
    write(partial, names)
    partial.replace(out)
    print(f"已写出 {out}；填好后：zhulian import {out}")
