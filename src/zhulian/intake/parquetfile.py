"""Parquet by batches, so that memory holds a batch and the pages it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from zhulian.core.kernel.errors import ZhulianError

BATCH: Final = 8192
BATCH_TEXT: Final = 32 << 20
"""Bytes of one column's texts in a batch, at most; with long texts a batch has fewer records."""
TEXT_LIMIT: Final = 1 << 18
"""Bytes of one cell: about what a line of a CSV may have."""
GROUP_LIMIT: Final = 2 << 30
"""Uncompressed bytes of one row group; a larger one would have to be held in memory."""
COLUMN_LIMIT: Final = 200
_CHINA: Final = "Asia/Shanghai"


def _open(path: Path, shown: str) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        meta = file.metadata
        largest = max((meta.row_group(i).total_byte_size for i in range(meta.num_row_groups)), default=0)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ZhulianError("file.parquet", file=shown, detail=_words(error)) from None
    if largest > GROUP_LIMIT or meta.num_columns > COLUMN_LIMIT:
        raise ZhulianError("file.too_large", file=f"{shown}（一个行组）", size=largest >> 20, limit=GROUP_LIMIT >> 20)
    return file


def _words(error: Exception) -> str:
    return str(error)[:200]


def parquet_header(path: Path, shown: str) -> list[str]:
    """Names of the columns.

    Raises:
        ZhulianError: `file.parquet`.
    """
    with _open(path, shown) as file:
        return [str(name) for name in file.schema_arrow.names]


def parquet_records(path: Path, shown: str, skip: int = 0) -> Iterator[tuple[object, ...]]:
    """Cells of each record as Python values, after the first `skip`; row groups that are skipped are not read.

    A cell that is no value of Python (damaged text, a day beyond the year 9999) comes as a text that says so.

    Raises:
        ZhulianError: `file.parquet`, also in the middle when a page is damaged.
    """
    import pyarrow as pa

    with _open(path, shown) as file:
        groups = list(range(file.metadata.num_row_groups))
        while groups and (size := file.metadata.row_group(groups[0]).num_rows) <= skip:
            skip -= size
            groups.pop(0)
        try:
            for group in groups:
                size = _batch_size(path, group, shown)
                for batch in file.iter_batches(batch_size=size, row_groups=[group]):
                    kept = batch.slice(skip) if skip else batch
                    skip -= batch.num_rows - kept.num_rows
                    yield from zip(*(_cells(column) for column in kept.columns), strict=True)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise ZhulianError("file.parquet", file=shown, detail=_words(error)) from None


def _batch_size(path: Path, group: int, shown: str) -> int:
    """How many records at once: a dictionary says a long text once for a million records, in a small file.

    Raises:
        ZhulianError: `file.parquet` for a text that is no cell.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        texts = [f.name for f in file.schema_arrow if _is_text(f.type)]
    longest = 1
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        first = next(file.iter_batches(batch_size=1, row_groups=[group], columns=texts), None) if texts else None
        for name, column in zip(texts, first.columns if first is not None else (), strict=False):
            values = column.dictionary if pa.types.is_dictionary(column.type) else column
            length = pc.max(pc.binary_length(values)).as_py() or 0
            if length > TEXT_LIMIT:
                raise ZhulianError("file.parquet", file=shown, detail=f"列「{name}」有一格超过 {TEXT_LIMIT} 字节")
            longest = max(longest, length)
    return max(1, min(BATCH, BATCH_TEXT // longest))


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    kinds = pa.types.is_string, pa.types.is_binary, pa.types.is_large_string, pa.types.is_large_binary
    return any(is_kind(kind) for is_kind in kinds)


def _cells(column: Any) -> list[object]:
    """A column of a batch as Python values; moments are those of China."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", tz=_CHINA if kind.tz else None), safe=False)
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [None if cell is None else _text(cell) for cell in column.to_pylist()]
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):
        return [_cell(scalar) for scalar in column]


def _cell(scalar: Any) -> object:
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return _text(scalar.as_buffer().to_pybytes())
    except (ValueError, OverflowError):
        return str(scalar.value)


def _text(data: bytes) -> str:
    """Text of bytes. Damaged ones begin with the sign for that, which no column takes, and stay readable."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "\ufffd" + data.decode("utf-8", "backslashreplace")
