"""The entry points: what is this file, and its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.tables import TABLES
from zhulian.intake import container, workbook
from zhulian.intake.container import File
from zhulian.intake.csvfile import Broken, csv_records
from zhulian.intake.detecting import detect_file, header_of
from zhulian.intake.errors import problem_of
from zhulian.intake.formats import EXPORT, canonical, jzsc_json
from zhulian.intake.formats.adapter import ASIDE, BOOKKEEPING, LINE, Checkers, Converted, Target, convert, reject
from zhulian.intake.formats.headings import target_of, unsure_days
from zhulian.intake.jsonfile import export_records, read_json
from zhulian.intake.model import Format, Position, Problem, Reject, Row
from zhulian.intake.parquetfile import parquet_header, parquet_records
from zhulian.intake.rejects import unescape
from zhulian.intake.seen import Seen, entry
from zhulian.intake.sheetfile import layout, sheet_records

Convert: TypeAlias = Callable[[Sequence[object], Position], Converted]
_TABLE_ORDER: Final = {name: i for i, name in enumerate(TABLES)}
_SUBJECTS: Final = ("enterprise", "person", "project")
_EXPORT_ORDER: Final = {name: i for i, name in enumerate(("jzsc-json", *EXPORT))}


@dataclass(frozen=True, slots=True)
class Source:
    """One file and what it is."""

    file: File
    format: Format


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of a path in the order in which they are read, and those that are none of ours, with the reason."""

    known: tuple[Source, ...]
    refused: tuple[tuple[str, ZhulianError], ...]


def detect(path: Path, *, table: str = "") -> Format:
    """What a file is, by content. `table` is a hint for a canonical file with another name.

    Of a folder or a zip archive: the format of its first file.

    Raises:
        ZhulianError: `file.*`, naming what was found and the known formats.
    """
    with sources(path, table=table) as found:
        return _strict(path, found).known[0].format


@contextmanager
def sources(path: Path, format: str | None = None, *, table: str = "") -> Iterator[Sources]:  # noqa: A002 - the word users type: --format
    """The files of a file, folder or zip, subjects first. Files unpacked from an archive exist until the context ends.

    Raises:
        ZhulianError: `file.missing`, `file.zip*`; what is wrong with a single file stands in `refused`.
    """
    with container.files(path) as found:
        known: list[Source] = []
        refused: list[tuple[str, ZhulianError]] = []
        for file in found:
            try:
                parts = workbook.sheets(file) if workbook.is_workbook(file.path) else [(file, None)]
            except ZhulianError as error:
                refused.append((file.shown, error))
            else:
                _look(parts, format, table, known, refused)
        known.sort(key=lambda s: (_rank(s.format), s.file.shown))
        yield Sources(tuple(known), tuple(refused))


def _look(
    parts: Sequence[tuple[File, ZhulianError | None]],
    wanted: str | None,
    table: str,
    known: list[Source],
    refused: list[tuple[str, ZhulianError]],
) -> None:
    """One file, or the sheets of one workbook; sheets that nobody filled in are passed over when another has data."""
    empty: list[tuple[str, ZhulianError]] = []
    count = len(known)
    for file, error in parts:
        try:
            if error is not None:
                raise error
            known.append(Source(file, detect_file(file, wanted, table)))
        except ZhulianError as found:
            (empty if found.code == "file.sheet_empty" else refused).append((file.shown, found))
    if len(known) == count:
        refused += empty


def _rank(format_: Format) -> tuple[int, int]:
    """Subjects before the rows that refer to them, sure identities before provisional ones."""
    if not format_.table:
        return 1, _EXPORT_ORDER[format_.name]
    return (0 if format_.table in _SUBJECTS else 2), _TABLE_ORDER[format_.table]


def _strict(path: Path, found: Sources) -> Sources:
    """Refuses a path of which nothing can be read."""
    if found.known:
        return found
    if found.refused:
        raise found.refused[0][1]
    raise ZhulianError("file.empty", file=path.name)


def read(path: Path, format: str | None = None, *, table: str = "", skip: int = 0) -> Iterator[Row | Reject]:  # noqa: A002 - the word users type: --format
    """Rows and rejects of a file, folder or zip, in order, in bounded memory.

    All rows of one record follow each other and share its position. `skip` leaves out the first records, so that
    a killed job resumes at the record after the last committed one; they are still parsed, because a later
    record may contradict them, so keep the iterator while the process lives. Files of a folder that are not
    ours are left out: see :func:`sources`. Rows with record number 0 are what the file says about itself (coverage).

    Raises:
        ZhulianError: `file.*` when the file as a whole cannot be read.
    """
    with sources(path, format, table=table) as found:
        left = skip
        for source in _strict(path, found).known:
            for record in records(source):
                counted = _number(record) > 0
                if left > 0 and counted:
                    left -= 1
                elif isinstance(record, Reject):
                    yield record
                else:
                    yield from record


def _number(record: Converted) -> int:
    return record.position.record if isinstance(record, Reject) else record[0].position.record


def converted(source: Source) -> Iterator[Converted]:
    """The records of one file, each as its rows or its reject, without comparing them with each other.

    Raises:
        ZhulianError: `file.*`.
    """
    return _read_sheet(source) if source.file.sheet else _READERS[source.format.name](source)


def records(source: Source) -> Iterator[Converted]:
    """The same; a row that stood before in the file is marked, one that contradicts an earlier one is refused.

    Raises:
        ZhulianError: `file.*`.
    """
    seen = Seen()
    try:
        for record in converted(source):
            yield record if isinstance(record, Reject) else _settled(record, seen)
    finally:
        seen.close()


def _settled(rows: list[Row], seen: Seen) -> Converted:
    """Marks the rows that stood before; a contradiction turns the record into a reject."""
    if len(rows) == 1 and not rows[0].derived:  # most records: no lists to make
        said = seen.settle([entry(TABLES[rows[0].table], rows[0])])
        if said == [0]:
            return rows
        return duplicate(rows[0], f"第 {said} 条") if isinstance(said, int) else [rows[0]._replace(repeats=True)]
    own = [(i, *entry(TABLES[row.table], row)) for i, row in enumerate(rows) if not row.derived]
    said = seen.settle([(key, earlier) for _, key, earlier in own])
    if isinstance(said, int):
        row = rows[own[-1][0]]
        key = "、".join(f"{c}={row.values.get(c) or '（空）'}" for c in TABLES[row.table].key)
        problem = problem_of(
            ZhulianError("row.duplicate_key", first=f"第 {said} 条", key=key), TABLES[row.table].key[-1]
        )
        return reject(row.table, row.position, row.raw, (problem,))
    for (i, _, _), before in zip(own, said, strict=True):
        if before:
            rows[i] = rows[i]._replace(repeats=True)
    return rows


def duplicate(row: Row, first: str) -> Reject:
    """The reject of a row that contradicts an earlier one."""
    columns = TABLES[row.table].key
    key = "、".join(f"{c}={row.values.get(c) or '（空）'}" for c in columns)
    problem = problem_of(ZhulianError("row.duplicate_key", first=first, key=key), columns[-1])
    return reject(row.table, row.position, row.raw, (problem,))


def _read_csv(source: Source) -> Iterator[Converted]:
    """All CSV formats: records of a header, converted by what the format makes of that header."""
    file, format_ = source.file, source.format
    header = header_of(file.path, format_.encoding, file.shown)
    convert_cells = _converter(format_, header)
    stream = csv_records(file.path, format_.encoding, file.shown)
    next(stream)
    number = 0
    for number, record in enumerate(stream, start=1):
        if isinstance(record, Broken):
            position = Position(file.shown, number, record.line)
            error = ZhulianError("row.quote", detail=_QUOTES.get(record.detail, record.detail))
            yield canonical.uncut(format_.table or None, header, record.text, position, error)
            continue
        line, cells = record
        while len(cells) > len(header) and not cells[-1]:
            cells.pop()
        yield convert_cells(cells, Position(file.shown, number, line))
    if number == 0:
        raise ZhulianError("file.header_only", file=file.shown)


_QUOTES: Final = {
    "unexpected end of data": "到文件末尾也没有右引号",
    "record too long": "右引号太远",
    "',' expected after '\"'": "右引号后面不是逗号",
}


def _converter(format_: Format, header: list[str]) -> Convert:
    """How the format reads records of this header; a sheet of rejects is first freed of what we added."""
    checkers = Checkers()
    if format_.table:
        convert_cells = canonical.binder(format_.table, header, checkers)
    else:
        convert_cells = _by_field(format_, header, checkers)
    return _from_sheet(format_, header, convert_cells) if set(BOOKKEEPING) <= set(header) else convert_cells


def _by_field(format_: Format, header: list[str], checkers: Checkers) -> Convert:
    def apply(cells: Sequence[object], position: Position) -> Converted:
        if len(cells) != len(header):
            return canonical.ragged(None, header, cells, position)
        raw = canonical.raw_of(header, cells)
        try:
            targets = _targets(format_, raw)
        except ZhulianError as error:
            return reject(None, position, raw, (problem_of(error, jzsc_json.ANSWER),))
        return convert(targets, raw, position, checkers)

    return apply


def _targets(format_: Format, raw: Mapping[str, str]) -> tuple[Target, ...]:
    """What a record of an outside format gives.

    Raises:
        ZhulianError: `code.option` for a sheet of answers that names none.
    """
    if format_.name != "jzsc-json":
        return EXPORT[format_.name].targets
    return jzsc_json.by_name(raw[jzsc_json.ANSWER]).targets


def _from_sheet(format_: Format, header: list[str], convert_cells: Convert) -> Convert:
    def apply(cells: Sequence[object], position: Position) -> Converted:
        plain = [unescape(str(c)) for c in cells]
        told = dict(zip(header, plain, strict=False))
        if told.get(LINE) and not any(v for h, v in told.items() if h not in ASIDE):
            return canonical.uncut(format_.table or None, header, told[LINE], position, ZhulianError("row.uncut"))
        return convert_cells(plain, position)

    return apply


def _read_sheet(source: Source) -> Iterator[Converted]:
    """A sheet of a workbook, whatever it holds: every cell is text by now, so it goes the way of the outside formats."""
    file, format_ = source.file, source.format
    found = layout(file, format_.table)
    header = list(found.header)
    checkers = Checkers()
    target = target_of(TABLES[format_.table], header, file.shown) if format_.table else None
    from_1904 = workbook.counts_from_1904(file)
    for number, (row, cells) in enumerate(sheet_records(file, found), start=1):
        position = Position(file.shown, number, row)
        if len(cells) != len(header):
            yield canonical.ragged(format_.table or None, header, cells, position)
            continue
        raw = canonical.raw_of(header, cells)
        if from_1904 and target:
            raw = unsure_days(target, raw)
        told = dict(zip(header, cells, strict=True))
        if told.get(LINE) and not any(raw.values()):
            yield canonical.uncut(format_.table or None, header, told[LINE], position, ZhulianError("row.uncut"))
        elif problems := _spoilt(raw):
            yield reject(format_.table or None, position, raw, problems)
        else:
            yield _from_cells(format_, target, raw, position, checkers)


def _from_cells(
    format_: Format, target: Target | None, raw: dict[str, str], position: Position, checkers: Checkers
) -> Converted:
    try:
        targets = (target,) if target else _targets(format_, raw)
    except ZhulianError as error:
        return reject(None, position, raw, (problem_of(error, jzsc_json.ANSWER),))
    return convert(targets, raw, position, checkers)


_SPOILT: Final = re.compile(r"-?[0-9]\.[0-9]{14}E\+(?:1[5-9]|[2-9][0-9]|[0-9]{3})")


def _spoilt(raw: Mapping[str, str]) -> tuple[Problem, ...]:
    """Cells that Excel has spoilt: an error instead of a value, a number that lost its last digits."""
    problems: list[Problem] = []
    for name, cell in raw.items():
        if cell in workbook.ERRORS:
            problems.append(problem_of(ZhulianError("value.cell_error", value=cell), name))
        elif _SPOILT.fullmatch(cell):
            problems.append(problem_of(ZhulianError("value.digits_lost", value=cell), name))
    return tuple(problems)


def _read_parquet(source: Source) -> Iterator[Converted]:
    file, format_ = source.file, source.format
    header = parquet_header(file.path, file.shown)
    bound = canonical.binder(format_.table, header, Checkers())
    for number, cells in enumerate(parquet_records(file.path, file.shown), start=1):
        yield bound(cells, Position(file.shown, number))


def _read_json(source: Source) -> Iterator[Converted]:
    """The items of all answers, then what the lists cover."""
    file = source.file
    if not _is_json(file, source.format):
        yield from _read_csv(source)
        return
    document = read_json(file.path, source.format.encoding, file.shown)
    reading = jzsc_json.Reading()
    checkers = Checkers()
    for number, item in enumerate(jzsc_json.items(document, reading), start=1):
        position = Position(file.shown, number, part=item.answer.name)
        record = _item(item, position, checkers)
        reading.note(item, accepted=not isinstance(record, Reject))
        yield record
    whole = Position(file.shown, 0)
    for values, since in reading.coverage():
        yield [Row("coverage", values, whole, {}, since)]


def _read_export(source: Source) -> Iterator[Converted]:
    """An outside table as CSV, or as a JSON list of its records."""
    file, format_ = source.file, source.format
    if not _is_json(file, format_):
        yield from _read_csv(source)
        return
    checkers = Checkers()
    targets = EXPORT[format_.name].targets
    for number, raw in enumerate(export_records(read_json(file.path, format_.encoding, file.shown)), start=1):
        told = {name: cell for name, cell in raw.items() if name not in ASIDE}
        yield convert(targets, told, Position(file.shown, number), checkers)


def _is_json(file: File, format_: Format) -> bool:
    with file.path.open(encoding=format_.encoding) as opened:
        return opened.read(1 << 12).lstrip().startswith(("{", "["))


def _item(item: jzsc_json.Found, position: Position, checkers: Checkers) -> Converted:
    if "_item" in item.raw:
        problem = problem_of(ZhulianError("row.not_object", value=item.raw["_item"][:80]))
        return reject(None, position, item.raw, (problem,))
    return convert(item.answer.targets, item.raw, position, checkers)


_READERS: Final[dict[str, Callable[[Source], Iterator[Converted]]]] = {
    "canonical-csv": _read_csv,
    "canonical-parquet": _read_parquet,
    "jzsc-json": _read_json,
    **dict.fromkeys(EXPORT, _read_export),
}
