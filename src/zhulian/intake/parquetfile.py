"""Parquet by batches, so that memory holds a batch and the pages it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from zhulian.core.kernel.errors import ZhulianError

BATCH: Final = 8192
GROUP_LIMIT: Final = 2 << 30
"""Uncompressed bytes of one row group; a larger one would have to be held in memory."""
COLUMN_LIMIT: Final = 200


def _open(path: Path, shown: str) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise ZhulianError("file.parquet", file=shown, detail=str(error)[:200]) from None
    meta = file.metadata
    largest = max((meta.row_group(i).total_byte_size for i in range(meta.num_row_groups)), default=0)
    if largest > GROUP_LIMIT or meta.num_columns > COLUMN_LIMIT:
        raise ZhulianError("file.too_large", file=f"{shown}（一个行组）", size=largest >> 20, limit=GROUP_LIMIT >> 20)
    return file


def parquet_header(path: Path, shown: str) -> list[str]:
    """Names of the columns.

    Raises:
        ZhulianError: `file.parquet`.
    """
    with _open(path, shown) as file:
        return [str(name) for name in file.schema_arrow.names]


def parquet_records(path: Path, shown: str, skip: int = 0) -> Iterator[tuple[object, ...]]:
    """Cells of each record as Python values, after the first `skip`; row groups that are skipped are not read.

    Raises:
        ZhulianError: `file.parquet`, also in the middle when a page is damaged.
    """
    import pyarrow as pa

    with _open(path, shown) as file:
        groups = list(range(file.metadata.num_row_groups))
        while groups and (size := file.metadata.row_group(groups[0]).num_rows) <= skip:
            skip -= size
            groups.pop(0)
        if not groups:
            return
        try:
            for batch in file.iter_batches(batch_size=BATCH, row_groups=groups):
                kept = batch.slice(skip) if skip else batch
                skip -= batch.num_rows - kept.num_rows
                yield from zip(*(column.to_pylist() for column in kept.columns), strict=True)
        except (pa.ArrowException, OSError) as error:
            raise ZhulianError("file.parquet", file=shown, detail=str(error)[:200]) from None
