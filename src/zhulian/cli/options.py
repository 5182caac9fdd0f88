"""Options that several commands share, and the words of verdicts."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from zhulian.core.kernel.dates import parse_date
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.kernel.verdicts import LABELS, Verdict

register(ErrorKind("value.day_range", "日期 {value} 不在可用范围内", "请用 {first} 到 {last} 之间的日期"))
_FIRST, _LAST = dt.date(1949, 10, 1), dt.date(2199, 12, 31)

COLOURS: Final = {Verdict.MET: "green", Verdict.SHORT: "bold red", Verdict.UNKNOWN: "yellow"}


def day(value: str | dt.date) -> dt.date:
    """A date as people write it; a default is one already.

    Raises:
        ZhulianError: `value.date`, `value.day_range`.
    """
    found = value if isinstance(value, dt.date) else parse_date(value)
    if not _FIRST <= found <= _LAST:
        raise ZhulianError("value.day_range", value=found, first=_FIRST, last=_LAST)
    return found


def verdict_markup(verdict: Verdict) -> str:
    """The Chinese word in its colour."""
    return f"[{COLOURS[verdict]}]{LABELS[verdict]}[/]"


class Purpose(StrEnum):
    """What a rule is used for."""

    VERIFICATION = "动态核查"
    APPLICATION = "申报"


class Engine(StrEnum):
    """What runs the plan."""

    DUCKDB = "duckdb"
    SQLITE = "sqlite"
    SPARK = "spark"


Source = Annotated[
    Path,
    typer.Argument(metavar="路径", help="标准表（CSV、Parquet）所在文件夹，一个已知格式的文件、zip，或快照文件夹。"),
]
AsOf = Annotated[
    dt.date,
    typer.Option("--as-of", parser=day, metavar="日期", help="按哪一天的事实与标准核查，如 2025-12-31。"),
]
KnownAt = Annotated[
    dt.date | None,
    typer.Option("--known-at", parser=day, metavar="日期", help="只用到这一天为止已经公布的标准。"),
]
PurposeOption = Annotated[Purpose, typer.Option("--purpose", help="用途：申报时还看业绩。")]
EngineOption = Annotated[
    Engine, typer.Option("--engine", help="计算引擎，结论相同；大批量用 duckdb，一台机器不够用 spark（只用于快照）。")
]
MasterOption = Annotated[
    str | None, typer.Option("--master", metavar="地址", help="Spark Connect 服务器，如 sc://127.0.0.1:15002。")
]
MemoryOption = Annotated[
    str | None,
    typer.Option("--memory", metavar="大小", help="核查快照时 duckdb 最多用的内存，如 8GB；超出部分写到磁盘。"),
]
