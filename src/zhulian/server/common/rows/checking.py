"""What stands between this database and the wall that the code means: read from PostgreSQL's own catalogue."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection

from zhulian.server.common.rows import policies
from zhulian.server.common.rows.guards import GUARDS


def possible() -> bool:
    """Whether the database has row policies at all."""
    return connection.vendor == "postgresql"


def standing() -> dict[str, tuple[str, bool]]:
    """Table with our policy → the digest that its policy carries, and whether PostgreSQL asks it."""
    return {
        table: (digest or "", asked)
        for table, digest, asked in _rows(
            "SELECT c.relname, obj_description(p.oid, 'pg_policy'), c.relrowsecurity FROM pg_policy p "
            "JOIN pg_class c ON c.oid = p.polrelid "
            "WHERE p.polname = %s AND c.relnamespace = current_schema()::regnamespace ORDER BY 1",
            policies.POLICY,
        )
    }


def role_exists() -> bool:
    """Whether the role that requests run as is there."""
    return bool(_rows("SELECT 1 FROM pg_roles WHERE rolname = %s", settings.ROW_ROLE))


def is_member() -> bool:
    """Whether the login may switch to the role."""
    found = _rows("SELECT pg_has_role(session_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = %s", settings.ROW_ROLE)
    return found == [(True,)]


def problems() -> list[str]:
    """Everything that is missing, in Chinese, one line each; none: the wall stands as the code means it."""
    if not possible():
        return ["数据库是 SQLite：没有行级策略，只有程序里的范围筛选"]
    if not role_exists():
        return [f"没有角色 {settings.ROW_ROLE}"]
    return [*_role(), *_functions(), *_policies(), *_rights()]


def _role() -> list[str]:
    found = _rows(
        "SELECT rolsuper OR rolbypassrls, EXISTS (SELECT 1 FROM pg_class WHERE relowner = pg_roles.oid) FROM pg_roles WHERE rolname = %s",
        settings.ROW_ROLE,
    )
    bypasses, owns = found[0]
    return [
        text
        for wrong, text in (
            (bypasses, f"角色 {settings.ROW_ROLE} 不受行级策略约束（SUPERUSER 或 BYPASSRLS）"),
            (not is_member(), f"登录用户不能切换到角色 {settings.ROW_ROLE}"),
            (owns, f"角色 {settings.ROW_ROLE} 拥有表，表的所有者不受行级策略约束"),
        )
        if wrong
    ]


def _functions() -> list[str]:
    sql = (
        "SELECT proname, obj_description(oid, 'pg_proc') FROM pg_proc "
        "WHERE pronamespace = current_schema()::regnamespace AND proname = ANY(%s)"
    )
    held = dict(_rows(sql, [function.name for function in policies.functions()]))
    wanted = {function.name: policies.digest(function.sql) for function in policies.functions()}
    return [f"函数 {name} 没有或不是现在的版本" for name, digest in wanted.items() if held.get(name) != digest]


def _policies() -> list[str]:
    held = standing()
    wanted = {guard.table._meta.db_table: policies.digest(policies.policy(guard)) for guard in GUARDS}  # noqa: SLF001
    out = [f"表 {table} 的策略没有生效或不是现在的版本" for table, d in wanted.items() if held.get(table) != (d, True)]
    return out + [f"表 {table} 的策略已经不需要" for table in held if table not in wanted]


def _rights() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True)
    lacking = _rows(
        "SELECT name FROM unnest(%s::text[]) AS name WHERE NOT has_table_privilege(%s, quote_ident(name), 'SELECT') "
        "OR NOT has_table_privilege(%s, quote_ident(name), 'INSERT') OR NOT has_table_privilege(%s, quote_ident(name), 'UPDATE') "
        "OR NOT has_table_privilege(%s, quote_ident(name), 'DELETE') ORDER BY 1",
        names,
        *[settings.ROW_ROLE] * 4,
    )
    return [f"角色 {settings.ROW_ROLE} 没有表 {name} 的权限" for (name,) in lacking]


def _rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
