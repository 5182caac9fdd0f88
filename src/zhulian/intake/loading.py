"""From files to rows ready for storage, with identities resolved in memory: what bulk and the command line use.

in = accepted + quarantined + unchanged: each record is counted once. It is accepted if it told anything new,
unchanged if everything it says was there, quarantined if anything in it is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from zhulian.core.kernel.dates import STILL_KNOWN
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.tables import TABLES, Publicity
from zhulian.intake.errors import problem_of
from zhulian.intake.formats import EXPORT
from zhulian.intake.formats.adapter import Converted, reject
from zhulian.intake.model import Reject, Row
from zhulian.intake.reading import Source, converted, duplicate, sources
from zhulian.intake.register import SUBJECTS, Register
from zhulian.intake.rejects import Spool
from zhulian.intake.seen import Earlier, Seen

Physical: TypeAlias = dict[str, Any]
Sink: TypeAlias = Callable[[str, list[Physical]], object]
Progress: TypeAlias = Callable[[int], object]
BATCH: Final = 5000
_STORED: Final[dict[str, Physical]] = {t.name: dict.fromkeys(t.names) for t in TABLES.values()}
_SECRET: Final = {t.name: tuple(c.name for c in t.columns if c.public is Publicity.SECRET) for t in TABLES.values()}


@dataclass(slots=True)
class Report:
    """What came of a load."""

    accepted: int = 0
    quarantined: int = 0
    unchanged: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """First reason of each record in quarantine; they add up to `quarantined`."""
    rows: Counter[str] = field(default_factory=Counter)
    """Canonical rows given to the sink, by table."""
    masked: int = 0
    """Masked ID numbers that were left out."""
    differing: Counter[str] = field(default_factory=Counter)
    """`table.column` → how often a later file said something else of a subject than an earlier one, which was kept."""
    provisional: dict[str, int] = field(default_factory=dict)
    """Kind of subject → how many are known by name or local number only, or by a reference alone."""
    rowless: dict[str, int] = field(default_factory=dict)
    """Kind of subject → how many are referred to and have no row of their own: they may arrive later."""
    unused: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Format → source columns that were not taken, and why."""
    refused: list[tuple[str, ZhulianError]] = field(default_factory=list)
    """Files that are none of ours or stopped in the middle; what had been read of the latter is counted."""
    rejects: Spool = field(default_factory=Spool)

    @property
    def records(self) -> int:
        """All records."""
        return self.accepted + self.quarantined + self.unchanged

    def as_json(self) -> dict[str, Any]:
        """The report for `--json`."""
        return {
            "in": self.records,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "unchanged": self.unchanged,
            "reasons": dict(sorted(self.reasons.items())),
            "rows": dict(self.rows),
            "masked": self.masked,
            "differing": dict(sorted(self.differing.items())),
            "provisional": self.provisional,
            "rowless": self.rowless,
            "unused": {name: dict(columns) for name, columns in self.unused.items()},
            "refused": [{"file": file, "code": e.code, "message": e.text, "cure": e.cure} for file, e in self.refused],
        }


def load(
    paths: Iterable[Path],
    register: Register,
    sink: Sink,
    *,
    format: str | None = None,  # noqa: A002 - the word users type: --format
    recorded_at: int = 0,
    progress: Progress | None = None,
) -> Report:
    """Reads files, folders and archives in their order and gives physical rows, in batches, to the sink.

    `recorded_at`: microseconds since the epoch for all rows. `progress` gets the number of records done, every
    thousand. Memory: a batch per table and the subjects; not the rows.

    Raises:
        ZhulianError: `file.*` when nothing of a path can be read.
    """
    loading = _Loading(register, _Batches(sink, recorded_at), progress)
    try:
        for path in paths:
            with sources(path, format) as found:
                if not found.known and found.refused:
                    raise found.refused[0][1]
                loading.report.refused += found.refused
                for source in found.known:
                    loading.file(source)
        loading.finish()
    finally:
        loading.seen.close()
    return loading.report


class _Batches:
    """Rows on their way to the sink."""

    def __init__(self, sink: Sink, recorded_at: int) -> None:
        self.sink = sink
        self.recorded_at = recorded_at
        self.waiting: dict[str, list[Physical]] = {}
        self.row_id = 0

    def add(self, table: str, row: Physical) -> None:
        self.row_id += 1
        for name in _SECRET[table]:
            del row[name]  # secrets never enter snapshots
        row["row_id"], row["recorded_at"], row["superseded_at"] = self.row_id, self.recorded_at, STILL_KNOWN
        waiting = self.waiting.setdefault(table, [])
        waiting.append(row)
        if len(waiting) >= BATCH:
            self.sink(table, waiting)
            self.waiting[table] = []

    def flush(self) -> None:
        for table, rows in self.waiting.items():
            if rows:
                self.sink(table, rows)
        self.waiting.clear()


@dataclass(slots=True)
class _Held:
    """A subject's row that later files may complete."""

    row: Physical
    file: str


class _Loading:
    """One run. Rows of subjects are held to the end, since several files may tell of one subject."""

    def __init__(self, register: Register, batches: _Batches, progress: Progress | None) -> None:
        self.register = register
        self.batches = batches
        self.progress = progress
        self.report = Report()
        self.seen = Seen()
        self.subjects: dict[str, dict[int, list[_Held]]] = {s: {} for s in SUBJECTS}
        self.names: list[str] = []

    def file(self, source: Source) -> None:
        """All records of a file. One that stops in the middle is noted; the others go on."""
        self.names.append(source.file.shown)
        if source.format.name in EXPORT:
            self.report.unused[source.format.name] = EXPORT[source.format.name].unused
        try:
            for record in converted(source):
                self.record(record)
                if self.progress is not None and self.report.records % 1000 == 0:
                    self.progress(self.report.records)
        except ZhulianError as error:
            self.report.refused.append((source.file.shown, error))

    def record(self, record: Converted) -> None:
        outcome = record if isinstance(record, Reject) else self.rows(record)
        counted = isinstance(outcome, Reject) or record[0].position.record > 0  # type: ignore[index]  # no reject: rows
        if isinstance(outcome, Reject):
            self.report.quarantined += 1
            self.report.reasons[outcome.code] += 1
            self.report.rejects.append(outcome)
        elif counted and outcome:
            self.report.accepted += 1
        elif counted:
            self.report.unchanged += 1

    def rows(self, rows: list[Row]) -> Reject | bool:
        """Whether a record told anything new, or its reject; then nothing of it is kept but subjects' numbers."""
        physical: list[tuple[Row, Physical]] = []
        for row in rows:
            try:
                physical.append((row, self._physical(row)))
            except ZhulianError as error:
                return reject(row.table, row.position, row.raw, (problem_of(error, TABLES[row.table].subject),))
        if len(rows) == 1 and not row.derived and row.table not in SUBJECTS:
            return self._single(*physical[0])
        for row, values in physical:
            if row.table in SUBJECTS and (first := self._contradicts(row, values)) is not None:
                return duplicate(row, first)
        return self._keep(physical)

    def _physical(self, row: Row) -> Physical:
        """A row's columns with ids for keys.

        Raises:
            ZhulianError: `identity.conflict`.
        """
        values = _STORED[row.table].copy()
        values.update(row.values)
        values.update(self.register.resolve(TABLES[row.table], row.values))
        values["fact_from"], values["fact_until"] = row.fact_from, row.fact_until
        return values

    def _single(self, row: Row, values: Physical) -> Reject | bool:
        """:meth:`_keep` for the commonest record: one row that is about no subject of its own."""
        said = self.seen.settle([self._entry(row, values)])
        if isinstance(said, int):
            return duplicate(row, self._where(said))
        if said[0]:
            return False
        self.batches.add(row.table, values)
        self.report.rows[row.table] += 1
        return True

    def _keep(self, physical: list[tuple[Row, Physical]]) -> Reject | bool:
        others = [(row, values, *self._entry(row, values)) for row, values in physical if row.table not in SUBJECTS]
        firm = [(key, earlier) for row, _, key, earlier in others if not row.derived]
        said = self.seen.settle(firm)
        if isinstance(said, int):
            row = next(row for row, *_ in reversed(others) if not row.derived)
            return duplicate(row, self._where(said))
        news = False
        answers = iter(said)
        for row, values, key, earlier in others:
            repeats = next(answers) if not row.derived else self.seen.settle([(key, earlier)])
            if not repeats or repeats == [0]:
                self.batches.add(row.table, values)
                self.report.rows[row.table] += 1
                news = True
        for row, values in physical:
            if row.table in SUBJECTS:
                news |= self._merge(row, values)
            self.report.masked += row.masked
        return news

    def _entry(self, row: Row, values: Physical) -> tuple[int, Earlier]:
        """A row as it is remembered: its place is the file's number and the record's."""
        table = TABLES[row.table]
        place = (len(self.names) << 40) | row.position.record
        key = hash((row.table, *(values[c] for c in table.key)))
        content = hash(tuple(values.values()))
        return key, Earlier(place, row.fact_from.toordinal(), row.fact_until.toordinal(), content)

    def _where(self, place: int) -> str:
        return f"{self.names[(place >> 40) - 1]} 第 {place & (1 << 40) - 1} 条"

    def _contradicts(self, row: Row, values: Physical) -> str | None:
        """Where the same file has said something else of the subject for the same time; None: nowhere."""
        if row.derived:
            return None
        for held in self.subjects[row.table].get(values[row.table], ()):
            if held.file == row.position.file and _overlap(held.row, values) and _differences(held.row, values):
                return f"{held.file} 中的另一条"
        return None

    def _merge(self, row: Row, values: Physical) -> bool:
        """Keeps a subject's row, or fills the gaps of those held. Whether that told anything new."""
        rows = self.subjects[row.table].setdefault(values[row.table], [])
        overlapping = [h for h in rows if row.derived or _overlap(h.row, values)]
        if not overlapping:
            rows.append(_Held(values, row.position.file))
            return True
        news = False
        for held in overlapping:
            for name in _differences(held.row, values):
                self.report.differing[f"{row.table}.{name}"] += 1
            gaps = {n: v for n, v in values.items() if v is not None and held.row[n] is None}
            held.row |= gaps
            news |= bool(gaps)
        return news

    def finish(self) -> None:
        """Gives the subjects' rows to the sink and counts what is provisional."""
        for table, subjects in self.subjects.items():
            for rows in subjects.values():
                for held in rows:
                    self.batches.add(table, held.row)
                    self.report.rows[table] += 1
            self.report.provisional[table] = self.register.provisional(table)
            self.report.rowless[table] = len(set(self.register.keys(table).values()) - subjects.keys())
        self.batches.flush()


def _overlap(a: Physical, b: Physical) -> bool:
    return bool(a["fact_from"] < b["fact_until"] and b["fact_from"] < a["fact_until"])


def _differences(held: Physical, values: Physical) -> list[str]:
    """Columns in which both say something, and not the same."""
    return [
        n
        for n, v in values.items()
        if v is not None and held[n] is not None and held[n] != v and n not in {"fact_from", "fact_until"}
    ]
