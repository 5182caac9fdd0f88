"""The rules engine beside its yardsticks, in one run and on the same rows.

    python benchmarks/rules.py [--enterprises 100000] [--json]

1. One (enterprise, code) with its reasons from SQLite, beside plain Python that loads the same rows and evaluates the
   same meaning (the oracle of the parity tests). Median over enterprises; each asked once, plans warm.
2. One grade over all holders on DuckDB: the plan's rows, beside SQL written by hand for that one rule. Both answers
   are compared before they are timed; the better of three each.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from figure import Figure
from zhulian.bulk.runners import DuckdbRunner, SqliteRunner
from zhulian.bulk.schema import create_statements
from zhulian.core.rules import VERIFICATION, GradeRule, Library, assess_pair
from zhulian.core.rules.assess import Moment
from zhulian.core.rules.plan import ALL_HOLDERS, statement

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
oracle: Any = importlib.import_module("parity.oracle")
"""The oracle is a part of the tests, which are not typed."""

DAY = dt.date(2023, 6, 15)
LATEST = 2**63 - 2
CODE = "D901C"
ENTERPRISES = 100_000
PERSONS = 5
PERSONS_OF_ONE = 25
OF_ONE = 2_000
"""Enterprises in SQLite for the first figure: with indexes, more rows hardly matter."""

RULEBOOK = """
subject: 对比用施工总承包
code: D901
versions:
  - id: "1"
    from: 2015-01-01
    published_at: 2015-01-01
    source: {document: 对比用标准, evidence: draft}
    grades:
      C:
        clauses:
          - {id: net-assets, label: 净资产, measure: net_assets, at_least: 800万元}
          - {id: constructors, label: 注册建造师, group: engineering, count: registration, where: {kind: [一级注册建造师, 二级注册建造师], specialty: [建筑工程, 机电工程]}, at_least: 2人}
          - {id: titles, label: 中级以上职称人员, group: engineering, count: title, where: {grade: 中级+}, at_least: 2人}
          - {id: skilled, label: 中级工以上技术工人, group: skilled, count: skill, where: {grade: 中级工+}, at_least: 2人}
          - {id: lead, label: 技术负责人, officer: 技术负责人, years: 5年, any: [{title: 高级}, {registration: 一级注册建造师, specialty: 建筑工程}]}
"""

_ALWAYS = "n AS row_id, DATE '1900-01-01' AS fact_from, DATE '9999-12-31' AS fact_until, 0 AS recorded_at, 9223372036854775807 AS superseded_at"
REGISTER = {
    # table → rows, SELECT over n; employer of person n is enterprise n % E
    "enterprise": ("E", "n AS enterprise, '某公司' AS name, '370202' AS region"),
    "qualification": ("E", f"n AS enterprise, '{CODE}' AS code, '有效' AS status"),
    "finance": ("E", "n AS enterprise, DATE '2022-12-31' AS as_of, (n * 7919 % 1600) * 1000000 AS net_assets"),
    "person": (
        "P",
        "n AS person, '某' AS name, CASE WHEN n % 53 > 0 THEN DATE '1958-01-01' + (n * 7919 % 15000)::INT END AS birth_on",
    ),
    "insurance": (
        "P WHERE n % 19 > 0",
        "n AS person, CASE WHEN n % 41 = 0 THEN (n + 1) % {E} ELSE n % {E} END AS enterprise, DATE '2020-01-01' AS month_from, CASE WHEN n % 29 = 0 THEN DATE '2023-05-01' END AS month_until",
    ),
    "registration": (
        "P WHERE n % 2 = 0",
        "n AS person, n % {E} AS enterprise, CASE WHEN n % 3 = 0 THEN '一级注册建造师' ELSE '二级注册建造师' END AS kind, CASE n % 5 WHEN 0 THEN '市政公用工程' WHEN 1 THEN '机电工程' ELSE '建筑工程' END AS specialty, CASE WHEN n % 31 > 0 THEN DATE '2022-06-01' + (n * 104729 % 1500)::INT END AS valid_until",
    ),
    "title": (
        "P WHERE n % 3 < 2",
        "n AS person, '结构' AS specialty, CASE n % 4 WHEN 0 THEN '初级' WHEN 1 THEN '副高级' ELSE '中级' END AS grade",
    ),
    "skill": (
        "P WHERE n % 7 < 4",
        "n AS person, n % {E} AS enterprise, CASE n % 6 WHEN 0 THEN '初级工' WHEN 1 THEN '高级工' ELSE '中级工' END AS grade",
    ),
    "officer": (
        "E",
        "n AS enterprise, n AS person, '技术负责人' AS post, CASE WHEN n % 23 > 0 THEN n % 15 END AS years_in_management",
    ),
}
COVERED = ("registration", "title", "skill", "insurance", "officer")

BY_HAND = """
WITH valid_registration AS (
  SELECT person, enterprise, kind, specialty, valid_until IS NOT NULL AS sure FROM registration
  WHERE $d >= fact_from AND $d < fact_until AND recorded_at <= $k AND superseded_at > $k AND end_reason IS NULL
    AND (valid_until IS NULL OR valid_until >= $d)),
paid AS (
  SELECT person, enterprise FROM insurance
  WHERE $d >= fact_from AND $d < fact_until AND recorded_at <= $k AND superseded_at > $k
    AND month_from <= DATE '2023-06-30' AND (month_until IS NULL OR month_until >= DATE '2023-06-01') GROUP BY ALL),
titled AS (
  SELECT person, bool_or(grade IN ('中级', '副高级', '正高级')) AS middle, bool_or(grade IN ('副高级', '正高级')) AS senior
  FROM title WHERE $d >= fact_from AND $d < fact_until AND recorded_at <= $k AND superseded_at > $k GROUP BY person),
listed AS (
  SELECT enterprise, person, (specialty IS NULL OR specialty IN ('建筑工程', '机电工程')) AND kind IN ('一级注册建造师', '二级注册建造师') AS r_may,
    sure AND specialty IN ('建筑工程', '机电工程') AND kind IN ('一级注册建造师', '二级注册建造师') AS r_sure,
    kind = '一级注册建造师' AND (specialty IS NULL OR specialty = '建筑工程') AS f_may,
    sure AND kind = '一级注册建造师' AND specialty = '建筑工程' AS f_sure,
    false AS skilled, false AS o_may, false AS o_sure FROM valid_registration
  UNION ALL
  SELECT enterprise, person, false, false, false, false, grade IN ('中级工', '高级工', '技师', '高级技师'), false, false FROM skill
  WHERE $d >= fact_from AND $d < fact_until AND recorded_at <= $k AND superseded_at > $k
  UNION ALL
  SELECT enterprise, person, false, false, false, false, false,
    years_in_management IS NULL OR years_in_management >= 5, years_in_management >= 5 FROM officer
  WHERE post = '技术负责人' AND $d >= fact_from AND $d < fact_until AND recorded_at <= $k AND superseded_at > $k
  UNION ALL SELECT enterprise, person, false, false, false, false, false, false, false FROM paid),
staff AS (
  SELECT enterprise, person, bool_or(r_may) AS r_may, bool_or(r_sure) AS r_sure, bool_or(f_may) AS f_may, bool_or(f_sure) AS f_sure,
    bool_or(skilled) AS skilled, bool_or(o_may) AS o_may, coalesce(bool_or(o_sure), false) AS o_sure
  FROM listed GROUP BY enterprise, person),
elsewhere AS (
  SELECT s.enterprise, s.person, bool_or(v.sure) AS sure FROM staff s
  JOIN valid_registration v ON v.person = s.person AND v.enterprise <> s.enterprise GROUP BY ALL),
judged AS (
  SELECT s.*, coalesce(t.middle, false) AS middle, coalesce(t.senior, false) AS senior,
    coalesce(b.birth_on > DATE '1962-06-15', false) AND i.person IS NOT NULL AND e.person IS NULL AS sure,
    (b.birth_on IS NULL OR b.birth_on > DATE '1962-06-15') AND i.person IS NOT NULL AND NOT coalesce(e.sure, false) AS may
  FROM staff s LEFT JOIN titled t USING (person) LEFT JOIN person b USING (person)
  LEFT JOIN paid i ON i.person = s.person AND i.enterprise = s.enterprise
  LEFT JOIN elsewhere e ON e.person = s.person AND e.enterprise = s.enterprise),
counted AS (
  SELECT enterprise, count(*) FILTER (sure AND r_sure) AS r_low, count(*) FILTER (may AND r_may) AS r_high,
    count(*) FILTER (sure AND middle) AS t_low, count(*) FILTER (may AND middle) AS t_high,
    count(*) FILTER (sure AND skilled) AS k_low, count(*) FILTER (may AND skilled) AS k_high,
    count(*) FILTER (sure AND r_sure AND NOT skilled) AS r_alone, count(*) FILTER (sure AND middle AND NOT skilled) AS t_alone,
    count(*) FILTER (sure AND skilled AND NOT r_sure AND NOT middle) AS k_alone,
    max((sure AND o_sure AND (senior OR f_sure))::INT) AS o_low, max((may AND o_may AND (senior OR f_may))::INT) AS o_high
  FROM judged GROUP BY enterprise),
money AS (
  SELECT enterprise, arg_max(net_assets, as_of) AS net_assets FROM finance
  WHERE as_of <= $d AND $d >= fact_from AND $d < fact_until AND recorded_at <= $k AND superseded_at > $k GROUP BY enterprise)
SELECT q.enterprise, m.net_assets, coalesce(r_low, 0), coalesce(r_high, 0), coalesce(t_low, 0), coalesce(t_high, 0),
  coalesce(k_low, 0), coalesce(k_high, 0), coalesce(r_alone, 0), coalesce(t_alone, 0), coalesce(k_alone, 0),
  coalesce(o_low, 0), coalesce(o_high, 0)
FROM (SELECT DISTINCT enterprise FROM qualification WHERE code = $c AND (status IS NULL OR status NOT IN ('降级', '撤回', '撤销', '吊销', '注销', '过期'))
  AND $d >= fact_from AND $d < fact_until AND recorded_at <= $k AND superseded_at > $k) q
LEFT JOIN counted c USING (enterprise) LEFT JOIN money m USING (enterprise)
"""
SAME = (
    *("enterprise", "net_assets_low", "s0", "m0", "s1", "m1", "s2", "m2"),
    *("us0_engineering", "us1_engineering", "us2_skilled", "officer_s0", "officer_m0"),
)
"""Columns of the plan that the SQL by hand gives too, in its order."""


def register(enterprises: int, persons: int) -> duckdb.DuckDBPyConnection:
    """A synthetic register, `persons` to an enterprise: arithmetic on row numbers, the same on every machine."""
    connection = duckdb.connect()
    for create in create_statements("duckdb"):
        connection.execute(create)
    for table, (source, columns) in REGISTER.items():
        count = enterprises if source.startswith("E") else enterprises * persons
        where = source[1:]
        text = columns.replace("{E}", str(enterprises))
        connection.execute(f"INSERT INTO {table} BY NAME SELECT {_ALWAYS}, {text} FROM range({count}) AS t(n) {where}")
    told = ", ".join(f"('{name}')" for name in COVERED)
    connection.execute(
        f"INSERT INTO coverage BY NAME SELECT {_ALWAYS.replace('n AS', '0 AS')}, 'bench' AS feed, t.name AS table_name, "
        f"DATE '2015-01-01' AS period_from, true AS complete FROM (VALUES {told}) AS t(name)"
    )
    return connection


def in_sqlite(connection: duckdb.DuckDBPyConnection) -> SqliteRunner:
    """The same rows in SQLite, with the indexes that storage has."""
    runner = SqliteRunner(sqlite3.connect(":memory:"))
    for create in create_statements("sqlite"):
        runner.connection.execute(create)
    for table in (*REGISTER, "coverage"):
        names = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
        rows = connection.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()
        values = [[v.isoformat() if isinstance(v, dt.date) else v for v in row] for row in rows]
        marks = ", ".join("?" * len(names))
        runner.connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)
    return runner


def plain_python(runner: SqliteRunner, rule: GradeRule, enterprise: int) -> object:
    """Load the rows about one enterprise and its people, then evaluate them."""
    rows: dict[str, list[dict[str, Any]]] = {}

    def load(table: str, condition: str, *values: object) -> None:
        cursor = runner.connection.execute(f"SELECT * FROM {table} WHERE {condition}", values)
        names = [column[0] for column in cursor.description]
        dates = [i for i, name in enumerate(names) if name in _DATES]
        for row in map(list, cursor):
            for i in dates:
                row[i] = row[i] and dt.date.fromisoformat(row[i])
            rows.setdefault(table, []).append(dict(zip(names, row, strict=True)))

    for table in ("enterprise", "finance", *oracle.TIES):
        load(table, "enterprise = ?", enterprise)
    load("coverage", "enterprise = ? OR enterprise IS NULL", enterprise)
    people = sorted({row["person"] for table in oracle.TIES for row in rows.get(table, [])})
    marks = ", ".join("?" * len(people))
    for table in ("person", "title"):
        load(table, f"person IN ({marks})", *people)
    for table in ("registration", "insurance"):
        load(table, f"person IN ({marks}) AND enterprise <> ?", *people, enterprise)
    return oracle.Oracle(oracle.World(rows), enterprise, DAY, LATEST).answer(rule)


_DATES = frozenset(
    [
        "fact_from",
        "fact_until",
        "birth_on",
        "valid_until",
        "month_from",
        "month_until",
        "as_of",
        "established_on",
        "issued_on",
        "period_from",
        "period_until",
        "awarded_on",
    ]
)


def median_ms(job: Callable[[int], object], enterprises: range) -> float:
    """Median CPU time of this process in milliseconds: what else the machine does is none of ours."""
    times = []
    for enterprise in enterprises:
        started = time.process_time()
        job(enterprise)
        times.append(time.process_time() - started)
    return statistics.median(times) * 1000


def best_s(job: Callable[[], list[Any]]) -> float:
    """Best of three, in seconds."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        job()
        times.append(time.perf_counter() - started)
    return min(times)


def one(library: Library, rule: GradeRule) -> Figure:
    """One (enterprise, code) on SQLite."""
    runner = in_sqlite(register(OF_ONE, PERSONS_OF_ONE))

    def ours(enterprise: int) -> str:
        found = assess_pair(library, runner, enterprise=enterprise, code=CODE, as_of=DAY, purpose=VERIFICATION)
        return found.verdict.value

    def theirs(enterprise: int) -> object:
        return plain_python(runner, rule, enterprise)

    for enterprise in range(50):
        answer = theirs(enterprise)
        assert isinstance(answer, tuple)
        assert ours(enterprise) == answer[0], enterprise
    asked = range(100, 500)
    return Figure(
        job=f"one (enterprise, code) with reasons, SQLite, {OF_ONE:,} enterprises × {PERSONS_OF_ONE} persons, p50 (CPU)",
        ours=median_ms(ours, asked),
        yardstick="plain Python: load and evaluate, no next critical day",
        theirs=median_ms(theirs, asked),
        unit="ms",
        goal="≤ 1×, ≤ 3 ms",
    )


def bulk(rule: GradeRule, enterprises: int) -> Figure:
    """One grade over all holders on DuckDB."""
    runner = DuckdbRunner(register(enterprises, PERSONS))
    moment = Moment(DAY, None, runner.dialect)
    text = statement(rule, ALL_HOLDERS, runner.dialect)
    params = moment.bind(text.params, {"code": CODE})
    given = {"d": DAY, "k": LATEST, "c": CODE}

    def ours() -> list[tuple[Any, ...]]:
        return runner.query(text.sql, params)

    def theirs() -> list[tuple[Any, ...]]:
        return runner.connection.execute(BY_HAND, given).fetchall()

    places = [text.columns.index(name) for name in SAME]
    assert sorted(tuple(row[i] for i in places) for row in ours()) == sorted(theirs())
    return Figure(
        job=f"one grade over {enterprises:,} enterprises × {enterprises * PERSONS:,} persons, DuckDB",
        ours=best_s(ours),
        yardstick="DuckDB SQL by hand for this rule, without doubts and coverage by division",
        theirs=best_s(theirs),
        unit="s",
        goal="≤ 1×",
    )


def figures(enterprises: int = ENTERPRISES) -> list[Figure]:
    """Both figures."""
    library = Library.load({"bench.yaml": RULEBOOK.encode()})
    rule = library.rule(CODE, VERIFICATION, DAY)
    assert isinstance(rule, GradeRule)
    return [one(library, rule), bulk(rule, enterprises)]


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=ENTERPRISES)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = figures(options.enterprises)
    if options.json:
        print(json.dumps([figure.__dict__ for figure in found], ensure_ascii=False, indent=1))
        return
    for figure in found:
        print(figure.row())


if __name__ == "__main__":
    main()
