"""A set of files loaded for one engine: the rows in memory, and who is who.

Nothing is written to disk but what DuckDB spills; secret columns are dropped on the way in.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from zhulian.bulk.findings import Subject
from zhulian.bulk.outputs import refusing
from zhulian.bulk.runners import DuckdbRunner, SqliteRunner
from zhulian.bulk.spark import SparkRunner
from zhulian.bulk.store import DuckdbStore, SqliteStore
from zhulian.core.kernel.dates import FOREVER
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.kernel.identifiers import Key, mask_name, parse_key
from zhulian.core.kernel.text import squash
from zhulian.intake import Register, Reject, Report, rejects_csv
from zhulian.intake import load as read_in
from zhulian.intake.loading import Sink

register(
    ErrorKind(
        "enterprise.not_found",
        "数据里没有企业「{value}」",
        "请核对统一社会信用代码或全称（曾用名也可）；先用 zhulian check 看数据里有哪些企业",
    ),
    ErrorKind("enterprise.ambiguous", "有 {count} 家企业叫「{value}」", "请改用其中一个键：{keys}"),
    ErrorKind("engine.unknown", "没有引擎「{value}」", "可选：{options}"),
)
AnyRunner: TypeAlias = DuckdbRunner | SqliteRunner | SparkRunner
PREFERRED: Final = ("uscc", "QY_ID")
"""Kinds of keys that an enterprise is shown by, the first that it has."""


@dataclass(frozen=True, slots=True)
class _Name:
    name: str
    since: dt.date
    until: dt.date


class Snapshot(Protocol):
    """Rows on an engine, and who is who: files in memory, or a folder of Parquet (`StoredSnapshot`)."""

    @property
    def runner(self) -> AnyRunner: ...
    def subject(self, enterprise: int, as_of: dt.date) -> Subject: ...
    def find(self, text: str) -> int: ...
    def people_names(self, people: Sequence[int]) -> dict[int, tuple[str, str]]: ...


class LoadedFiles:
    """Files in memory. `report` counts the records and keeps those that were not taken."""

    def __init__(self, runner: AnyRunner, register_: Register, report: Report) -> None:
        self.runner: AnyRunner = runner
        self.report = report
        self._register = register_
        self._names = self._read_names()
        self._keys = _best_keys(register_.keys("enterprise"))
        self._people = _best_keys(register_.keys("person"))

    def subject(self, enterprise: int, as_of: dt.date) -> Subject:
        """How an enterprise is shown: its key, and its name on the day (else the latest, else the one in the key)."""
        key = self._keys[enterprise]
        names = self._names.get(enterprise, [])
        on_the_day = [n for n in names if n.since <= as_of < n.until]
        found = (on_the_day or names)[-1:]
        return Subject(str(key), found[0].name if found else key.value.rpartition("@")[0])

    def find(self, text: str) -> int:
        """The enterprise meant by a credit code, another key, or an exact name, former names included.

        Raises:
            ZhulianError: `enterprise.not_found`, `enterprise.ambiguous`.
        """
        known = self._register.find("enterprise", meant(text))
        if known is not None:
            return known
        wanted = squash(text)
        named = {e for e, names in self._names.items() if any(squash(n.name) == wanted for n in names)}
        named |= {
            e
            for key, e in self._register.keys("enterprise").items()
            if key.kind == "name" and key.value.rpartition("@")[0] == wanted
        }
        if len(named) == 1:
            return named.pop()
        if not named:
            raise not_found(text)
        raise ambiguous(text, [self._keys[e] for e in named])

    def people_names(self, people: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Masked name and the last digits of the key of persons; files may have neither."""
        wanted = set(people)
        names = {
            person: name
            for person, name in self.runner.query("SELECT person, name FROM person ORDER BY row_id")
            if person in wanted
        }
        return {p: (mask_name(names[p]) if names.get(p) else "", masked_key(self._people[p])) for p in wanted}

    def write_rejects(self, path: Path) -> list[Path]:
        """:func:`write_rejects` of these files."""
        return write_rejects(self.report, path)

    def _read_names(self) -> dict[int, list[_Name]]:
        names: defaultdict[int, list[_Name]] = defaultdict(list)
        sql = "SELECT enterprise, name, fact_from, fact_until FROM enterprise ORDER BY enterprise, fact_from, row_id"
        for enterprise, name, since, until in self.runner.query(sql):
            names[enterprise].append(_Name(name, _day(since), _day(until)))
        return dict(names)


def load(paths: Sequence[Path], engine: str = "duckdb", progress: Callable[[int], object] | None = None) -> LoadedFiles:
    """Read canonical tables or files of known formats into an engine's memory.

    Rows count as known from the beginning: a file does not say when its facts were learnt. `progress` gets the
    number of records read, now and then.

    Raises:
        ZhulianError: `file.*` when nothing of a path can be read, `engine.unknown`.
    """
    if engine not in _ENGINES:
        raise ZhulianError("engine.unknown", value=engine, options="、".join(_ENGINES))
    runner, sink = _ENGINES[engine]()
    register_ = Register()
    return LoadedFiles(runner, register_, read_in(paths, register_, sink, progress=progress))


def write_rejects(report: Report, path: Path) -> list[Path]:
    """The records not taken, as a sheet that can be corrected and read again. One sheet per file and table.

    Further sheets get `-2`, `-3` … before the ending. The files written, in order.

    Raises:
        ZhulianError: `out.write`.
    """
    sheets: defaultdict[tuple[str, str | None], list[Reject]] = defaultdict(list)
    for each in report.rejects:
        sheets[each.position.file, each.table].append(each)
    targets: list[Path] = []
    for number, rows in enumerate(sheets.values(), start=1):
        target = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        targets.append(target)
        with refusing(target):
            target.write_text(rejects_csv(rows), encoding="utf-8-sig", newline="")
    return targets


def _duckdb() -> tuple[AnyRunner, Sink]:
    runner = DuckdbRunner()
    return runner, DuckdbStore(runner)


def _sqlite() -> tuple[AnyRunner, Sink]:
    runner = SqliteRunner()
    return runner, SqliteStore(runner)


_ENGINES: Final[dict[str, Callable[[], tuple[AnyRunner, Sink]]]] = {"duckdb": _duckdb, "sqlite": _sqlite}


def meant(text: str) -> Key:
    """The key that a user's text is; what is none is taken for a credit code, which nobody has."""
    try:
        return parse_key(text)
    except ZhulianError:
        return Key("uscc", text)


def not_found(text: str) -> ZhulianError:
    """Nobody is called that."""
    return ZhulianError("enterprise.not_found", value=text)


def ambiguous(text: str, keys: Sequence[Key]) -> ZhulianError:
    """Several are called that; some of their keys tell them apart."""
    shown = "、".join(sorted(map(str, keys))[:5])
    return ZhulianError("enterprise.ambiguous", value=text, count=len(keys), keys=shown)


def _best_keys(keys: Mapping[Key, int]) -> dict[int, Key]:
    """The key that each subject is shown by."""
    rank = {kind: i for i, kind in enumerate(PREFERRED)}
    best: dict[int, Key] = {}
    for key, id_ in keys.items():
        old = best.get(id_)
        if old is None or rank.get(key.kind, 9 if key.sure else 10) < rank.get(old.kind, 9 if old.sure else 10):
            best[id_] = key
    return best


def masked_key(key: Key) -> str:
    """The last digits of a person's key: enough to tell namesakes apart, too little to identify."""
    return "" if key.kind == "name" else f"…{key.value[-4:]}"


def _day(value: object) -> dt.date:
    """A stored date: SQLite gives text."""
    if isinstance(value, dt.date):
        return value
    return dt.date.fromisoformat(str(value)) if value else FOREVER
