"""`zhulian ledger`: check, prove, sign and export the ledger of this installation."""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand, ChineseGroup
from zhulian.cli.import_ import start_django
from zhulian.core.kernel.errors import ZhulianError

_ACTOR = "system:cli"
_FOUND = 1
ledger = typer.Typer(cls=ChineseGroup, no_args_is_help=True, help="留痕账本：校验、证明、签名、导出、见证。")
app.add_typer(ledger, name="ledger")
_JSON = Annotated[bool, typer.Option("--json", help="输出 JSON。")]


@ledger.command(cls=ChineseCommand, epilog="例：zhulian ledger verify；zhulian ledger verify --last 10000")
def verify(
    *,
    last: Annotated[int | None, typer.Option("--last", min=1, metavar="条数", help="只校验最近这么多条。")] = None,
    json_: _JSON = False,
) -> None:
    """校验账本：每条留痕、树的每个节点、每个检查点的签名，以及已公布的检查点。发现问题时退出码为 1。"""
    start_django()
    from zhulian.server.notary import checking, sequencing

    bar = Progress(
        TextColumn("校验"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=json_ or not sys.stderr.isatty(),
    )
    results = []
    with bar:
        for suite in sequencing.suites():
            task = bar.add_task(suite, total=None)
            moved = functools.partial(_moved, bar, task)
            results.append(checking.check(suite=suite, limit=last, progress=moved))
    for found in results:
        if json_:
            continue
        print(
            f"{found.suite}：{found.size} 条，校验 {found.checked} 条，检查点 {found.checkpoints} 个，待编入 {found.waiting} 条"
        )
        print(f"树根 {found.root}")
        print("没有发现问题" if found.whole else "\n".join(found.problems))
    if json_:
        rows = [
            {
                "suite": f.suite,
                "size": f.size,
                "root": f.root,
                "checked": f.checked,
                "waiting": f.waiting,
                "checkpoints": f.checkpoints,
                "problems": f.problems,
            }
            for f in results
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    if not all(found.whole for found in results):
        raise typer.Exit(_FOUND)


@ledger.command(
    cls=ChineseCommand, epilog="例：zhulian ledger prove enterprise:17 --to 证明；zhulian ledger prove 4711 --to 证明"
)
def prove(
    what: Annotated[
        str, typer.Argument(metavar="对象或编号", help="对象如 enterprise:17、restriction:3；或留痕的编号。")
    ],
    *,
    to: Annotated[Path, typer.Option("--to", metavar="文件夹", help="写到这个文件夹，原来没有文件。")],
) -> None:
    """写出一件事项的留痕和在册证明，可以用 verifier 里的程序核对。"""
    start_django()
    from zhulian.server.notary import sequencing, trees
    from zhulian.server.notary.models import Leaf

    rows = Leaf.objects.filter(pk=int(what)) if what.isdecimal() else Leaf.objects.filter(subject=what)
    leaves = list(rows.order_by("id"))
    if not leaves:
        raise ZhulianError("ledger.no_leaf", what=what)
    newest = sequencing.settle()
    _empty(to)
    for leaf in leaves:
        leaf.refresh_from_db(fields=["index"])
        _write(to / f"{leaf.index}.json", leaf.content)
        if newest is not None:
            _write(to / f"{leaf.index}.tlog-proof", str(trees.prove(leaf, newest)))
    if newest is not None:
        _write(to / "checkpoint.txt", newest.note)
    _write(to / "log.vkey", f"{_key()}\n")
    print(f"{len(leaves)} 条留痕写到 {to}")


@ledger.command(cls=ChineseCommand)
def checkpoint() -> None:
    """把等待的留痕编入账本，签名、公布，并打印检查点。"""
    start_django()
    from zhulian.server.notary import sequencing

    found = sequencing.settle()
    print(found.note if found is not None else "账本是空的", end="" if found is not None else "\n")


@ledger.command(cls=ChineseCommand)
def key() -> None:
    """打印核对检查点用的公钥，以及为别人见证用的公钥。"""
    start_django()
    from zhulian.server.notary import keys

    print(_key())
    print(keys.witness_signer().verifier)


@ledger.command(cls=ChineseCommand, epilog="例：zhulian ledger export 公布")
def export(
    to: Annotated[Path, typer.Argument(metavar="文件夹", help="写到这个文件夹，原来没有文件。")],
) -> None:
    """导出全部树节点、检查点和公钥（tlog-tiles 格式，不含留痕内容），可以放到任何网站上。"""
    start_django()
    from zhulian.core.ledger.tiles import tiles_of
    from zhulian.server.notary import sequencing, trees

    sequencing.settle()
    _empty(to)
    for suite in sequencing.suites():
        found = trees.newest(suite)
        if found is None:
            continue
        folder = to if suite == sequencing.MAIN else to / suite
        read = trees.reader(suite)
        tiles = tiles_of(found.size)
        for tile in tiles:
            path = folder / tile.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(read(tile.level, tile.number)[: tile.width * 32])
        _write(folder / "checkpoint", found.note)
        _write(folder / "log.vkey", f"{_key(suite)}\n")
        print(f"{suite}：{found.size} 条，{len(tiles)} 个文件")


@ledger.command(cls=ChineseCommand, epilog="例：zhulian ledger restart --reason 〔2026〕3号文，硬盘损坏，恢复到三日前")
def restart(
    *, reason: Annotated[str, typer.Option("--reason", metavar="原因", help="数据怎样丢失的，由谁决定继续。")] = ""
) -> None:
    """已公布的留痕丢失、又没有更新的备份时，以新的名称继续账本。"""
    start_django()
    from zhulian.server.notary import sequencing, services

    print(services.ledger_restart(reason=reason, actor=_ACTOR))
    sequencing.settle()


@ledger.command(cls=ChineseCommand, epilog="例：zhulian ledger witness 'ledger.example.gov.cn+1a2b3c4d+AY…'")
def witness(
    vkey: Annotated[str, typer.Argument(metavar="公钥", help="对方账本的公钥，一行。")],
) -> None:
    """为别的账本见证：登记它的公钥。对方把检查点发到本机的 /witness/add-checkpoint。"""
    start_django()
    from zhulian.server.notary import keys, services

    row = services.witnessed_log_add(key=vkey, actor=_ACTOR)
    print(f"开始为 {row.origin} 见证；请对方把本机的公钥写进见证规则：\n{keys.witness_signer().verifier}")


def _moved(bar: Progress, task: TaskID, done: int, total: int) -> None:
    bar.update(task, completed=done, total=total)


def _key(suite: str = "sha256") -> object:
    from zhulian.server.notary import keys
    from zhulian.server.notary.models import Head

    head = Head.objects.filter(suite=suite).first()
    return keys.log_signer(head.origin if head is not None else keys.origin(suite)).verifier


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise ZhulianError("ledger.not_empty", path=folder)
    folder.mkdir(parents=True, exist_ok=True)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
