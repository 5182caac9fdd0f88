"""The facts layer says, row for row, what the oracle and the rule's own plan say."""

from __future__ import annotations

import os

import duckdb
import pyarrow.parquet as pq
import pytest

from parity import engines
from parity.test_parity import CODES, MOMENTS, SEEDS, answers, world_of
from parity.worlds import DAYS
from zhulian.bulk.layer import Layer, check_all, row_reasons
from zhulian.bulk.runners import DuckdbRunner
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.rules import APPLICATION, assess_pair

SPARK = ["spark"] if os.environ.get("ZHULIAN_TEST_SPARK") else []
CASES = [("duckdb", seed) for seed in SEEDS] + [(name, 0) for name in ("sail", *SPARK)]


def filled(name, seed):
    """An engine with a seed's rows, and its runner."""
    if name == "duckdb":
        engine = engines.in_duckdb()
    else:
        engine = engines.spark(engines.sail_address() if name == "sail" else engines.SPARK_URL)
    world, library = world_of(seed)
    for table, rows in world.rows.items():
        engine.insert(table, rows)
    return engine, DuckdbRunner(engine.connection) if name == "duckdb" else engine.connection, library


def told(rule, row):
    """A row of the layer as the oracle answers: (verdict, {clause: (verdict, required, low, high)})."""
    places = [(f"c{number}", clause.id) for number, clause in enumerate(rule.clauses)]
    if "together_verdict" in row:
        places.append(("together", "staff-together"))
    return row["verdict"], {
        name: tuple(row[f"{place}_{what}"] for what in ("verdict", "low", "high")) for place, name in places
    }


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_layer_agrees_with_oracle_and_reasons(name, seed, compared, tmp_path):
    engine, runner, library = filled(name, seed)
    day = DAYS[seed % len(DAYS)]
    for known_at, known in MOMENTS if name == "duckdb" else MOMENTS[1:]:
        expected, found = answers(seed, day, known), set()
        work = Layer(runner, library, as_of=day, known_at=known_at, purpose=APPLICATION)
        for task in work.tasks:
            file = tmp_path / work.write(task, tmp_path, work.runner).file
            for number, row in enumerate(pq.read_table(file).to_pylist()):
                case = (task.code, row["enterprise"])
                found.add(case)
                verdict, bounds = expected[case]
                assert told(task.rule, row) == (verdict, {c: (v, low, high) for c, (v, _, low, high) in bounds.items()})
                compared[f"layer on {name}"] += 1
                if name == "duckdb" and number % 12 == 0:
                    same_reason(engine, library, task, row, day, known_at)
        work.close()
        assert found == set(expected), "every holder once"
    engine.close()


def same_reason(engine, library, task, row, day, known_at):
    """The reason rendered of the row is that of the pair; the shortfalls of its clauses stand in the row, too."""
    asked = {"as_of": day, "known_at": known_at}
    pair = assess_pair(library, engine, enterprise=row["enterprise"], code=task.code, purpose=APPLICATION, **asked)
    reason = row_reasons(engine, task.rule, row, **asked)
    assert reason == pair.reason
    places = [*(f"c{number}" for number in range(len(task.rule.clauses))), "together"]
    for place, child in zip(places, reason.children, strict=False):
        assert row[f"{place}_short_by"] == child.short_by


def test_progress_counts_every_step_and_every_rule(tmp_path):
    engine, runner, library = filled("duckdb", 0)
    told = []
    asked = {"as_of": DAYS[0], "purpose": APPLICATION, "codes": CODES[:2]}
    summary = check_all(runner, library, out=tmp_path / "out", progress=lambda *at: told.append(at), **asked)
    engine.close()
    total = told[0][1]
    assert told == [(done, total) for done in range(1, total + 1)], "one at a time, up to the last"
    assert total > len(summary.rules) == 2


def test_rules_judged_at_a_time_say_what_they_say_one_by_one(tmp_path):
    engine, runner, library = filled("duckdb", 0)
    asked = {"as_of": DAYS[0], "purpose": APPLICATION}
    together = check_all(runner, library, out=tmp_path / "together", **asked)
    work = Layer(runner, library, **asked)
    alone = tmp_path / "alone"
    alone.mkdir()
    assert tuple(work.write(task, alone, runner) for task in work.tasks) == together.rules
    for rule in together.rules:
        rows = [pq.read_table(tmp_path / folder / rule.file).sort_by("enterprise") for folder in ("together", "alone")]
        assert rows[0] == rows[1]
    work.close()
    engine.close()


def test_a_rule_that_fails_ends_the_check_and_closes_its_runners(tmp_path, monkeypatch):
    engine, runner, library = filled("duckdb", 0)
    made = []
    beside = DuckdbRunner.beside
    monkeypatch.setattr(DuckdbRunner, "beside", lambda self: made.append(beside(self)) or made[-1])

    def failing(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(DuckdbRunner, "save", failing)
    with pytest.raises(ZhulianError, match="No space left"):
        check_all(runner, library, as_of=DAYS[0], purpose=APPLICATION, out=tmp_path / "out")
    assert made
    for one in made:
        with pytest.raises(duckdb.ConnectionException):
            one.query("SELECT 1")
    engine.close()


def test_layer_leaves_nothing_behind(tmp_path):
    engine, runner, library = filled("duckdb", 0)
    tables = "SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'layer_')"
    work = Layer(runner, library, as_of=DAYS[0], purpose=APPLICATION, codes=CODES[:2])
    assert [task.code for task in work.tasks] == CODES[:2]
    kept = {name for (name,) in runner.query(tables)}
    assert kept >= {"layer_person", "layer_enterprise"}
    assert "layer_persons" not in kept, "what nothing needs any more is dropped at once"
    for task in work.tasks:
        work.write(task, tmp_path, work.runner)
    work.close()
    assert not runner.query(tables)
    engine.close()
