"""A province's own verification: its enterprises by its clauses, all others by the nation's, on every path."""

from __future__ import annotations

import datetime as dt

import pyarrow.parquet as pq

from parity import engines
from parity.oracle import Oracle
from parity.test_layer import told
from parity.test_parity import CODES, MOMENTS, flat, held, world_of
from zhulian.bulk.layer import Layer, row_reasons
from zhulian.bulk.runners import DuckdbRunner
from zhulian.core.rules import APPLICATION, Library, assess_held, assess_pair, people
from zhulian.core.rules.model import Source
from zhulian.core.rules.overlays import Overlay, OverlayVersion

DAY = dt.date(2022, 1, 1)
KEEP = {"lowest": ("p0", "c"), "others": ("p0", "c")}


def province_of(world, enterprise, known):
    """Read off the rows, as coverage does."""
    regions = [row["region"] for row in Oracle(world, enterprise, DAY, known).own("enterprise") if row["region"]]
    return max(regions, default="")[:2]


def with_overlays(library):
    """Two provinces with rules of their own, one of them in force only later."""
    source, start = Source("某省文件", "", "excerpt"), dt.date(2012, 1, 1)
    later = dt.date(2022, 3, 1)
    return Library(
        {book.code: book for book in library.rulebooks},
        [
            Overlay("o", "山东", "37", (APPLICATION,), (OverlayVersion("1", start, start, source, KEEP),)),
            Overlay("o2", "陕西", "61", (APPLICATION,), (OverlayVersion("1", later, start, source, KEEP),)),
        ],
    )


def test_overlays_agree_with_oracle(tmp_path):
    world, national = world_of(7, 60)
    library = with_overlays(national)
    engine = engines.in_duckdb()
    for table, rows in world.rows.items():
        engine.insert(table, rows)
    known_at, known = MOMENTS[1]
    asked = {"as_of": DAY, "known_at": known_at, "purpose": APPLICATION}
    found = {(a.code, a.enterprise): a for a in assess_held(library, engine, **asked)}
    assert set(found) == {(code, e) for code in CODES for e in held(world, code, DAY, known)}
    provinces, changed = {}, 0
    for (code, enterprise), assessment in found.items():
        province = provinces[enterprise] = province_of(world, enterprise, known)
        rule = library.rule(code, APPLICATION, DAY, known_at, province if province == "37" else "")
        verdict, bounds = Oracle(world, enterprise, DAY, known).answer(rule)
        expected = verdict, {k: (b.verdict, b.required, b.low, b.high) for k, b in bounds.items()}
        assert flat(assessment) == expected, (code, enterprise, province)
        changed += rule is not library.rule(code, APPLICATION, DAY, known_at)
    assert changed > 20, "the province's rule was asked"
    assert any(a.next_critical_on and a.next_critical_on <= dt.date(2022, 3, 1) for a in found.values())
    assert all(
        a.next_critical_on and a.next_critical_on <= dt.date(2022, 3, 1)
        for (_, e), a in found.items()
        if provinces[e] == "61"
    ), "an overlay to come wakes its province"
    for (code, enterprise), assessment in list(found.items())[::40]:
        assert assess_pair(library, engine, enterprise=enterprise, code=code, **asked) == assessment
        wanted = {
            c.id for line in people(library, engine, enterprise=enterprise, code=code, **asked) for c in line.clauses
        }
        assert wanted <= {child.id for child in assessment.reason.children}
    some = assess_held(library, engine, enterprises=range(1, 10), **asked)
    assert some == [a for a in sorted(found.values(), key=lambda a: (a.enterprise, a.code)) if a.enterprise < 10]
    in_bulk(engine, library, found, tmp_path)
    engine.close()


def in_bulk(engine, library, found, out):
    """The layer's files: a province's own beside all others'."""
    asked = {"as_of": DAY, "known_at": MOMENTS[1][0]}
    work = Layer(DuckdbRunner(engine.connection), library, purpose=APPLICATION, **asked)
    seen = set()
    for task in work.tasks:
        for number, row in enumerate(pq.read_table(out / work.write(task, out, work.runner).file).to_pylist()):
            case = (task.code, row["enterprise"])
            seen.add(case)
            expected = flat(found[case])
            verdict, bounds = told(task.rule, row)
            assert verdict == expected[0]
            assert bounds == {c: (v, low, high) for c, (v, _, low, high) in expected[1].items()}
            if number % 25 == 0:
                assert row_reasons(engine, task.rule, row, **asked) == found[case].reason
    assert seen == set(found)
    assert {task.overlays.province for task in work.tasks} == {"", "37"}
    work.close()
