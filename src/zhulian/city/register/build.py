"""Writing a register: batches of enterprises with their people, row group by row group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import polars as pl

from zhulian.city.folder import fresh
from zhulian.city.parquet import Files, schema_of
from zhulian.city.register.draws import Draws
from zhulian.city.register.firms import Firms
from zhulian.city.register.people import People
from zhulian.city.register.shape import RegisterSize, counties
from zhulian.core.kernel.dates import add_years
from zhulian.core.tables import TABLES, Kind

BATCH: Final = 200_000
"""Persons of one batch, about: some hundred megabytes at most, whatever the size of the register."""
FEWEST: Final = 2
"""A legal representative and a technical lead."""
_PLAIN: Final = frozenset(
    {"enterprise", "uscc", "name", "id_no", "person", "certificate_no", "registration_no", "permit_no", "address"}
)
"""Columns in which hardly a value comes twice: a dictionary would only cost."""
_UNTOLD_PROVINCES: Final = frozenset({"54", "63"})
"""Whose insurance offices answer for nobody."""
_EVERYONE: Final = (
    *("registration", "title", "post_certificate", "safety_certificate", "skill", "officer"),
    *("qualification", "safety_permit", "finance", "equipment"),
)


def write_register(
    size: RegisterSize,
    out: Path,
    *,
    seed: int,
    until: dt.date,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> dict[str, int]:
    """Write the canonical Parquet files of a register; rows by table.

    Memory holds one batch and two columns about the enterprises. The same size, seed and day give the same rows.
    `progress` gets persons done and in all.

    Raises:
        ZhulianError: `city.space`, before anything is written.
        OSError: when the folder cannot be written.
    """
    firms = Firms(size, Draws(seed), until)
    people = People(firms)
    rows: dict[str, int] = {}
    with fresh(out, size.disk) as folder, ExitStack() as stack:
        files = Files(folder, stack)

        def write(table: str, frame: pl.DataFrame) -> None:
            files.table(table, _shaped(table, frame), plain=_PLAIN, level=1)
            rows[table] = rows.get(table, 0) + frame.height

        for first, last, ends in _batches(firms):
            frame = firms.batch(first, last).with_columns(people_from=ends[:-1], people=ends[1:] - ends[:-1])
            for table, made in _tables(firms, people, frame):
                write(table, made)
            progress(int(ends[-1]), size.persons)
        write("coverage", _coverage(size, until))
    return rows


def _batches(firms: Firms) -> Iterator[tuple[int, int, pl.Series]]:
    """First and last number of each batch, and for its enterprises where their people begin, with the end."""
    size = firms.size
    weights = firms.weights().cast(pl.UInt64)
    sums = weights.cum_sum()
    # Two persons for everybody, the rest by the running share of the weight: all of them are given, none twice.
    rest = size.persons - FEWEST * size.enterprises
    ends = pl.concat([pl.Series([0], dtype=pl.Int64), (sums * rest // sums[-1]).cast(pl.Int64)])
    ends += FEWEST * pl.int_range(size.enterprises + 1, eager=True)
    step = max(1, size.enterprises * BATCH // size.persons)
    for first in range(0, size.enterprises, step):
        last = min(first + step, size.enterprises)
        yield first, last, ends[first : last + 1]


def _tables(firms: Firms, people: People, frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    yield "enterprise", firms.enterprise(frame)
    yield "qualification", firms.qualification(frame, firms.codes(frame))
    yield "finance", firms.finance(frame)
    yield "safety_permit", firms.safety_permit(frame)
    yield "equipment", firms.equipment(frame)
    staff = people.batch(frame)
    yield "person", people.person(staff)
    yield "insurance", people.insurance(staff)
    yield "officer", people.officer(staff)
    yield "registration", people.registration(staff)
    yield "title", people.title(staff)
    yield "post_certificate", people.post_certificate(staff)
    yield "safety_certificate", people.safety_certificate(staff)
    yield "skill", people.skill(staff)


_TYPES: Final = {
    Kind.TEXT: pl.String,
    Kind.REF: pl.String,
    Kind.DATE: pl.Date,
    Kind.INT: pl.Int64,
    Kind.BOOL: pl.Boolean,
}


def _shaped(table: str, frame: pl.DataFrame) -> object:
    """The columns of the contract in their order; those that nothing was drawn for are empty."""
    types = {c.name: _TYPES[c.kind] for c in TABLES[table].columns} | {"fact_from": pl.Date, "fact_until": pl.Date}
    columns = [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name) for name, kind in types.items()
    ]
    return frame.select(columns).to_arrow().cast(schema_of(TABLES[table]))


def _coverage(size: RegisterSize, until: dt.date) -> pl.DataFrame:
    """Complete feeds for everyone; insurance by province, two of which say nothing."""
    start = add_years(until, -8)
    rows = [
        {"feed": "全国建筑市场监管公共服务平台", "table_name": table, "division": None, "complete": True}
        for table in _EVERYONE
    ]
    rows += [
        {
            "feed": "省社会保险经办机构",
            "table_name": "insurance",
            "division": f"{p}0000",
            "complete": p not in _UNTOLD_PROVINCES,
        }
        for p in (size.provinces or counties())
    ]
    return pl.DataFrame(rows, schema_overrides={"division": pl.String}).with_columns(
        period_from=pl.lit(start), fact_from=pl.lit(start)
    )
