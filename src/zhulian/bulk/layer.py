"""The whole rulebook over a whole registry: one Parquet file per rule, no Python per row.

`check_all` makes the facts layer (`core.rules.layer`) and then asks each rule. Columns of a rule's file: `enterprise`,
`verdict`, per clause N in the order of `summary.json` `cN_verdict`, `cN_low`, `cN_high`, `cN_short_by`, for the
joint condition `together_…`, and the plan's own columns, of which `row_reasons` makes the reason tree. The next critical
day is not in it: it is a second plan per rule, which the few rows that are looked at get from `assess_pair`.
"""

from __future__ import annotations

import datetime as dt
import json
import queue
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhulian.bulk.outputs import refusing
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict, all_of
from zhulian.core.rules import VERIFICATION, GradeRule, Library, Missing, Runner, layer, reasons
from zhulian.core.rules.assess import Moment, binding, certificate, search
from zhulian.core.rules.division import Division
from zhulian.core.rules.features import Demand, features_of
from zhulian.core.rules.layer_bits import Bits
from zhulian.core.rules.layer_rules import Overlays
from zhulian.core.rules.layer_verdicts import SEARCHED

SUMMARY: Final = "summary.json"

Progress = Callable[[int, int], object]
WORKERS: Final = 2
"""Rules judged at a time. Planning a rule takes one core tens of milliseconds, however few its rows."""


class BulkRunner(Runner, Protocol):
    """An engine that keeps tables, takes and gives Arrow, and writes Parquet: DuckDB, or Spark."""

    def arrow(self, sql: str, params: Sequence[object] = ()) -> pa.Table: ...

    def keep(self, name: str, sql: str, params: Sequence[object] = ()) -> None: ...

    def put(self, name: str, table: pa.Table) -> None: ...

    def forget(self, name: str) -> None: ...

    def save(self, path: Path, sql: str, params: Sequence[object] = ()) -> None: ...

    def beside(self) -> BulkRunner | None:
        """A runner over the same kept tables for another thread; None where one at a time is better."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule's file. `searched` rows needed the exact search; `missing` says why there is no rule, if so."""

    code: str
    file: str
    holders: int
    met: int
    short: int
    unknown: int
    province: str = ""
    rule_version: str = ""
    rule_hash: str = ""
    missing: str = ""
    searched: int = 0
    clauses: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What was asked and what came out."""

    as_of: dt.date
    known_at: dt.datetime | None
    purpose: str
    rules: tuple[RuleResult, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Plain values; dates as ISO text."""
        known_at = self.known_at.isoformat() if self.known_at else None
        return {**asdict(self), "as_of": self.as_of.isoformat(), "known_at": known_at}


def check_all(
    runner: BulkRunner,
    library: Library,
    *,
    as_of: dt.date,
    known_at: dt.datetime | None = None,
    purpose: str = VERIFICATION,
    codes: Sequence[str] | None = None,
    out: Path,
    progress: Progress = lambda _done, _total: None,
) -> Summary:
    """Every qualification held on the day (of all codes, or of some), judged by its rule, into the folder `out`.

    `progress` gets steps done and in all: those of the facts layer, then a rule each.

    Raises:
        ZhulianError: `out.write` where the folder cannot be made or already holds something.
    """
    with refusing(out):
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise ZhulianError("out.write", path=out, why="文件夹不是空的")
        work = Layer(runner, library, as_of=as_of, known_at=known_at, purpose=purpose, codes=codes, progress=progress)
        summary = Summary(as_of, known_at, purpose, tuple(work.results(out)))
        work.close()
        text = json.dumps(summary.as_json(), ensure_ascii=False, indent=1)
        (out / SUMMARY).write_text(text + "\n", encoding="utf-8")
    return summary


@dataclass(frozen=True, slots=True)
class Task:
    """A rule, or why there is none, and whose holders it is for."""

    code: str
    rule: GradeRule | Missing
    overlays: Overlays


class Layer:
    """The facts layer of one day on a runner, and what each rule says by it."""

    def __init__(
        self,
        runner: BulkRunner,
        library: Library,
        *,
        as_of: dt.date,
        known_at: dt.datetime | None = None,
        purpose: str = VERIFICATION,
        codes: Sequence[str] | None = None,
        progress: Progress = lambda _done, _total: None,
    ) -> None:
        self.runner, self.moment = runner, Moment(as_of, known_at, runner.dialect)
        self._kept: list[str] = []
        self._keep(layer.holders(codes, runner.dialect))
        held = runner.query("SELECT code FROM layer_holder GROUP BY code ORDER BY code")
        self.tasks = [
            Task(code, library.rule(code, purpose, as_of, known_at, overlays.province), overlays)
            for (code,) in held
            for overlays in _overlays(library.provinces(code, purpose, as_of, known_at))
        ]
        rules = [task.rule for task in self.tasks if isinstance(task.rule, GradeRule)]
        self.bits: Bits = layer.bits_of_rules(rules)
        steps = list(layer.steps(rules, self.bits, runner.dialect))
        self._progress, self._done, self._total = progress, 0, len(steps) + len(self.tasks)
        for step in steps:
            self._keep(step)
            self._told()

    def _told(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)

    def _keep(self, step: layer.Step) -> None:
        self.runner.keep(step.name, step.statement.sql, self.moment.bind(step.statement.params, {}))
        self._kept.append(step.name)
        for name in step.done:
            self.runner.forget(name)
            self._kept.remove(name)

    def close(self) -> None:
        """Drop the layer's tables."""
        while self._kept:
            self.runner.forget(self._kept.pop())

    def results(self, out: Path) -> Iterator[RuleResult]:
        """Each rule's rows into its file, in the order of the codes; `WORKERS` at a time where the engine allows."""
        beside = [other for _ in range(WORKERS) if (other := self.runner.beside()) is not None]
        free: queue.SimpleQueue[BulkRunner] = queue.SimpleQueue()
        for runner in beside or [self.runner]:
            free.put(runner)

        def judged(task: Task) -> RuleResult:
            runner = free.get()
            try:
                return self.write(task, out, runner)
            finally:
                free.put(runner)

        try:
            with ThreadPoolExecutor(max_workers=len(beside) or 1) as pool:
                for result in pool.map(judged, self.tasks):
                    yield result
                    self._told()
        finally:
            for runner in beside:
                runner.close()

    def write(self, task: Task, out: Path, runner: BulkRunner) -> RuleResult:
        """A rule's rows into its file, by a runner that nobody else uses meanwhile."""
        rule, province = task.rule, task.overlays.province
        file = f"{task.code}{'-' + province if province else ''}.parquet"
        searched = (
            self._missing(task, out / file, runner)
            if isinstance(rule, Missing)
            else self._judged(task, rule, out / file, runner)
        )
        verdicts = pq.ParquetFile(out / file).read(columns=["verdict"])["verdict"]
        counts = {each["values"]: each["counts"] for each in pc.value_counts(verdicts).to_pylist()}
        return RuleResult(
            code=task.code,
            file=file,
            holders=len(verdicts),
            met=counts.get("met", 0),
            short=counts.get("short", 0),
            unknown=counts.get("unknown", 0),
            province=province,
            rule_version="" if isinstance(rule, Missing) else rule.version,
            rule_hash="" if isinstance(rule, Missing) else rule.hash,
            missing=rule.reason if isinstance(rule, Missing) else "",
            searched=searched,
            clauses=() if isinstance(rule, Missing) else _clauses(rule),
        )

    def _missing(self, task: Task, path: Path, runner: BulkRunner) -> int:
        asked = layer.holders_of_code(runner.dialect, task.overlays)
        runner.save(path, asked.sql, self.moment.bind(asked.params, {"code": task.code}))
        return 0

    def _judged(self, task: Task, rule: GradeRule, path: Path, runner: BulkRunner) -> int:
        """Write a rule's rows; for how many the division had to be searched."""
        plan = layer.rule_plan(rule, self.bits, runner.dialect, task.overlays)
        params = self.moment.bind(plan.judged.params, {"code": task.code})
        if plan.histogram is None or plan.final is None:
            runner.save(path, plan.judged.sql, params)
            return 0
        runner.keep("layer_rows", plan.judged.sql, params)
        search_ = _Search(rule)
        opened = runner.arrow(layer.open_rows(rule, runner.dialect).sql)
        histogram = runner.query(plan.histogram.sql, self.moment.bind(plan.histogram.params, {}))
        runner.put("layer_searched", search_.table(opened, histogram))
        runner.save(path, plan.final.sql)
        for name in ("layer_searched", "layer_rows"):
            runner.forget(name)
        return len(opened)


def _overlays(provinces: Iterable[str]) -> list[Overlays]:
    """Everybody at once, or each province with rules of its own and then all others."""
    own = sorted(provinces)
    return [Overlays(without=own), *[Overlays(province) for province in own]]


def _clauses(rule: GradeRule) -> tuple[Mapping[str, object], ...]:
    return tuple(
        {"column": f"c{number}", "id": clause.id, "label": clause.label, "citation": str(clause.citation)}
        for number, clause in enumerate(rule.clauses)
    )


Classes: TypeAlias = tuple[tuple[int, int, int], ...]
"""Persons who are alike, in order: (mask of what they surely have, of what they may have, how many)."""


class _Search:
    """The exact search for rows whose division the bounds leave open. What is alike is searched once."""

    def __init__(self, rule: GradeRule) -> None:
        self.rule, self.features = rule, features_of(rule)
        self._demands = [demand for each in self.features.groups.values() for demand in each]
        self._caps: dict[int, int] = {}
        self._lacking: dict[object, int] = {}

    def table(self, rows: pa.Table, histogram: Iterable[tuple[int, int, int, int]]) -> pa.Table:
        """`layer_searched`: per open row of `layer.open_rows` the joint clause and the verdict of the whole."""
        people: dict[int, list[tuple[int, int, int]]] = {}
        for enterprise, sure, may, persons in histogram:
            people.setdefault(enterprise, []).append((sure, may, min(persons, self._cap(may))))
        covered = rows.column_names[2:]
        found: dict[tuple[object, ...], tuple[object, ...]] = {}
        made = []
        for enterprise, *told in zip(*[column.to_pylist() for column in rows.columns], strict=True):
            key = (*told, *sorted(people.get(enterprise, ())))
            if key not in found:
                coverage = dict(zip(covered, told[1:], strict=True))
                found[key] = self._row(Verdict(told[0]), coverage, key[len(told) :])
            made.append((enterprise, *found[key]))
        kinds = {name: pa.string() if name.endswith("verdict") else pa.int64() for name in SEARCHED}
        schema = pa.schema([("enterprise", pa.int64()), *kinds.items()])
        values = list(zip(*made, strict=True)) or [()] * len(schema)
        return pa.table([pa.array(v, kind) for v, kind in zip(values, schema.types, strict=True)], schema=schema)

    def _row(self, worst: Verdict, coverage: Mapping[str, Any], people: Classes) -> tuple[object, ...]:
        """Columns `SEARCHED` of one row; `worst`: what its other clauses come to."""
        missing_sure = self._missing([(sure, n) for sure, _, n in people], self.features.groups)
        missing_may = self._missing([(may, n) for _, may, n in people], binding(self.features, coverage))
        findings = reasons.Findings(self.rule, coverage)
        joint = reasons.together(findings, _lacking(missing_sure), _lacking(missing_may))
        bounds = (joint.verdict.value, joint.found_at_least, joint.found_at_most, joint.short_by)
        return (all_of([worst, joint.verdict]).value, *bounds, missing_sure, missing_may)

    def _missing(self, people: Sequence[tuple[int, int]], needs: Mapping[str, Sequence[Demand]]) -> int:
        persons: dict[int, int] = {}
        for mask, number in people:
            if mask:
                persons[mask] = min(persons.get(mask, 0) + number, self._cap(mask))
        # By what a division depends on: sure and possible persons, and all verdicts of other clauses, share answers.
        key = (tuple(sorted(persons.items())), tuple(tuple(demands) for demands in needs.values()))
        if key not in self._lacking:
            self._lacking[key] = search(key[0], needs).missing
        return self._lacking[key]

    def _cap(self, mask: int) -> int:
        """More people of a kind than its demands together ask for change nothing.

        Who surely has something may have it: the cap of what persons may have caps what they surely have as well.
        """
        if mask not in self._caps:
            self._caps[mask] = sum(demand.at_least for demand in self._demands if mask >> demand.bit & 1)
        return self._caps[mask]


def _lacking(missing: int) -> Division:
    return Division(missing, {}, {}, 0)


def row_reasons(
    runner: Runner,
    rule: GradeRule,
    row: Mapping[str, Any],
    *,
    as_of: dt.date,
    known_at: dt.datetime | None = None,
) -> Reason:
    """The reason tree of one row of a rule's file, as `assess_pair` gives it.

    The runner is asked for the people of this one enterprise only where groups are short together.
    """
    missing_sure, missing_may = row.get("missing_s"), row.get("missing_m")
    sure = _lacking(missing_sure) if missing_sure else None
    may = None
    if missing_may:
        moment = Moment(as_of, known_at, runner.dialect)
        may = certificate(runner, rule, moment, row)
    return reasons.root(rule, row, sure, may)
