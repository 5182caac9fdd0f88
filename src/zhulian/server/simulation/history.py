"""A city's files as what becomes known on which day: the base, then one delivery a day.

A row becomes known when its fact begins; an accident on the day it was reported. The end of a fact that stands on
its row is known with the row, as registers tell it (a registration's last day).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from zhulian.city import EVENTS_FILE, LABEL_FILES, LINKAGE_LABELS_FILE
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.tables import TABLES

register(
    ErrorKind(
        "simulation.city",
        "「{path}」不是一座虚构的城市：没有 {missing}",
        "请写 zhulian city 造出的文件夹，如先执行 zhulian city town --seed 1",
    )
)
_LATER: Final = {"accident": "reported_on"}
"""Table → the column of the day on which the row becomes known, where that is after its fact began."""
_KNOWN: Final = "known_on"


@dataclass(frozen=True, slots=True)
class Label:
    """What linkage must make of a planted happening (`linkage-labels.parquet`)."""

    story: str
    event: str
    on: dt.date
    enterprise: str
    rule: str
    fires: bool


@dataclass(slots=True)
class History:
    """A city's rows by table, its pushed events by day, its labels."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    events: dict[dt.date, list[dict[str, Any]]] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)

    def before(self, day: dt.date) -> dict[str, pl.DataFrame]:
        """What is known up to a day, that day included."""
        return self._chosen(pl.col(_KNOWN).is_null() | (pl.col(_KNOWN) <= day))

    def of(self, day: dt.date) -> dict[str, pl.DataFrame]:
        """What becomes known on a day."""
        return self._chosen(pl.col(_KNOWN) == day)

    def _chosen(self, which: pl.Expr) -> dict[str, pl.DataFrame]:
        found = {name: rows.filter(which).drop(_KNOWN) for name, rows in self.tables.items()}
        return {name: rows for name, rows in found.items() if rows.height}


def read(folder: Path) -> History:
    """The files of a city.

    Raises:
        ZhulianError: `simulation.city` when the folder is none.
    """
    for name in (EVENTS_FILE, LINKAGE_LABELS_FILE, "enterprise.parquet"):
        if not (folder / name).exists():
            raise ZhulianError("simulation.city", path=folder, missing=name)
    out = History(labels=[Label(**_cells(row)) for row in pl.read_parquet(folder / LINKAGE_LABELS_FILE).to_dicts()])
    for path in sorted(folder.glob("*.parquet")):
        if path.name not in LABEL_FILES and path.stem in TABLES:
            out.tables[path.stem] = _with_day(path.stem, pl.read_parquet(path))
    for line in (folder / EVENTS_FILE).read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        out.events.setdefault(dt.datetime.fromisoformat(event["time"]).date(), []).append(event)
    return out


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in Label.__slots__}


def _with_day(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    later = [_LATER[table]] if table in _LATER else []
    return rows.with_columns(pl.max_horizontal("fact_from", *later).alias(_KNOWN))


def write(tables: Mapping[str, pl.DataFrame], folder: Path) -> list[Path]:
    """Files of a delivery, one per table, in the order of the contract."""
    folder.mkdir(parents=True)
    paths = []
    for name in TABLES:
        if name in tables:
            paths.append(folder / f"{name}.parquet")
            tables[name].write_parquet(paths[-1])
    return paths


def busiest(history: History, start: dt.date, end: dt.date, most: int) -> list[str]:
    """The first enterprises to which something planted happens in `(start, end]`, in the labels' order."""
    named = (label.enterprise for label in history.labels if label.fires and start < label.on <= end)
    return list(dict.fromkeys(named))[:most]


def cut(history: History, enterprises: Sequence[str]) -> History:
    """The part of a city that concerns some enterprises: a small one for tests and trials."""
    kept = set(enterprises)
    firms = {n: t.filter(_of(t, "enterprise", kept)) for n, t in history.tables.items() if "enterprise" in t.columns}
    persons = _named(firms, "person") | _named(firms, "lead_person")
    projects, tenders = _named(firms, "project"), _named(firms, "tender_no")
    others = {n: t for n, t in history.tables.items() if n not in firms}
    out = dict(firms)
    for name, rows in others.items():
        column, chosen = (
            ("tender_no", tenders)
            if name == "tender"
            else ("project", projects)
            if name == "project"
            else ("person", persons)
        )
        out[name] = rows.filter(pl.col(column).is_in(list(chosen)))
    events = {day: [e for e in found if e["data"]["enterprise"] in kept] for day, found in history.events.items()}
    return History(
        {name: out[name] for name in history.tables},
        {day: found for day, found in events.items() if found},
        [label for label in history.labels if label.enterprise in kept],
    )


def _of(rows: pl.DataFrame, column: str, kept: set[str]) -> pl.Expr:
    # Coverage of a whole division names no enterprise and concerns everybody.
    chosen = pl.col(column).is_in(list(kept))
    return chosen | pl.col(column).is_null() if "table_name" in rows.columns else chosen


def _named(tables: Mapping[str, pl.DataFrame], column: str) -> set[str]:
    found = (rows[column].drop_nulls().to_list() for rows in tables.values() if column in rows.columns)
    return set().union(*found)
