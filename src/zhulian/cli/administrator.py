"""`zhulian administrator`: the first account of an installation; all others are made on its pages."""

from __future__ import annotations

from typing import Annotated

import typer

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand, ChineseGroup
from zhulian.cli.import_ import start_django

_ACTOR = "system:cli"
administrator = typer.Typer(cls=ChineseGroup, no_args_is_help=True, help="系统管理员：在命令行登记第一个。")
app.add_typer(administrator, name="administrator")


@administrator.callback()
def _group() -> None:
    """A group, so that more than one command may stand in it."""


@administrator.command(cls=ChineseCommand)
def add(
    username: Annotated[str, typer.Argument(metavar="用户名", help="登录用的名字。")],
    *,
    name: Annotated[str, typer.Option("--name", metavar="姓名", help="显示的姓名。")],
) -> None:
    """登记一名系统管理员，显示一次初始密码。至少要有两名：谁也不能给自己办理。"""
    start_django()
    from zhulian.core.kernel.errors import ZhulianError
    from zhulian.server.accounts.administration import services

    try:
        _, password = services.administrator_first(username=username, name=name, actor=_ACTOR)
    except ZhulianError as error:
        print(f"{error}\n办法：{error.cure}")
        raise typer.Exit(2) from None
    print(f"用户名：{username}\n初始密码：{password}\n只显示这一次；首次登录须更改，并设置动态口令。")
