"""Raising the wall and taking it down, by the owner of the tables; each leaves a leaf in the ledger."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.common.rows import checking, policies
from zhulian.server.common.rows.guards import GUARDS
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append

_WAIT: Final = "SET LOCAL lock_timeout = '10s'"
"""A policy needs its table for itself for a moment: behind a long statement it gives up, nothing half done."""
_NOT_ALLOWED: Final = "42501"
_NOT_IN_TIME: Final = "55P03"

register(
    ErrorKind(
        "rows.sqlite",
        "SQLite 没有行级策略：这个安装只有程序里的范围筛选，没有数据库的第二道防线",
        "需要第二道防线时用 PostgreSQL（ZHULIAN_DATABASE）",
        422,
    ),
    ErrorKind(
        "rows.role",
        "登录用户不能建立角色 {role}，或者不能切换到它",
        "请数据库管理员执行：CREATE ROLE {role} NOLOGIN; GRANT {role} TO {login}; 然后再运行一次",
        422,
    ),
    ErrorKind(
        "rows.owner", "登录用户不是表的所有者，不能建立或撤下行级策略", "请用建表的账号（ZHULIAN_DATABASE）运行", 422
    ),
    ErrorKind(
        "rows.busy", "有表正被长时间占用，十秒内没有等到，什么都没有改变", "请过一会儿再运行，或者先停掉占用的任务", 409
    ),
)


@writes
def rows_on(*, actor: str) -> int:
    """Make role, rights, functions and policies as the code means them; how many tables are guarded. Repeatable.

    Raises:
        ZhulianError: `rows.sqlite`, `rows.role`, `rows.owner`, `rows.busy`.
    """
    _possible()
    if not checking.role_exists():
        _run([f"CREATE ROLE {policies.role()} NOLOGIN"], "rows.role")
    if not checking.is_member():
        _run([f"GRANT {policies.role()} TO session_user"], "rows.role")
    _run([_WAIT, *policies.turned_off(list(checking.standing())), *policies.turned_on()], "rows.owner")
    leaf_append(
        action="common.rows.on",
        actor=actor,
        subject="rows:policies",
        data={"role": settings.ROW_ROLE, "tables": len(GUARDS)},
    )
    return len(GUARDS)


@writes
def rows_off(*, actor: str) -> int:
    """Take policies, functions and the role's rights away; how many tables were guarded. The role itself stays.

    Raises:
        ZhulianError: `rows.sqlite`, `rows.owner`, `rows.busy`.
    """
    _possible()
    held = list(checking.standing())
    _run([_WAIT, *policies.turned_off(held), *(policies.revoked() if checking.role_exists() else ())], "rows.owner")
    leaf_append(action="common.rows.off", actor=actor, subject="rows:policies", data={"tables": len(held)})
    return len(held)


def _possible() -> None:
    if not checking.possible():
        raise ZhulianError("rows.sqlite")


def _run(statements: list[str], refused: str) -> None:
    """Run them all, or tell what the login may not do (`refused`), or that a table was in use."""
    with connection.cursor() as cursor:
        for statement in statements:
            try:
                cursor.execute(statement)
            except ProgrammingError as error:
                if getattr(error.__cause__, "sqlstate", "") != _NOT_ALLOWED:
                    raise
                login = connection.settings_dict["USER"]
                raise ZhulianError(refused, role=settings.ROW_ROLE, login=login) from error
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") != _NOT_IN_TIME:
                    raise
                raise ZhulianError("rows.busy") from error
