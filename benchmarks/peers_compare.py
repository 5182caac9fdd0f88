"""What each peer of `peers.py` said beside what we said: its answers count only when they are the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

import nation
import rules as small
from common import FailedError

_COUNTS = ("s0", "m0", "s1", "m1", "s2", "m2")


def _same(alike: object, *what: object) -> None:
    if not alike:
        raise _other(*what)


def _other(*what: object) -> FailedError:
    return FailedError(f"another answer than ours: {what}")


def compare_hand(out: Path) -> str:
    """Bounds and doubts of the one grade, both ways.

    Raises:
        FailedError: an answer differs; so do all functions of this module.
    """
    try:
        rows = nation.compare(out / "hand" / "hand.parquet", out / "one" / f"{small.CODE}.parquet")
    except AssertionError as error:
        raise _other("by hand", error) from error
    return f"bounds and doubts of {rows:,} holders: the same"


def compare_numpy(out: Path) -> str:
    """Every bound of every holder of every rule."""
    rows = bounds = 0
    for stored in sorted((out / "numpy").glob("*.npz")):
        file, arrays = out / "ours" / f"{stored.stem}.parquet", np.load(stored)
        if not file.exists():
            continue
        table, nothing = pq.read_table(file).sort_by("enterprise"), np.iinfo(np.int64).min
        firm = table["enterprise"].to_numpy()
        place = np.searchsorted(arrays["enterprise"], firm)
        _same((arrays["enterprise"][place] == firm).all(), stored.stem, "holders")
        for name in sorted(set(arrays.files) & set(table.column_names) - {"enterprise"}):
            mine = table[name].fill_null(nothing if name.endswith(("_low", "_high")) else 0).to_numpy()
            _same((mine == arrays[name][place]).all(), stored.stem, name)
            bounds += len(firm)
        rows += len(firm)
    _same(bounds, "numpy", "nothing was compared")
    return f"{bounds:,} bounds of {rows:,} pairs under the nation's text: the same"


def compare_zen(out: Path) -> str:
    """The sample's bounds and its first verdict."""
    mine = {row["enterprise"]: row for row in pq.read_table(out / "one" / f"{small.CODE}.parquet").to_pylist()}
    found = json.loads((out / "zen" / "zen.json").read_text(encoding="utf-8"))
    for id_, row in found.items():
        expected = {**{name: mine[int(id_)][name] for name in _COUNTS}, "money": mine[int(id_)]["c0_verdict"]}
        _same({name: row[name] for name in expected} == expected, "zen-engine", id_, row, expected)
    _same(found, "zen-engine", "nothing was compared")
    return f"bounds and one verdict of {len(found):,} records: the same"


def compare_spark(ours: Path, theirs: Path) -> str:
    """Row for row, column for column."""
    rows = 0
    for file in sorted(theirs.glob("*.parquet")):
        here, there = (pq.read_table(folder / file.name).sort_by("enterprise") for folder in (ours, theirs))
        _same(here.equals(there.select(here.column_names).cast(here.schema)), file.name)
        rows += here.num_rows
    _same(rows, theirs.name, "nothing was compared")
    return f"{rows:,} rows, every column: the same"


def pairs(folder: Path) -> int:
    """Rows of verdicts, of all rules."""
    return sum(pq.read_metadata(file).num_rows for file in folder.glob("D*.parquet"))
