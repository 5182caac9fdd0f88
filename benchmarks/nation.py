"""A nation's registry: one grade by hand, one grade, and the whole rulebook, over the same Parquet files.

    python benchmarks/nation.py [--enterprises 200000] [--folder DIR] [--json]

Five persons and ten certificates to an enterprise, skewed as firms are: many have none, few have thousands. Every
value is arithmetic on row numbers. Three processes, so that each has a memory peak of its own, and a fourth under a
memory limit of 1 GB, whose spill folder is watched. What is written by hand is compared with ours before it is timed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

import rules as small
from figure import Figure
from zhulian import rulebooks
from zhulian.bulk.layer import check_all
from zhulian.bulk.runners import DuckdbRunner
from zhulian.bulk.schema import create_statements
from zhulian.bulk.snapshots_reading import limited
from zhulian.core.rules import Library
from zhulian.core.tables import TABLES

ENTERPRISES = 200_000
"""What `make bench` takes, to end within minutes; cost is linear in rows. The nation: `--enterprises 1000000`."""
PERSONS = 5
DAY = small.DAY
CODE = small.CODE
LIMIT = "8GB"
TIGHT = "1GB"
HERE = Path(__file__).resolve()

_OF = "CAST(floor({E} * pow((n * 2654435761 % 4294967296) / 4294967296.0, 2)) AS BIGINT)"
"""The employer of person n."""
_TIMES = (
    "n AS row_id, DATE '1900-01-01' AS fact_from, "
    "CASE WHEN n % 101 = 7 THEN DATE '2021-01-01' ELSE DATE '9999-12-31' END AS fact_until, 0::BIGINT AS recorded_at, "
    "CASE WHEN n % 89 = 5 THEN 1 ELSE 9223372036854775807 END AS superseded_at"
)
_KINDS = "CASE WHEN n % 3 = 0 THEN '一级注册建造师' ELSE '二级注册建造师' END"
_FIELDS = (
    "CASE n % 7 WHEN 0 THEN '市政公用工程' WHEN 1 THEN '机电工程' WHEN 2 THEN '水利水电工程' "
    "WHEN 3 THEN NULL ELSE '建筑工程' END"
)
_VALID = "CASE WHEN n % 31 > 0 THEN DATE '2022-06-01' + (n * 104729 % 1500)::INT END"
REGISTER = {
    # table → how many rows n runs over (in enterprises or persons), columns, condition
    "enterprise": ("E", "n AS enterprise, '某公司' AS name, {REGION} AS region", ""),
    "qualification": (
        "3 * E",
        "n % {E} AS enterprise, {CODE} AS code, CASE WHEN n % 43 > 0 THEN '有效' END AS status",
        "",
    ),
    "finance": (
        "2 * E",
        (
            "n % {E} AS enterprise, CASE WHEN n < {E} THEN DATE '2021-12-31' ELSE DATE '2022-12-31' END AS as_of, "
            "CASE WHEN n % 61 > 0 THEN (n * 7919 % 1600) * 1000000 END AS net_assets"
        ),
        "",
    ),
    "person": (
        "P",
        "n AS person, '某' AS name, CASE WHEN n % 53 > 0 THEN DATE '1958-01-01' + (n * 7919 % 15000)::INT END AS birth_on",
        "",
    ),
    "insurance": (
        "P",
        (
            "n AS person, CASE WHEN n % 41 = 0 THEN ({OF} + 1) % {E} ELSE {OF} END AS enterprise, "
            "DATE '2020-01-01' AS month_from, CASE WHEN n % 29 = 0 THEN DATE '2023-05-01' END AS month_until"
        ),
        "n % 19 > 0",
    ),
    "registration": (
        "P",
        (
            f"n AS person, CASE WHEN n % 134 = 0 THEN ({{OF}} + 7) % {{E}} ELSE {{OF}} END AS enterprise, {_KINDS} AS kind, "
            f"{_FIELDS} AS specialty, {_VALID} AS valid_until, CASE WHEN n % 71 = 0 THEN '注销' END AS end_reason"
        ),
        "n % 2 = 0",
    ),
    "title": (
        "P",
        (
            "n AS person, CASE n % 9 WHEN 0 THEN '结构' WHEN 1 THEN '给排水' WHEN 2 THEN '电气' WHEN 3 THEN '水工' "
            "WHEN 4 THEN '建筑工程' WHEN 5 THEN NULL ELSE '土木工程' END AS specialty, "
            "CASE n % 4 WHEN 0 THEN '初级' WHEN 1 THEN '副高级' ELSE '中级' END AS grade"
        ),
        "n % 6 IN (0, 1, 3)",
    ),
    "post_certificate": (
        "P",
        (
            "n AS person, {OF} AS enterprise, 'G' || n AS certificate_no, CASE n % 11 WHEN 0 THEN '施工员' WHEN 1 THEN '质量员' "
            f"WHEN 2 THEN '安全员' WHEN 3 THEN '机械员' WHEN 4 THEN '造价员' ELSE '劳务员' END AS post, {_VALID} AS valid_until"
        ),
        "n % 5 IN (1, 3)",
    ),
    "safety_certificate": (
        "P",
        f"n AS person, {{OF}} AS enterprise, 'A' || n AS certificate_no, CASE n % 3 WHEN 0 THEN 'A' WHEN 1 THEN 'B' ELSE 'C1' END AS class, {_VALID} AS valid_until",
        "n % 5 = 2",
    ),
    "skill": (
        "P",
        (
            "n AS person, {OF} AS enterprise, 'J' || n AS certificate_no, '钢筋工' AS trade, "
            "CASE n % 6 WHEN 0 THEN '初级工' WHEN 1 THEN '高级工' ELSE '中级工' END AS grade"
        ),
        "n % 5 IN (0, 4)",
    ),
    "officer": (
        "P",
        (
            "n AS person, {OF} AS enterprise, CASE n % 10 WHEN 5 THEN '总经理' ELSE '技术负责人' END AS post, "
            "CASE WHEN n % 23 > 0 THEN n % 15 END AS years_in_management"
        ),
        "n % 5 = 0",
    ),
    "safety_permit": (
        "E",
        "n AS enterprise, 'P' || n AS permit_no, '有效' AS status, DATE '2021-01-01' AS issued_on, DATE '2024-01-01' AS valid_until",
        "",
    ),
}
COVERED = ("registration", "title", "skill", "insurance", "officer", "post_certificate")
_REGION = "lpad((CASE n % 5 WHEN 0 THEN 110101 WHEN 1 THEN 350102 ELSE 110000 + (n % 31) * 10000 + (n % 90) END)::VARCHAR, 6, '0')"


def register(folder: Path, enterprises: int = ENTERPRISES, persons: int = PERSONS) -> None:
    """The registry as one Parquet file a table: physical columns, unknown ones null."""
    codes = [code for code in rulebooks.library().codes() if code.startswith("D")]
    listed = ", ".join(f"'{code}'" for code in codes)
    # A third of what is held is the one grade; the rest is spread over the whole rulebook.
    code = f"CASE WHEN n < {enterprises} THEN '{CODE}' ELSE [{listed}][1 + (n * 7919 + n // {enterprises}) % {len(codes)}] END"
    words = {"E": str(enterprises), "OF": _OF.format(E=enterprises), "REGION": _REGION, "CODE": code}
    connection = duckdb.connect()
    for create in create_statements("duckdb"):
        connection.execute(create)
    folder.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        rows = f"SELECT * FROM {table}"
        if table in REGISTER:
            size, columns, where = REGISTER[table]
            count = int(size.replace("E", "1").split(" * ")[0]) * enterprises if "E" in size else enterprises * persons
            own = f"SELECT {_TIMES}, {columns.format(**words)} FROM range({count}) AS t(n) WHERE {where or 'true'}"
            rows = f"SELECT * FROM {table} UNION ALL BY NAME ({own})"
        elif table == "coverage":
            told = ", ".join(f"('{name}')" for name in COVERED)
            rows += (
                f" UNION ALL BY NAME (SELECT row_number() OVER () AS row_id, DATE '1900-01-01' AS fact_from, DATE '9999-12-31' AS fact_until, "
                f"0::BIGINT AS recorded_at, 9223372036854775807 AS superseded_at, 'bench' AS feed, t.name AS table_name, d.division, "
                f"DATE '2015-01-01' AS period_from, true AS complete FROM (VALUES {told}) AS t(name), "
                f"(VALUES ('110000'), ('350100'), ('330000'), ('130000'), ('210000'), ('410001')) AS d(division))"
            )
        connection.execute(f"COPY ({rows}) TO '{folder / table}.parquet' (FORMAT parquet)")
    connection.close()


def opened(folder: Path, limit: str) -> DuckdbRunner:
    """The registry in a process of its own: views over the files."""
    runner = limited(limit)
    for table in TABLES:
        runner.connection.read_parquet(str(folder / f"{table}.parquet")).create_view(table)
    return runner


LIBRARY = Library.load({**rulebooks.files(), "bench.yaml": small.RULEBOOK.encode()})
"""The shipped rulebooks and the one that the SQL by hand is for."""
NATIONAL = Library.load({"bench.yaml": small.RULEBOOK.encode()})
"""That one alone: the SQL by hand knows no province's overlay, and both must mean the same."""
_SEEN = "$d >= fact_from AND $d < fact_until AND recorded_at <= $k AND superseded_at > $k"
_NONE = "false AS r_may, false AS r_sure, false AS f_may, false AS f_sure, false AS skilled, false AS o_may, false AS o_sure, false AS paid"
_TABLES = ("registration", "title", "skill", "insurance", "officer")
_COVER = ", ".join(f"bool_or(table_name = '{name}') AS c_{name}" for name in _TABLES)
_COVERED = ", ".join(
    f"coalesce(a.c_{name}, false) OR coalesce(o.c_{name}, false) OR coalesce(r.c_{name}, false) AS c_{name}"
    for name in _TABLES
)
_HELD_NOW = f"{_SEEN} AND complete AND period_from <= $d AND (period_until IS NULL OR period_until > $d)"
_DOUBT = ", ".join(
    f"count(*) FILTER (may AND {has}_may AND NOT {ok}) AS {name}{bit}"
    for bit, has in enumerate(("r", "t", "k"))
    for name, ok in (("age_unknown", "age_sure"), ("insurance_unknown", "paid"), ("elsewhere_unknown", "free_sure"))
)
BY_HAND = f"""
WITH reg AS (
  SELECT person, enterprise, kind, specialty, end_reason IS NULL AND coalesce(valid_until >= $d, false) AS sure,
    end_reason IS NULL AND coalesce(valid_until >= $d, true) AS may FROM registration WHERE {_SEEN}),
pay AS (
  SELECT person, enterprise, month_from <= DATE '2023-06-30' AND (month_until IS NULL OR month_until >= DATE '2023-06-01') AS paid
  FROM insurance WHERE {_SEEN}),
titled AS (
  SELECT person, bool_or(grade IN ('中级', '副高级', '正高级')) AS middle, bool_or(grade IN ('副高级', '正高级')) AS senior
  FROM title WHERE {_SEEN} GROUP BY person),
born AS (
  SELECT person, bool_or(birth_on > DATE '1962-06-15') AS ok, bool_or(birth_on IS NULL) AS untold,
    bool_or(birth_on <= DATE '1962-06-15') AS over FROM person WHERE {_SEEN} GROUP BY person),
listed AS (
  SELECT enterprise, person,
    may AND kind IN ('一级注册建造师', '二级注册建造师') AND coalesce(specialty IN ('建筑工程', '机电工程'), true) AS r_may,
    sure AND kind IN ('一级注册建造师', '二级注册建造师') AND coalesce(specialty IN ('建筑工程', '机电工程'), false) AS r_sure,
    may AND kind = '一级注册建造师' AND coalesce(specialty = '建筑工程', true) AS f_may,
    sure AND kind = '一级注册建造师' AND coalesce(specialty = '建筑工程', false) AS f_sure,
    false AS skilled, false AS o_may, false AS o_sure, false AS paid FROM reg
  UNION ALL SELECT enterprise, person, false, false, false, false, grade IN ('中级工', '高级工', '技师', '高级技师'), false, false, false
    FROM skill WHERE {_SEEN}
  UNION ALL SELECT enterprise, person, false, false, false, false, false,
    post = '技术负责人' AND coalesce(years_in_management >= 5, true), post = '技术负责人' AND coalesce(years_in_management >= 5, false), false
    FROM officer WHERE {_SEEN}
  UNION ALL SELECT enterprise, person, false, false, false, false, false, false, false, paid FROM pay
  UNION ALL SELECT enterprise, person, {_NONE} FROM post_certificate WHERE {_SEEN}
  UNION ALL SELECT enterprise, person, {_NONE} FROM safety_certificate WHERE {_SEEN}),
staff AS (
  SELECT enterprise, person, bool_or(r_may) AS r_may, bool_or(r_sure) AS r_sure, bool_or(f_may) AS f_may, bool_or(f_sure) AS f_sure,
    bool_or(skilled) AS k_may, bool_or(o_may) AS o_may, bool_or(o_sure) AS o_sure, bool_or(paid) AS paid
  FROM listed GROUP BY enterprise, person),
elsewhere AS (
  SELECT s.enterprise, s.person, bool_or(v.sure) AS sure, bool_or(v.may) AS may FROM staff s
  JOIN reg v ON v.person = s.person AND v.enterprise <> s.enterprise GROUP BY ALL),
payer AS (
  SELECT s.enterprise, s.person, bool_or(v.paid) AS paid FROM staff s
  JOIN pay v ON v.person = s.person AND v.enterprise <> s.enterprise GROUP BY ALL),
home AS (SELECT enterprise, max(region) AS region FROM enterprise WHERE {_SEEN} AND region IS NOT NULL GROUP BY enterprise),
county AS (SELECT DISTINCT region FROM home),
cover_all AS (SELECT {_COVER} FROM coverage WHERE {_HELD_NOW} AND enterprise IS NULL AND (division IS NULL OR division = '000000')),
cover_own AS (SELECT enterprise, {_COVER} FROM coverage WHERE {_HELD_NOW} AND enterprise IS NOT NULL GROUP BY enterprise),
cover_region AS (
  SELECT h.region, {_COVER} FROM county h JOIN (SELECT * FROM coverage WHERE {_HELD_NOW} AND enterprise IS NULL) c
    ON c.division IN (h.region, left(h.region, 4) || '00', left(h.region, 2) || '0000') GROUP BY h.region),
holder AS (
  SELECT q.enterprise, {_COVERED} FROM (
    SELECT DISTINCT enterprise FROM qualification WHERE code = $c AND {_SEEN}
      AND (status IS NULL OR status NOT IN ('降级', '撤回', '撤销', '吊销', '注销', '过期'))) q
  LEFT JOIN home h USING (enterprise) LEFT JOIN cover_own o USING (enterprise) LEFT JOIN cover_region r ON r.region = h.region
  CROSS JOIN cover_all a),
known AS (
  SELECT s.*, coalesce(t.middle, false) AS t_may, coalesce(t.senior, false) AS senior, q.c_title, q.c_registration,
    coalesce(b.ok AND NOT b.untold AND NOT coalesce(b.over, false), false) AS age_sure,
    coalesce(b.ok, false) OR coalesce(b.untold, false) OR NOT coalesce(b.over, false) AS age_may,
    NOT coalesce(e.may, false) AS free_sure, NOT coalesce(e.sure, false) AS free_may,
    s.paid OR NOT (coalesce(p.paid, false) OR q.c_insurance) AS paid_may
  FROM holder q JOIN staff s USING (enterprise) LEFT JOIN titled t USING (person) LEFT JOIN born b USING (person)
  LEFT JOIN elsewhere e ON e.person = s.person AND e.enterprise = s.enterprise
  LEFT JOIN payer p ON p.person = s.person AND p.enterprise = s.enterprise),
judged AS (
  SELECT *, age_sure AND paid AND free_sure AS sure, age_may AND paid_may AND free_may AS may FROM known
  WHERE age_may AND paid_may AND free_may),
counted AS (
  SELECT enterprise, count(*) FILTER (sure AND r_sure) AS s0, count(*) FILTER (r_may) AS m0,
    count(*) FILTER (sure AND t_may) AS s1, count(*) FILTER (t_may) AS m1, count(*) FILTER (sure AND k_may) AS s2, count(*) FILTER (k_may) AS m2,
    count(*) FILTER (sure AND r_sure AND NOT k_may) AS us0_engineering, count(*) FILTER (r_may AND NOT k_may) AS um0_engineering,
    count(*) FILTER (sure AND t_may AND NOT k_may) AS us1_engineering, count(*) FILTER (t_may AND NOT k_may) AS um1_engineering,
    count(*) FILTER (sure AND k_may AND NOT r_sure AND NOT t_may) AS us2_skilled, count(*) FILTER (k_may AND NOT r_may AND NOT t_may) AS um2_skilled,
    count(*) FILTER (r_may AND sure AND NOT r_sure) AS row_unknown0, {_DOUBT},
    max((sure AND o_sure AND (senior OR f_sure))::INT) AS officer_s0,
    max((o_may AND (senior OR f_may OR NOT c_title OR NOT c_registration))::INT) AS officer_m0
  FROM judged GROUP BY enterprise),
latest AS (SELECT enterprise, max(as_of) AS as_of FROM finance WHERE as_of <= $d AND {_SEEN} GROUP BY enterprise),
money AS (
  SELECT enterprise, any_value(as_of) AS money_on, min(net_assets) AS net_assets_low, max(net_assets) AS net_assets_high,
    max((net_assets IS NULL)::INT) AS net_assets_null
  FROM finance JOIN latest USING (enterprise, as_of) WHERE {_SEEN} GROUP BY enterprise)
SELECT q.*, m.* EXCLUDE (enterprise), c.* EXCLUDE (enterprise)
FROM holder q LEFT JOIN counted c USING (enterprise) LEFT JOIN money m USING (enterprise)
"""


def by_hand(runner: DuckdbRunner, out: Path) -> None:
    """The one grade, its bounds and doubts, by an expert; without verdicts and without the exact division."""
    sql = f"COPY ({BY_HAND}) TO '{out / 'hand.parquet'}' (FORMAT parquet, COMPRESSION zstd)"
    runner.connection.execute(sql, {"d": DAY, "k": small.LATEST, "c": CODE})


def one_grade(runner: DuckdbRunner, out: Path) -> None:
    """The same grade by us: with verdicts and the exact division."""
    found = check_all(runner, NATIONAL, as_of=DAY, codes=[CODE], out=out)
    assert len(found.rules) == 1, "the SQL by hand is for one rule"


def whole_rulebook(runner: DuckdbRunner, out: Path) -> None:
    """Every rule, each for its holders."""
    check_all(runner, LIBRARY, as_of=DAY, out=out)


def compare(hand: Path, ours: Path) -> int:
    """Rows of the one grade; their common columns are the same in both files.

    Raises:
        AssertionError: when an answer differs.
    """
    connection = duckdb.connect()
    told = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM '{ours}'").fetchall()}
    names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM '{hand}'").fetchall()]
    left, right = [], []
    for name in names:
        mine = f"cover_{name[2:]}" if name.startswith("c_") else name
        if mine in told:
            left.append(f"coalesce({name}, 0)::BIGINT AS {name}" if name[:2] not in {"mo", "ne"} else name)
            right.append(mine)
    assert len(left) > 20, left
    a = f"SELECT {', '.join(left)} FROM '{hand}'"
    b = f"SELECT {', '.join(right)} FROM '{ours}'"
    for one, other in ((a, b), (b, a)):
        different = connection.execute(f"SELECT count(*) FROM ({one} EXCEPT ALL {other})").fetchone()
        assert different == (0,), different
    rows = connection.execute(f"SELECT count(*) FROM '{ours}'").fetchone()
    assert rows is not None
    return int(rows[0])


JOBS: dict[str, tuple[Callable[[DuckdbRunner, Path], None], str, int]] = {
    # job → what it does, memory limit, how often (the best counts)
    "hand": (by_hand, LIMIT, 2),
    "one": (one_grade, LIMIT, 2),
    "all": (whole_rulebook, LIMIT, 1),
    "tight": (whole_rulebook, TIGHT, 1),
}


def child(job: str, folder: Path, out: Path) -> dict[str, float]:
    """One job in this process: seconds, memory peak in GB, spilled GB at most."""
    run, limit, times = JOBS[job]
    runner = opened(folder, limit)
    spill = Path(runner.query("SELECT current_setting('temp_directory')")[0][0])
    watch = Watch(spill)
    seconds = []
    for number in range(times):
        target = out / f"{job}-{number}"
        target.mkdir()
        started = time.perf_counter()
        run(runner, target)
        seconds.append(time.perf_counter() - started)
    runner.connection.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": min(seconds), "memory": peak / 1e9, "spilled": watch.stop() / 1e9}


class Watch:
    """Looks at a folder's size ten times a second."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.peak, self._done = folder, 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._done.wait(0.1):
            size = 0
            for file in self.folder.glob("*"):
                try:
                    size += file.stat().st_size
                except OSError:  # gone meanwhile
                    continue
            self.peak = max(self.peak, size)

    def stop(self) -> int:
        """The largest size seen, in bytes."""
        self._done.set()
        self._thread.join()
        return self.peak


def measured(folder: Path, out: Path, jobs: list[str]) -> dict[str, dict[str, float]]:
    """Each job in a process of its own."""
    found = {}
    for job in jobs:
        ask = [sys.executable, str(HERE), "--child", job, "--folder", str(folder), "--out", str(out)]
        done = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=True)
        found[job] = json.loads(done.stdout.splitlines()[-1])
        print(job, found[job], file=sys.stderr, flush=True)
    return found


def figures(enterprises: int = ENTERPRISES, folder: Path | None = None) -> list[Figure]:
    """One grade and the whole rulebook beside the one grade by hand; peaks beside their limits."""
    with tempfile.TemporaryDirectory(prefix="zhulian-nation-") as made:
        files, out = folder or Path(made) / "registry", Path(made) / "out"
        out.mkdir()
        if not files.is_dir():
            register(files, enterprises)
        found = measured(files, out, list(JOBS))
        rows = compare(out / "hand-0" / "hand.parquet", out / "one-0" / f"{CODE}.parquet")
        assert rows > 0
    size = f"{enterprises:,} enterprises × {enterprises * PERSONS:,} persons"
    hand = found["hand"]["seconds"]
    by = "DuckDB SQL by hand for one grade, without verdicts and exact division"
    return [
        Figure(f"one grade, {size}, DuckDB, Parquet to Parquet", found["one"]["seconds"], by, hand, "s", "≤ 1×"),
        Figure(f"whole rulebook, {size}, DuckDB", found["all"]["seconds"], by, hand, "s", "≤ 8×"),
        Figure("whole rulebook: memory peak of the process", found["all"]["memory"], "limit", 8, "GB", "≤ 1×"),
        Figure(f"whole rulebook with a memory limit of {TIGHT}", found["tight"]["seconds"], by, hand, "s", "slower"),
        Figure("the same: memory peak of the process", found["tight"]["memory"], "limit", 1, "GB", "≤ 1×"),
        Figure("the same: spilled at most", found["tight"]["spilled"], "DuckDB's bound", 20, "GB", "≤ 1×"),
    ]


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=ENTERPRISES)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", choices=JOBS)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(options.child, options.folder, options.out)))
        return
    found = figures(options.enterprises, options.folder)
    if options.json:
        print(json.dumps([figure.__dict__ for figure in found], ensure_ascii=False, indent=1))
        return
    for figure in found:
        print(figure.row())


if __name__ == "__main__":
    main()
