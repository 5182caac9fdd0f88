"""Canonical Parquet whose references are sure keys as a snapshot: resolved by joins in DuckDB, no row in Python.

For registers of a province or the nation. What a sure key is follows `core.kernel.identifiers`: a bare credit code
with its check digit, or `kind:value` of a kind that identifies alone. A reference to a subject without a row of its
own makes that subject, as in intake. Rows that cannot be taken are counted by reason and written out beside:

| reason | rows |
| --- | --- |
| key | with a reference that is no sure key, or a subject without one |
| conflict | of a subject whose key goes with another code in an earlier row |
| missing | without a value that the contract requires |
| option | with a word that is not on the contract's list |
| period | that end before they begin |
| duplicate | that say something of a logical key for days of which an earlier row speaks |

Cells are not corrected on the way: what intake would mend (old division codes, full-width letters) must be right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from zhulian.bulk.runners import DuckdbRunner
from zhulian.bulk.schema import stored
from zhulian.bulk.snapshots import IDENTITY, SnapshotFolder, schemas
from zhulian.bulk.snapshots_files import SECRET_KINDS
from zhulian.bulk.snapshots_reading import copy, limited
from zhulian.bulk.snapshots_writing import KEEP, SnapshotWriter
from zhulian.core.kernel.dates import BEGINNING, FOREVER, STILL_KNOWN
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.tables import TABLES, Kind, Publicity, Table

register(
    ErrorKind(
        "snapshot.columns",
        "「{file}」的列与标准表不同：{columns}",
        "请核对列名和类型（docs/data-dictionary.md）；其他格式的文件请不加 --keyed",
    ),
    ErrorKind("snapshot.no_tables", "「{path}」里没有标准 Parquet 表", "请指明含有 enterprise.parquet 等文件的文件夹"),
)
REASONS: Final = {
    "key": "引用或编号不是可靠的键",
    "conflict": "编号与前面一行的另一个编号分属两个主体",
    "missing": "缺少必填的内容",
    "option": "填写的词不在可选范围内",
    "period": "结束日期不晚于开始日期",
    "duplicate": "与前面一行是同一条，有效期间重叠",
}
SOURCE: Final = "keyed"
FILE: Final = "part.parquet"
SUBJECTS: Final = ("enterprise", "person", "project")
_OWN: Final = {"enterprise": "uscc", "person": "id_no", "project": "project_code"}
"""The column of a subject's own table that is a key, too."""
_TYPES: Final = {
    Kind.TEXT: "string",
    Kind.REF: "string",
    Kind.DATE: "date32[day]",
    Kind.INT: "int64",
    Kind.BOOL: "bool",
}
_EXTRA: Final = {"fact_from": "date32[day]", "fact_until": "date32[day]"}
Progress = Callable[[str, int, int], object]

_MACROS: Final = r"""
CREATE MACRO check_digit(code) AS substr('0123456789ABCDEFGHJKLMNPQRTUWXY', 1 + CAST((31 - list_sum(list_transform(
  [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28],
  lambda weight, place: weight * (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, place, 1)) - 1))) % 31) % 31 AS INT), 1);
CREATE MACRO plain(key) AS CASE WHEN starts_with(key, 'uscc:') THEN substr(key, 6) ELSE key END;
CREATE MACRO sure(key) AS CASE
  WHEN key IS NULL THEN false
  WHEN regexp_full_match(plain(key), '[1-9ANY][0-9A-HJ-NP-RTUWXY][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}')
    THEN substr(plain(key), 18, 1) = check_digit(plain(key))
  ELSE regexp_full_match(key, '[A-Za-z_]+:[^\s].*') AND NOT regexp_full_match(key, '(name|local|uscc):.*') END;
"""


def snapshot_keyed(
    paths: Sequence[Path],
    to: Path,
    *,
    taken_at: int,
    rejects: Path,
    keep: int = KEEP,
    memory: str | None = None,
    progress: Progress = lambda _name, _done, _total: None,
) -> tuple[SnapshotFolder, Counter[tuple[str, str]]]:
    """A new version made of these files alone, and how many rows were refused, by table and reason.

    `rejects`: a folder for the refused rows, one Parquet file a table, made when there are any. `memory`: what DuckDB
    may use before it spills. `progress` gets the table, tables done and in all.

    Raises:
        ZhulianError: `snapshot.no_tables`, `snapshot.columns`, `snapshot.busy`, `snapshot.foreign`, `engine.memory`.
    """
    files = _files(paths)
    for table, found in files.items():
        for file in found:
            _check_columns(table, file)
    runner = limited(memory)
    refused: Counter[tuple[str, str]] = Counter()
    try:
        with SnapshotWriter(to, taken_at=taken_at, source=SOURCE, keep=keep, full=True) as writer:
            runner.connection.execute(_MACROS)
            making = _Making(runner, files)
            total = len(files) + 2
            progress("编号", 0, total)
            making.identify()
            copy(runner, making.identities(), writer.path(IDENTITY, FILE))
            writer.add(IDENTITY, FILE)
            for done, table in enumerate(files, start=1):
                progress(TABLES[table].label, done, total)
                making.judge(table)
                copy(runner, making.taken(table), writer.path(table, FILE))
                writer.add(table, FILE)
                refused.update(making.refuse(table, rejects))
            progress("发布", total - 1, total)
            return writer.publish(), refused
    finally:
        runner.connection.close()


def _files(paths: Sequence[Path]) -> dict[str, list[Path]]:
    """Parquet files by canonical table: `<table>.parquet`, or a folder `<table>` of parts; in the contract's order.

    Raises:
        ZhulianError: `snapshot.no_tables`.
    """
    found: dict[str, list[Path]] = {}
    for path in paths:
        for place in sorted(path.iterdir()) if path.is_dir() else [path]:
            name = place.stem if place.is_file() and place.suffix == ".parquet" else place.name
            parts = sorted(place.glob("*.parquet")) if place.is_dir() else [place]
            if name in TABLES and parts:
                found.setdefault(name, []).extend(parts)
    if not found:
        raise ZhulianError("snapshot.no_tables", path="、".join(map(str, paths)))
    return {name: found[name] for name in TABLES if name in found}


def _check_columns(table: str, file: Path) -> None:
    wanted = {**{c.name: _TYPES[c.kind] for c in TABLES[table].columns}, **_EXTRA}
    found = {f.name: str(f.type) for f in pq.read_schema(file)}
    odd = [f"{name} {kind}" for name, kind in found.items() if wanted.get(name) != kind]
    if odd:
        raise ZhulianError("snapshot.columns", file=file.name, columns="、".join(odd[:5]))


class _Making:
    """The SQL of one snapshot; identifiers are names of the contract, paths are bound."""

    def __init__(self, runner: DuckdbRunner, files: dict[str, list[Path]]) -> None:
        self._runner, self._files = runner, files
        for table, found in files.items():
            relation = runner.connection.read_parquet([str(f) for f in found], union_by_name=True)
            missing = {*TABLES[table].names, *_EXTRA} - set(relation.columns)
            nulls = ", ".join(f'CAST(NULL AS {_sql_type(table, name)}) AS "{name}"' for name in sorted(missing))
            # Rows are numbered in the order of the files: ids and answers are the same on every machine.
            numbered = f"*, row_number() OVER () AS _row{', ' + nulls if nulls else ''}"
            relation.project(numbered).create_view(f"in_{table}")

    def identify(self) -> None:
        """A table `id_<subject>` each: every sure key with the id of its subject."""
        last = 0
        for subject in SUBJECTS:
            told = [f"SELECT {_own_key(subject)} AS key, {_alias(subject)} AS other, _row FROM in_{subject} AS x"]  # noqa: S608 - names of the contract
            keys = (
                told if subject in self._files else ["SELECT NULL::VARCHAR AS key, NULL::VARCHAR AS other, 0 AS _row"]
            )
            keys += [
                f'SELECT DISTINCT "{column.name}", NULL, 0 FROM in_{table}'  # noqa: S608 - names of the contract
                for table in self._files
                for column in TABLES[table].columns
                if column.refers == subject and table != subject
            ]
            sql = _IDENTIFY.format(subject=subject, keys=" UNION ALL ".join(keys), last=last)
            self._runner.connection.execute(sql)
            last = int(self._runner.query(f"SELECT coalesce(max(id), {last}) FROM id_{subject}")[0][0])  # noqa: S608 - names of the contract

    def identities(self) -> str:
        """Rows of `identity`, without secret kinds."""
        secret = ", ".join(f"'{kind}'" for kind in sorted(SECRET_KINDS))
        each = [
            f"SELECT id AS subject, '{s}' AS subject_kind, CASE WHEN contains(key, ':') THEN split_part(key, ':', 1) ELSE 'uscc' END AS kind, "  # noqa: S608 - names of the contract
            f"CASE WHEN contains(key, ':') THEN substr(key, strpos(key, ':') + 1) ELSE key END AS value FROM id_{s}"
            for s in SUBJECTS
        ]
        return (
            f"SELECT row_number() OVER () AS row_id, subject, subject_kind, kind, value, true AS sure "  # noqa: S608 - names of the contract
            f"FROM (SELECT * FROM ({' UNION ALL '.join(each)}) WHERE kind NOT IN ({secret}) ORDER BY subject_kind, subject, kind)"
        )

    def judge(self, table: str) -> None:
        """Table `judged`: the rows with ids for their keys, and the reason of each that is refused."""
        contract = TABLES[table]
        refs = {c.name: f"i{n}" for n, c in enumerate(contract.columns) if c.refers}
        cells = ", ".join(f'{refs[c.name]}.id AS "{c.name}"' if c.refers else f'x."{c.name}"' for c in stored(contract))
        joins = " ".join(
            f"LEFT JOIN id_{contract.column(name).refers} AS {i} ON {i}.key = plain({_key(contract, name)})"
            for name, i in refs.items()
        )
        if table in _OWN:
            joins += f" LEFT JOIN id_{table} AS other ON other.key = plain({_alias(table)})"
        self._runner.connection.execute("DROP TABLE IF EXISTS judged")
        self._runner.connection.execute(
            f"CREATE TABLE judged AS SELECT x._row, {_since(contract)} AS fact_from, "  # noqa: S608 - names of the contract
            f"{_UNTIL} AS fact_until, {cells}, {_reason(contract, refs)} AS _reason FROM in_{table} AS x {joins}"
        )
        keys = ", ".join(f'"{name}"' for name in contract.key)
        self._runner.connection.execute(_DUPLICATES.format(keys=keys))

    def taken(self, table: str) -> str:
        """The physical rows of a table that was judged."""
        names = schemas()[table].names
        given = {"row_id": "_row", "recorded_at": "0::BIGINT", "superseded_at": f"{STILL_KNOWN}::BIGINT"}
        columns = ", ".join(f'{given.get(n, f"{chr(34)}{n}{chr(34)}")} AS "{n}"' for n in names)
        return f"SELECT {columns} FROM judged WHERE _reason IS NULL"  # noqa: S608 - names of the contract

    def refuse(self, table: str, folder: Path) -> Counter[tuple[str, str]]:
        """Count what was refused, and write the rows as they came, secret columns left out, with `_reason`."""
        counts = self._runner.query("SELECT _reason, count(*) FROM judged WHERE _reason IS NOT NULL GROUP BY _reason")
        if counts:
            folder.mkdir(parents=True, exist_ok=True)
            open_ = [c.name for c in TABLES[table].columns if c.public is not Publicity.SECRET]
            columns = ", ".join(f'x."{name}"' for name in (*open_, *_EXTRA))
            sql = f"SELECT {columns}, j._reason FROM in_{table} AS x JOIN judged AS j USING (_row) WHERE j._reason IS NOT NULL ORDER BY _row"  # noqa: S608 - names of the contract
            copy(self._runner, sql, folder / f"{table}.parquet")
        return Counter({(table, reason): count for reason, count in counts})


_IDENTIFY: Final = """
CREATE TABLE id_{subject} AS
WITH told AS (
  SELECT plain(key) AS key, CASE WHEN sure(other) THEN plain(other) END AS other, _row FROM ({keys}) WHERE sure(key)),
pair AS (
  SELECT key, arg_min(other, _row) AS other FROM told
  WHERE other IS NOT NULL AND other <> key AND contains(key, ':') GROUP BY key),
known AS (SELECT key FROM told UNION SELECT other FROM pair),
meant AS (SELECT known.key, coalesce(pair.other, known.key) AS subject FROM known LEFT JOIN pair USING (key)),
numbered AS (SELECT subject, row_number() OVER (ORDER BY subject) + {last} AS id FROM (SELECT DISTINCT subject FROM meant))
SELECT key, id FROM meant JOIN numbered USING (subject)"""
_DUPLICATES: Final = """
WITH twice AS (SELECT hash({keys}) AS h FROM judged WHERE _reason IS NULL GROUP BY h HAVING count(*) > 1),
rows AS (SELECT _row, row({keys}) AS key, hash({keys}) AS h, fact_from, fact_until FROM judged
  WHERE _reason IS NULL AND hash({keys}) IN (SELECT h FROM twice))
UPDATE judged SET _reason = 'duplicate' WHERE _row IN (
  SELECT b._row FROM rows AS a JOIN rows AS b ON a.h = b.h AND a.key IS NOT DISTINCT FROM b.key AND a._row < b._row
    AND a.fact_from < b.fact_until AND b.fact_from < a.fact_until)"""
_UNTIL: Final = f"coalesce(x.fact_until, DATE '{FOREVER}')"
_SQL: Final = {"string": "VARCHAR", "date32[day]": "DATE", "int64": "BIGINT", "bool": "BOOLEAN"}


def _sql_type(table: str, column: str) -> str:
    return _SQL[_EXTRA[column] if column in _EXTRA else _TYPES[TABLES[table].column(column).kind]]


def _since(table: Table) -> str:
    since = f'x."{table.since}", ' if table.since else ""
    return f"coalesce(x.fact_from, {since}DATE '{BEGINNING}')"


def _alias(subject: str) -> str:
    """The second key of a subject's row; a secret one finds nobody else."""
    column = _OWN[subject]
    if column in SECRET_KINDS:
        return "NULL::VARCHAR"
    return "x.uscc" if column == "uscc" else f"'{column}:' || x.{column}"


def _own_key(subject: str) -> str:
    column = _OWN[subject]
    return f"coalesce(x.{subject}, {'x.uscc' if column == 'uscc' else f'{chr(39)}{column}:{chr(39)} || x.{column}'})"


def _key(table: Table, column: str) -> str:
    return _own_key(column) if column == table.name and column in _OWN else f'x."{column}"'


def _reason(table: Table, refs: dict[str, str]) -> str:
    """The first thing that is wrong with a row, or null."""
    found: list[tuple[str, str]] = []
    for column in table.columns:
        cell = _key(table, column.name)
        if column.required or (column.refers and column.name == table.name):
            found.append((f"{cell} IS NULL", "missing" if column.required else "key"))
        if column.refers:
            found.append((f"{cell} IS NOT NULL AND {refs[column.name]}.id IS NULL", "key"))
        if column.options:
            words = ", ".join(f"'{option}'" for option in column.options)
            found.append((f"{cell} IS NOT NULL AND {cell} NOT IN ({words})", "option"))
    if table.name in _OWN:
        found.append((f"other.id <> {refs[table.name]}.id", "conflict"))
    found.append((f"{_since(table)} >= {_UNTIL}", "period"))
    return f"CASE {' '.join(f'WHEN {condition} THEN {chr(39)}{code}{chr(39)}' for condition, code in found)} END"
