"""Papers of the demonstration's first enterprise that run out soon: one in each step of 到期提醒, seen from today.

The town's papers run out when they do; on most days no enterprise has one in every step. These are a supplement that
is handed in like the others, about people who are registered there already, and changes no shortfall of the town.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from zhulian.core.kernel.dates import add_years

CODE: Final = "D210X"
"""Held by the supplement besides what the town gives: a second qualification, and the first to run out."""


def papers_write(town: Path, out: Path, *, enterprise: str, until: dt.date) -> None:
    """CSV files of the supplement, one per table.

    Args:
        town: folder of the finished town.
        out: where to write; made when it is not there, files of before are replaced.
        enterprise: credit code.
        until: the town's last day, from which the days are counted.

    Raises:
        OSError: when the folder cannot be written.
    """
    people = _people(town, enterprise)
    out.mkdir(parents=True, exist_ok=True)
    for number, (table, days, years, told) in enumerate(_PAPERS):
        valid = until + dt.timedelta(days=days)
        issued = add_years(valid, -years)
        row = {"enterprise": enterprise, **told, "valid_until": valid.isoformat(), "fact_from": issued.isoformat()}
        if table != "qualification":
            row["person"] = people[number % len(people)]
        if table in {"qualification", "post_certificate"}:
            row["issued_on"] = issued.isoformat()
        _write(out / f"{table}-{days}.csv", row)


_PAPERS: Final[Sequence[tuple[str, int, int, Mapping[str, str]]]] = (
    ("qualification", 5, 5, {"certificate_no": "D337995001", "code": CODE, "status": "有效"}),
    ("safety_certificate", 12, 3, {"certificate_no": "鲁建安B(补)9950012", "class": "B"}),
    ("safety_certificate", 26, 3, {"certificate_no": "鲁建安C(补)9950026", "class": "C3"}),
    ("registration", 48, 3, {"registration_no": "补995048", "kind": "二级注册建造师", "specialty": "矿业工程"}),
    ("post_certificate", 81, 3, {"certificate_no": "补3799500081", "post": "质量员"}),
)
"""Table, days left, years it was valid for, what else its row says."""


def _people(town: Path, enterprise: str) -> list[str]:
    """Who is registered there now, in the order of the file."""
    rows = pl.scan_parquet(town / "registration.parquet").filter(
        (pl.col("enterprise") == enterprise) & pl.col("fact_until").is_null()
    )
    return rows.select("person").unique(maintain_order=True).collect()["person"].to_list()


def _write(file: Path, row: Mapping[str, str]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(row))
        writer.writeheader()
        writer.writerow(row)
