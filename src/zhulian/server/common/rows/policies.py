"""The policies in SQL: made by the owner, idempotent. What they ask is what the app's own jurisdictions ask.

The owner of the tables (the login of `ZHULIAN_DATABASE`) is not subject to them: the dispatcher and commands are the
system. A request runs as another role, which owns nothing.

Functions give a user's divisions, enterprises and unit as arrays: small, evaluated once per statement. Where an
enterprise is located is asked by EXISTS, which PostgreSQL plans by index for few rows and by hash for many.
"""

# ruff: noqa: S608, SLF001 - SQL of our own names for the catalogue; `_meta` is Django's documented name

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models.expressions import RawSQL

from zhulian.server.common import clock, scopes
from zhulian.server.common.permissions import REGULATORS, Role
from zhulian.server.common.rows.guards import GUARDS, Guard

POLICY: Final = "zhulian_rows"
_USER: Final = "nullif(current_setting('zhulian.user', true), '')::bigint"
_TODAY: Final = "nullif(current_setting('zhulian.today', true), '')::date"
_TOPS: Final = "ANY ((SELECT zhulian_tops())::varchar[])"
_SOME_DAY: Final = dt.date(4242, 4, 2)
"""Stands for today while a jurisdiction is put into words; a day that no row has."""
_SOME_TOPS: Final = "IN (SELECT 'zhulian tops')"


@dataclass(frozen=True, slots=True)
class Function:
    """A function that tells something of who asks. It runs as the owner."""

    name: str
    returns: str
    body: str

    @property
    def sql(self) -> str:
        """Its definition, in the schema of the tables."""
        return (
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS {self.returns} LANGUAGE plpgsql STABLE SECURITY DEFINER "
            f"SET search_path = pg_catalog, {schema()}, pg_temp AS $$ BEGIN RETURN ({self.body}); END $$"
        )


def functions() -> tuple[Function, ...]:
    """The divisions at the top of a regulator's grants, his unit, the enterprises that a person acts for."""
    user, grant, member = (_table(f"accounts.{name}") for name in ("User", "Grant", "EnterpriseMembership"))
    regulators = ", ".join(f"'{role.value}'" for role in sorted(REGULATORS))
    asks = f"u.id = {_USER} AND u.is_active AND u.role"
    return (
        Function(
            "zhulian_tops",
            "varchar[]",
            f"SELECT coalesce(array_agg(DISTINCT g.division_id), '{{}}') FROM {user} u "
            f"JOIN {grant} g ON g.user_id = u.id OR g.unit_id = u.unit_id "
            f"WHERE {asks} IN ({regulators}) AND {_in_force('g')}",
        ),
        Function("zhulian_unit", "bigint", f"SELECT u.unit_id FROM {user} u WHERE {asks} IN ({regulators})"),
        Function(
            "zhulian_enterprises",
            "bigint[]",
            f"SELECT coalesce(array_agg(m.enterprise), '{{}}') FROM {user} u JOIN {member} m ON m.user_id = u.id "
            f"WHERE {asks} = '{Role.ENTERPRISE.value}' AND {_in_force('m')}",
        ),
    )


def _in_force(alias: str) -> str:
    return f"{alias}.valid_from <= {_TODAY} AND {alias}.valid_until > {_TODAY}"


def condition(guard: Guard) -> str:
    """When a row of the table exists for who asks."""
    found = [f"({guard.open_when})"] if guard.open_when else []
    if guard.enterprise:
        column = _column(guard.table, guard.enterprise)
        found.append(f"{column} = ANY ((SELECT zhulian_enterprises())::bigint[])")
    found += [f"{_column(guard.table, unit)} = (SELECT zhulian_unit())" for unit in guard.units]
    found += [_in_division(_column(guard.table, division)) for division in guard.divisions]
    if guard.enterprise:
        found += [_located(column, located) for located in scopes.jurisdictions()]
    found += [_hangs(guard.table, path) for path in guard.through]
    return "\n OR ".join(found)


def _in_division(column: str) -> str:
    closure = _table("accounts.DivisionClosure")
    return f"EXISTS (SELECT 1 FROM {closure} c WHERE c.descendant = {column} AND c.ancestor = {_TOPS})"


def _located(column: str, located: scopes.Located) -> str:
    """A jurisdiction of the app in words, about one row: its day and its divisions are those of who asks."""
    closure: Any = apps.get_model("accounts.DivisionClosure")
    with clock.frozen(_SOME_DAY):
        below = closure.objects.filter(ancestor__in=RawSQL("SELECT 'zhulian tops'", ())).values("descendant")
        rows = located(below).filter(enterprise=RawSQL(column, ()))  # noqa: S611 - a column's name
    with connection.cursor() as cursor:
        text: str = cursor.mogrify(*rows.query.sql_with_params())
    day = f"'{_SOME_DAY.isoformat()}'::date"
    if _SOME_TOPS not in text:
        message = f"a jurisdiction does not ask for divisions as expected: {text}"
        raise ValueError(message)
    return f"EXISTS ({text.replace(_SOME_TOPS, f'= {_TOPS}').replace(day, f'(SELECT {_TODAY})')})"


def _hangs(model: Any, path: str) -> str:
    """The row that a path of foreign keys leads to exists for who asks: its own policy decides."""
    first, *rest = path.split("__")
    field = model._meta.get_field(first)
    column, above = _column(model, first), field.related_model
    alias, joins = "p0", f"{_quoted(above._meta.db_table)} p0"
    where = f"p0.{_quoted(above._meta.pk.column)} = {column}"
    for number, name in enumerate(rest, 1):
        key = above._meta.get_field(name)
        above, before, alias = key.related_model, alias, f"p{number}"
        on = f"{alias}.{_quoted(above._meta.pk.column)} = {before}.{_quoted(key.column)}"
        joins += f" JOIN {_quoted(above._meta.db_table)} {alias} ON {on}"
    return f"EXISTS (SELECT 1 FROM {joins} WHERE {where})"


def policy(guard: Guard) -> str:
    """The policy of a table: what exists may be read, changed and deleted, and nothing else may be written."""
    table, rule = _table(guard.model), condition(guard)
    return f"CREATE POLICY {POLICY} ON {table} FOR ALL TO {role()} USING ({rule}) WITH CHECK ({rule})"


def digest(sql: str) -> str:
    """What a policy or function of ours carries as its comment: a later version of ours makes it anew."""
    return hashlib.sha256(sql.encode()).hexdigest()


def turned_on() -> list[str]:
    """Statements that raise the wall, from whatever state; to be run in one transaction by the owner."""
    out = []
    for function in functions():
        name = f"{function.name}()"
        out += [
            function.sql,
            f"COMMENT ON FUNCTION {name} IS '{digest(function.sql)}'",
            f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {name} TO {role()}",
        ]
    out += [
        f"GRANT USAGE ON SCHEMA {schema()} TO {role()}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema()} TO {role()}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema()} TO {role()}",
    ]
    for guard in GUARDS:
        table = _table(guard.model)
        out += [
            policy(guard),
            f"COMMENT ON POLICY {POLICY} ON {table} IS '{digest(policy(guard))}'",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        ]
    return out


def turned_off(standing: list[str]) -> list[str]:
    """Statements that take the wall down; `standing`: tables that have our policy now."""
    out = []
    for table in map(_quoted, standing):
        out += [f"DROP POLICY {POLICY} ON {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]
    out += [f"DROP FUNCTION IF EXISTS {function.name}()" for function in functions()]
    return out


def revoked() -> list[str]:
    """Statements that take every right from the role."""
    return [f"REVOKE ALL ON ALL {kind} IN SCHEMA {schema()} FROM {role()}" for kind in ("TABLES", "SEQUENCES")] + [
        f"REVOKE ALL ON SCHEMA {schema()} FROM {role()}"
    ]


def role() -> str:
    """The role that requests run as."""
    return _quoted(settings.ROW_ROLE)


def schema() -> str:
    """Where the tables are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return _quoted(cursor.fetchone()[0])


def _table(label: str) -> str:
    return _quoted(apps.get_model(label)._meta.db_table)


def _column(model: Any, name: str) -> str:
    meta = model._meta
    return f"{_quoted(meta.db_table)}.{_quoted(meta.get_field(name).column)}"


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))
