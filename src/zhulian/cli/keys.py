"""`zhulian keys`: which keys seal what, a new key, and moving values to it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand, ChineseGroup
from zhulian.cli.import_ import start_django

_ACTOR = "system:cli"
keys = typer.Typer(cls=ChineseGroup, no_args_is_help=True, help="密钥：查看、更换、把旧密钥加密的内容换到新密钥。")
app.add_typer(keys, name="keys")


@keys.command("list", cls=ChineseCommand)
def list_(*, json_: Annotated[bool, typer.Option("--json", help="输出 JSON。")] = False) -> None:
    """每个加密列的内容是用第几版密钥加密的。"""
    start_django()
    from zhulian.server.common import crypto, sealing

    newest, counts = crypto.provider().version(crypto.FIELD_KEY), sealing.counts()
    if json_:
        rows = {name: dict(sorted(found.items())) for name, found in counts.items()}
        print(json.dumps({"newest": newest, "columns": rows}, ensure_ascii=False, indent=2))
        return
    print(f"现用：field-{newest}")
    for name, found in counts.items():
        print(f"{name}：{'，'.join(f'第 {v} 版 {n} 个' for v, n in sorted(found.items())) or '没有内容'}")


@keys.command(cls=ChineseCommand)
def rotate() -> None:
    """更换字段加密的密钥：生成新的一版，以后的内容用它加密；旧的仍要保留，直到 reseal 之后。"""
    start_django()
    from zhulian.server.common.services import field_key_rotate

    version = field_key_rotate(actor=_ACTOR)
    print(f"新密钥 keys/field-{version}.key：请立即备份，重新启动筑联，然后运行 zhulian keys reseal")


@keys.command(cls=ChineseCommand)
def reseal() -> None:
    """把旧密钥加密的内容换成新密钥加密。可以随时中断，再运行一次会接着做。"""
    start_django()
    from zhulian.server.common import sealing

    def told(column: str, done: int) -> None:
        print(f"{column}：{done}")

    print(f"共换了 {sealing.reseal(told)} 个")
