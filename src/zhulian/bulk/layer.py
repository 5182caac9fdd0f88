"""The whole rulebook over a whole registry: one Parquet file per rule, no Python per row.

`check_all` makes the facts layer (`core.rules.layer`) and then asks each rule. Columns of a rule's file: `enterprise`,
`verdict`, per clause N in the order of `summary.json` `cN_verdict`, `cN_low`, `cN_high`, `cN_short_by`, for the
joint condition `together_…`, and the plan's own columns, of which `row_reasons` makes the reason tree. The next critical
day is not in it: it is a second plan per rule, which the few rows that are looked at get from `assess_pair`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhulian.bulk.outputs import refusing
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.reasons import Reason
from zhulian.core.kernel.verdicts import Verdict, all_of
from zhulian.core.rules import VERIFICATION, GradeRule, Library, Missing, Runner, layer, reasons
from zhulian.core.rules.assess import Moment, binding, divisions_of, search
from zhulian.core.rules.division import Division
from zhulian.core.rules.features import Demand, features_of
from zhulian.core.rules.layer_bits import Bits
from zhulian.core.rules.layer_rules import Overlays

SUMMARY: Final = "summary.json"


class BulkRunner(Runner, Protocol):
    """An engine that keeps tables and answers in Arrow: DuckDB, or Spark."""

    def arrow(self, sql: str, params: Sequence[object] = ()) -> pa.Table: ...

    def keep(self, name: str, sql: str, params: Sequence[object] = ()) -> None: ...

    def forget(self, name: str) -> None: ...


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
) -> Summary:
    """Every qualification held on the day (of all codes, or of some), judged by its rule, into the folder `out`.

    Raises:
        ZhulianError: `out.write` where the folder cannot be made or already holds something.
    """
    with refusing(out):
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise ZhulianError("out.write", path=out, why="文件夹不是空的")
        work = Layer(runner, library, as_of=as_of, known_at=known_at, purpose=purpose, codes=codes)
        summary = Summary(as_of, known_at, purpose, tuple(work.write(task, out) for task in work.tasks))
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
    ) -> None:
        self.runner, self.moment = runner, Moment(as_of, known_at, runner.dialect)
        self._kept: list[str] = []
        self._keep(layer.holders(codes, runner.dialect))
        held = runner.query("SELECT code FROM layer_holder GROUP BY code ORDER BY code")
        self.tasks = [Task(code, library.rule(code, purpose, as_of, known_at), Overlays()) for (code,) in held]
        rules = [task.rule for task in self.tasks if isinstance(task.rule, GradeRule)]
        self.bits: Bits = layer.bits_of_rules(rules)
        for step in layer.steps(rules, self.bits, runner.dialect):
            self._keep(step)

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

    def rows(self, task: Task) -> tuple[pa.Table, int]:
        """Judged rows of a rule, and for how many the division had to be searched."""
        if isinstance(task.rule, Missing):
            asked = layer.holders_of_code(self.runner.dialect, task.overlays)
            found = self.runner.arrow(asked.sql, self.moment.bind(asked.params, {"code": task.code}))
            return found.append_column("verdict", pa.array([Verdict.UNKNOWN.value] * found.num_rows, pa.string())), 0
        plan = layer.rule_plan(task.rule, self.bits, self.runner.dialect, task.overlays)
        params = self.moment.bind(plan.judged.params, {"code": task.code})
        if plan.histogram is None:
            return _ordered(self.runner.arrow(plan.judged.sql, params)), 0
        self.runner.keep("layer_rows", plan.judged.sql, params)
        found = _ordered(self.runner.arrow("SELECT * FROM layer_rows"))
        undecided = pc.is_null(found["verdict"])
        opened = found.filter(undecided)
        if opened.num_rows:
            histogram = self.runner.query(plan.histogram.sql, self.moment.bind(plan.histogram.params, {}))
            found = pa.concat_tables(
                [found.filter(pc.invert(undecided)), _Searched(task.rule).table(opened, histogram)]
            )
        self.runner.forget("layer_rows")
        return found, opened.num_rows

    def write(self, task: Task, out: Path) -> RuleResult:
        """A rule's rows into its file."""
        found, searched = self.rows(task)
        file = f"{task.code}{'-' + task.overlays.province if task.overlays.province else ''}.parquet"
        pq.write_table(found, out / file, compression="zstd")
        counts = {each["values"]: each["counts"] for each in pc.value_counts(found["verdict"]).to_pylist()}
        rule = task.rule
        return RuleResult(
            code=task.code,
            file=file,
            holders=found.num_rows,
            met=counts.get("met", 0),
            short=counts.get("short", 0),
            unknown=counts.get("unknown", 0),
            province=task.overlays.province,
            rule_version="" if isinstance(rule, Missing) else rule.version,
            rule_hash="" if isinstance(rule, Missing) else rule.hash,
            missing=rule.reason if isinstance(rule, Missing) else "",
            searched=searched,
            clauses=() if isinstance(rule, Missing) else _clauses(rule),
        )


def _ordered(table: pa.Table) -> pa.Table:
    """Verdicts first, then what they were made of."""
    names = table.column_names
    first = ["enterprise", "verdict"]
    judged = [n for n in names if n.endswith(("_verdict", "_low", "_high", "_short_by")) and n[0] in "ct"]
    judged = [n for n in judged if not n.startswith("cover_")]
    return table.select([*first, *judged, *[n for n in names if n not in {*first, *judged}]])


def _clauses(rule: GradeRule) -> tuple[Mapping[str, object], ...]:
    return tuple(
        {"column": f"c{number}", "id": clause.id, "label": clause.label, "citation": str(clause.citation)}
        for number, clause in enumerate(rule.clauses)
    )


class _Searched:
    """The exact search for rows whose division the bounds leave open. Like histograms are searched once."""

    def __init__(self, rule: GradeRule) -> None:
        self.rule, self.features = rule, features_of(rule)
        demands = [demand for each in self.features.groups.values() for demand in each]
        self._cap = sum(demand.at_least for demand in demands)
        """More people of one kind than all demands together ask for change nothing."""
        self._found: dict[tuple[object, ...], int] = {}

    def table(self, rows: pa.Table, histogram: Sequence[tuple[int, int, int, int]]) -> pa.Table:
        """The rows with the joint clause and the verdict filled in."""
        classes: dict[int, list[tuple[int, int, int]]] = {}
        for enterprise, sure, may, persons in histogram:
            classes.setdefault(enterprise, []).append((sure, may, persons))
        names = [f"together_{name}" for name in ("verdict", "low", "high", "short_by")]
        told = ["enterprise", "missing_s", "missing_m", *[n for n in rows.column_names if n.startswith("cover_")]]
        told += [f"c{number}_verdict" for number in range(len(self.rule.clauses))]
        made = [self._row(row, classes.get(row["enterprise"], [])) for row in rows.select(told).to_pylist()]
        for number, name in enumerate([*names, "verdict", "missing_s", "missing_m"]):
            place = rows.schema.get_field_index(name)
            kind = rows.schema.field(place).type
            rows = rows.set_column(place, pa.field(name, kind), pa.array([each[number] for each in made], kind))
        return rows

    def _row(self, row: Mapping[str, Any], classes: Sequence[tuple[int, int, int]]) -> list[object]:
        sure, may = row["missing_s"], row["missing_m"]
        if sure is None:
            sure = self._missing([(s, n) for s, _, n in classes], self.features.groups)
        if may is None:
            may = self._missing([(m, n) for _, m, n in classes], binding(self.features, row))
        joint = reasons.together(reasons.Findings(self.rule, row), _lacking(sure), _lacking(may))
        verdicts = [Verdict(row[f"c{number}_verdict"]) for number in range(len(self.rule.clauses))]
        verdict = all_of([*verdicts, joint.verdict]).value
        bounds = [joint.verdict.value, joint.found_at_least, joint.found_at_most, joint.short_by]
        return [*bounds, verdict, sure, may]

    def _missing(self, classes: Sequence[tuple[int, int]], needs: Mapping[str, Sequence[Demand]]) -> int:
        merged: dict[int, int] = {}
        for mask, persons in classes:
            if mask:
                merged[mask] = min(merged.get(mask, 0) + persons, self._cap)
        key = (*sorted(merged.items()), *((group, tuple(d.bit for d in demands)) for group, demands in needs.items()))
        if key not in self._found:
            self._found[key] = search(merged.items(), needs).missing
        return self._found[key]


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

    The runner is asked for the people of this one enterprise where the division has to be shown.
    """
    found = divisions_of(runner, rule, Moment(as_of, known_at, runner.dialect), {row["enterprise"]: row})
    return reasons.root(rule, row, *found[row["enterprise"]])
