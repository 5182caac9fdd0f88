"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from zhulian.core.kernel.dates import parse_date


def day(value: str) -> dt.date:
    return value if isinstance(value, dt.date) else parse_date(value)


AsOf = Annotated[
    dt.date, typer.Option("--as-of", parser=day, metavar="日期", help="按哪一天的事实与标准核查，如 2025-12-31。")
]
KnownAt = Annotated[
    dt.date | None,
    typer.Option("--known-at", parser=day, metavar="日期", help="只用这一天（含）以前已经公布的标准和已经入库的数据。"),
]
