"""`zhulian rows`: the second wall in PostgreSQL, raised, taken down and looked at."""

from __future__ import annotations

import typer

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand, ChineseGroup
from zhulian.cli.import_ import start_django

_ACTOR = "system:cli"
_MISSING = 1
_REFUSED = 2
rows = typer.Typer(
    cls=ChineseGroup, no_args_is_help=True, help="行级策略：PostgreSQL 里的第二道防线，建立、撤下、检查。"
)
app.add_typer(rows, name="rows")


@rows.command(cls=ChineseCommand)
def on() -> None:
    """建立行级策略（可以重复运行；升级之后再运行一次）。用表的所有者的账号运行。"""
    start_django()
    from django.conf import settings

    from zhulian.core.kernel.errors import ZhulianError
    from zhulian.server.common.rows.services import rows_on

    try:
        count = rows_on(actor=_ACTOR)
    except ZhulianError as error:
        raise _refused(error) from None
    print(f"已为 {count} 张表建立行级策略，网页和接口的请求使用角色 {settings.ROW_ROLE}")
    if not settings.ROW_POLICIES:
        print("还没有启用：设置 ZHULIAN_ROW_POLICIES=1 后重新启动 zhulian serve")


@rows.command(cls=ChineseCommand)
def off() -> None:
    """撤下行级策略。先去掉 ZHULIAN_ROW_POLICIES，重新启动 zhulian serve，再运行。"""
    start_django()
    from zhulian.core.kernel.errors import ZhulianError
    from zhulian.server.common.rows.services import rows_off

    try:
        count = rows_off(actor=_ACTOR)
    except ZhulianError as error:
        raise _refused(error) from None
    print(f"已撤下 {count} 张表的行级策略")


@rows.command(cls=ChineseCommand)
def check() -> None:
    """检查数据库里的行级策略是不是这个版本要求的；不是时退出码为 1。"""
    start_django()
    from django.conf import settings

    from zhulian.server.common.rows.checking import possible, problems

    found = problems()
    for line in found:
        print(line)
    if found:
        if possible():
            print("办法：用表的所有者的账号运行 zhulian rows on")
        raise typer.Exit(_MISSING)
    print("行级策略与这个版本一致" + ("，已启用" if settings.ROW_POLICIES else "，没有启用（ZHULIAN_ROW_POLICIES）"))


def _refused(error: Exception) -> typer.Exit:
    print(error)
    return typer.Exit(_REFUSED)
