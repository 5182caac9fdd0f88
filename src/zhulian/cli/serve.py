"""`zhulian serve`, `zhulian demo`: an embedded installation in the foreground, and one with a town in it.

Embedded means one granian worker and the dispatcher as a supervised child: SQLite has one writer, and two web
workers would only queue for it. A child that dies is started again; Ctrl-C or SIGTERM stops both in order.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand
from zhulian.cli.supervisor import Supervisor

_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)
_NEEDED_MB = 300
_TOLD = 5
"""Gaps of the row policies that are told one by one."""

Port = Annotated[int, typer.Option(metavar="端口", help="监听的端口。", min=1, max=65535)]
Host = Annotated[str, typer.Option(metavar="地址", help="监听的地址。")]


def _refuse(what: str, cure: str) -> typer.Exit:
    _err.print(f"[bold red]{what}[/]\n办法：{cure}")
    return typer.Exit(2)


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((host, port))
        except PermissionError:
            raise _refuse(f"没有权限使用端口 {port}", "换一个 1024 以上的端口，如 make demo PORT=8765") from None
        except OSError:
            raise _refuse(
                f"{host} 的端口 {port} 已被占用", "换一个端口，如 make demo PORT=8765，或先停掉占用它的程序"
            ) from None


def _home() -> Path:
    from django.conf import settings

    home: Path = settings.HOME
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refuse(
            f"不能写入数据目录 {home}（{error.strerror}）", "用环境变量 ZHULIAN_HOME 指定一个可写的目录"
        ) from None
    free = shutil.disk_usage(home).free // 2**20
    if free < _NEEDED_MB:
        raise _refuse(
            f"数据目录 {home} 所在磁盘只剩 {free} MB", f"至少需要 {_NEEDED_MB} MB，请清理或用 ZHULIAN_HOME 换一个磁盘"
        )
    return home


def django_ready(*, demo: bool = False) -> None:
    """Set up Django in this process; the children get the same environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhulian.server.settings")
    if demo:
        os.environ["ZHULIAN_DEMO"] = "1"
    import django

    django.setup()


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def _serve(host: str, port: int, announce: Callable[[], None]) -> int:
    from zhulian.server.advice.jobs import plans_start

    plans_start()
    granian = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning"),
        "zhulian.server.wsgi:application",
    ]
    work = [sys.executable, "-m", "django", "work", "--settings", os.environ["DJANGO_SETTINGS_MODULE"]]
    return Supervisor({"granian": granian, "dispatcher": work}).run(
        up=lambda: _answers(host, port), when_up=announce, when_lost=_lost
    )


def _lost(name: str, code: int) -> None:
    _err.print(f"[bold red]{name} 反复退出（退出码 {code}）[/]\n办法：查看上面的报错；升级后请重新运行 make setup")


def _check_rules() -> None:
    """Refuse a rulebook of the installation's own that does not load, before anybody works by other rules.

    The shipped ones load in the tests; without others nothing is read here.

    Raises:
        ZhulianError: `rulebook.*`.
    """
    from zhulian import rulebooks

    if rulebooks.own_files(rulebooks.folder()):
        rulebooks.library()


def _check_rows() -> None:
    """Refuse to serve without the second wall where it is asked for; the web process would refuse too, in English."""
    from django.conf import settings

    from zhulian.server.common.rows.checking import problems

    found = problems() if settings.ROW_POLICIES else []
    if found:
        more = f"\n等 {len(found)} 处" if len(found) > _TOLD else ""
        raise _refuse("\n".join(found[:_TOLD]) + more, "用表的所有者的账号运行 zhulian rows on")


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


@app.command(cls=ChineseCommand, epilog="例：zhulian serve --port 8765")
def serve(port: Port = 8000, host: Host = "127.0.0.1") -> None:
    """启动服务（网页、接口和后台任务）。"""
    django_ready()
    _home()
    _check_port(host, port)
    _check_rules()
    _migrate()
    _check_rows()
    raise typer.Exit(_serve(host, port, lambda: _out.print(f"筑联已启动：http://{host}:{port}（Ctrl-C 停止）")))


@app.command(cls=ChineseCommand, epilog="例：zhulian work，另开一个窗口运行 zhulian serve")
def work(once: Annotated[bool, typer.Option("--once", help="做完现有的就退出。")] = False) -> None:
    """只运行后台任务（分发事件、归集、核查）；zhulian serve 已自带一个。"""
    django_ready()
    _home()
    _check_rules()
    _migrate()
    from django.core.management import call_command

    call_command("work", once=once)


@app.command(cls=ChineseCommand, epilog="例：zhulian migrate")
def migrate() -> None:
    """建立或升级数据库。"""
    django_ready()
    _home()
    _migrate()
    _out.print("数据库已就绪。")


@app.command(cls=ChineseCommand, epilog="例：zhulian demo --port 8765")
def demo(
    port: Port = 8000, seed: Annotated[int, typer.Option(metavar="整数", help="虚构城镇的随机种子。")] = 20251231
) -> None:
    """造一座虚构的城镇，导入、核查并启动服务；数据保留，再次启动很快。"""
    started = time.monotonic()
    django_ready(demo=True)
    home = _home()
    _check_port("127.0.0.1", port)
    _check_rules()
    _migrate()
    from zhulian.cli.town import accounts_of, prepare

    prepare(home, seed, _out)

    def announce() -> None:
        _out.print(
            f"\n[bold]筑联已启动：http://127.0.0.1:{port}[/]  （用时 {time.monotonic() - started:.0f} 秒，Ctrl-C 停止）"
        )
        _out.print("演示账号（仅限本机登录）：")
        for account in accounts_of(home):
            _out.print(f"  {account['role']:<12}  {account['username']:<12} {account['password']}")
        _out.print("公众查询不需要登录。")

    raise typer.Exit(_serve("127.0.0.1", port, announce))
