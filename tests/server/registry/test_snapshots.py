"""Snapshots of the database: the rows that are there, the incremental one equal to a full one, resumable as a job."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection

from server.exchange.conftest import credit_code
from zhulian.bulk.snapshots import IDENTITY, open_snapshot, schemas
from zhulian.bulk.snapshots_writing import SnapshotWriter
from zhulian.core.kernel.dates import SHANGHAI, micros
from zhulian.core.kernel.identifiers import parse_key
from zhulian.core.tables import TABLES, Publicity
from zhulian.intake import Position, Row
from zhulian.server.common import clock
from zhulian.server.common.dispatch import job_step
from zhulian.server.common.jobs import job_start
from zhulian.server.common.models import Job
from zhulian.server.notary.models import Leaf
from zhulian.server.registry import snapshots
from zhulian.server.registry.models import MODELS
from zhulian.server.registry.services import rows_record, source_create

AT = dt.datetime(2025, 6, 2, 9, tzinfo=SHANGHAI)
FIRM, OTHER = credit_code(1), credit_code(2)


def record(*rows, at=AT):
    source = source_create(feed="示例", reference=f"{at}", at=at, actor="system:test")
    made = []
    for number, (table, told) in enumerate(rows, start=1):
        values = dict(told)
        period = {name: values.pop(name) for name in ("fact_from", "fact_until") if name in values}
        cells = {k: parse_key(v) if TABLES[table].column(k).refers else v for k, v in values.items()}
        made.append(Row(table, cells, Position("t.csv", number), {}, **period))
    assert not rows_record(rows=made, source=source, feed="示例", at=at, actor="system:test").rejects


def firm(key, name='青岛"甲"，建设\n有限公司', **more):
    return "enterprise", {"enterprise": key, "uscc": key, "name": name, "region": "370202", **more}


def skill(number, **more):
    cells = {"certificate_no": f"S{number}", "person": f"RY_ID:{number}", "enterprise": FIRM, "grade": "中级工"}
    return "skill", {**cells, **more}


@pytest.fixture(autouse=True)
def _register(db):  # noqa: ARG001 - rows are made
    """A firm with people, machines owned and not told, an empty text, dates known and not."""
    record(
        firm(FIRM, established_on=dt.date(2001, 2, 3)),
        ("person", {"person": "RY_ID:1", "name": "张三", "id_no": "110105199003070033", "phone": "13812345678"}),
        *(skill(n) for n in range(1, 12)),
        ("equipment", {"enterprise": FIRM, "kind": "塔机", "count": 2, "owned": True, "spec": ""}),
        ("equipment", {"enterprise": FIRM, "kind": "压路机", "count": 1}),
        ("equipment", {"enterprise": FIRM, "kind": "摊铺机", "count": 1, "owned": False}),
    )


@pytest.fixture
def _small(monkeypatch):
    """Few rows to a part, so that a few rows make many."""
    monkeypatch.setattr(snapshots, "RANGE", 4)


def take(root, at=AT, **more):
    with clock.frozen(at):
        steps = snapshots.snapshot_take(to=root, actor="system:test", **more)
        passed = []
        while True:
            try:
                passed.append(next(steps))
            except StopIteration as end:
                return end.value, passed


def content(folder, table):
    found = pa.concat_tables([pq.read_table(path) for path in folder.paths(table)])
    return found.sort_by("row_id").to_pylist()


def in_database(table):
    names = [n for n in schemas()[table].names if n != "class"]
    rows = MODELS[table].objects.order_by("row_id").values(*names)
    return [dict(row) for row in rows]


@pytest.mark.usefixtures("_small")
def test_a_snapshot_is_what_the_database_holds(tmp_path):
    folder, passed = take(tmp_path / "snap")
    for table in ("enterprise", "person", "skill", "equipment", "qualification"):
        found = content(folder, table)
        assert found == in_database(table)
        assert pq.read_schema(folder.paths(table)[0]).names == schemas()[table].names
    assert content(folder, "enterprise")[0]["name"] == '青岛"甲"，建设\n有限公司'
    assert {row["owned"] for row in content(folder, "equipment")} == {True, False, None}
    assert passed[-1][0] == passed[-1][1], "progress ends at its end"
    assert folder.manifest.taken_at == micros(AT)
    assert open_snapshot(tmp_path / "snap") == folder
    leaf = Leaf.objects.latest("pk")
    assert leaf.action == "registry.snapshot.take"


def test_no_secret_column_and_no_secret_value(tmp_path):
    folder, _ = take(tmp_path / "snap")
    secret = {c.name for t in TABLES.values() for c in t.columns if c.public is Publicity.SECRET}
    for table in schemas():
        rows = content(folder, table)
        assert not secret & set(schemas()[table].names)
        assert "110105199003070033" not in str(rows)
        assert "13812345678" not in str(rows)
    identities = content(folder, IDENTITY)
    assert {row["kind"] for row in identities} == {"uscc", "RY_ID", "name"}
    assert {(row["kind"], row["sure"]) for row in identities} == {("uscc", True), ("RY_ID", True), ("name", False)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM identity WHERE kind = 'id_no'")
        blind = cursor.fetchone()[0]
    assert blind not in str(identities)


@pytest.mark.usefixtures("_small")
def test_an_incremental_snapshot_equals_a_full_one(tmp_path):
    take(tmp_path / "grown")
    second = AT + dt.timedelta(days=1)
    record(firm(OTHER, name="新来的公司"), *(skill(n) for n in range(20, 23)), at=second)  # arrives
    record(skill(2, grade="高级工"), at=second + dt.timedelta(hours=1))  # corrected
    record(skill(9, fact_until=dt.date(2025, 6, 1)), at=second + dt.timedelta(hours=2))  # ended
    third = second + dt.timedelta(days=1)
    grown, _ = take(tmp_path / "grown", third)
    whole, _ = take(tmp_path / "whole", third, full=True)
    assert grown.manifest.previous == 1
    for table in schemas():
        assert content(grown, table) == content(whole, table), table
        assert [p.sha256 for p in grown.manifest.tables[table]] == [p.sha256 for p in whole.manifest.tables[table]]
    before = {part.sha256 for part in open_first(tmp_path / "grown").tables["skill"]}
    now = [part.sha256 for part in grown.manifest.tables["skill"]]
    assert 0 < sum(s in before for s in now) < len(now), "some parts are reused, some are not"
    assert any(row["superseded_at"] == micros(second + dt.timedelta(hours=1)) for row in content(grown, "skill"))


def open_first(root):
    from zhulian.bulk.snapshots import Manifest

    return Manifest.of((root / "versions/1/manifest.json").read_text(encoding="utf-8"))


def test_what_is_recorded_or_superseded_later_is_not_in_it(tmp_path):
    """A snapshot read while others write is the state of its moment."""
    later = AT + dt.timedelta(hours=1)
    expected = content(take(tmp_path / "before")[0], "skill")
    record(skill(3, grade="高级工"), skill(30), at=later)
    assert content(take(tmp_path / "after", AT)[0], "skill") == expected
    assert content(take(tmp_path / "after", later)[0], "skill") != expected


@pytest.mark.usefixtures("_small")
def test_a_row_that_was_committed_late_is_in_the_next_one(tmp_path):
    """Its `recorded_at` is before the version that missed it."""
    missed = MODELS["skill"].objects.order_by("row_id").first()
    kept = {f.attname: getattr(missed, f.attname) for f in missed._meta.concrete_fields}
    missed.delete()
    assert len(content(take(tmp_path / "snap", AT + dt.timedelta(days=1))[0], "skill")) == 10
    MODELS["skill"].objects.create(**kept)
    assert len(content(take(tmp_path / "snap", AT + dt.timedelta(days=2))[0], "skill")) == 11


@pytest.mark.usefixtures("_small")
def test_a_merge_shows_in_the_next_one(tmp_path):
    from zhulian.server.registry.merging.services import subjects_merge
    from zhulian.server.registry.models import Identity

    record(("skill", {**skill(40)[1], "enterprise": "QY_ID:77"}))
    gone = Identity.objects.get(kind="QY_ID", value="77").subject_id
    kept = Identity.objects.get(kind="uscc", value=FIRM).subject_id
    take(tmp_path / "snap", AT + dt.timedelta(hours=1))
    at = AT + dt.timedelta(days=1)
    with clock.frozen(at):
        subjects_merge(survivor=kept, gone=gone, reason="同一企业", actor="user:1", at=at)
    third = at + dt.timedelta(hours=1)
    grown, whole = take(tmp_path / "snap", third)[0], take(tmp_path / "whole", third, full=True)[0]
    for table in schemas():
        assert content(grown, table) == content(whole, table), table
    now = {r["enterprise"] for r in content(grown, "skill") if r["superseded_at"] > micros(third)}
    assert now == {kept}


@pytest.mark.usefixtures("_small")
def test_as_a_job_it_goes_on_from_step_to_step(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshots, "STEP_SECONDS", 0.001)
    row = job_start(kind=snapshots.JOB, payload={"to": str(tmp_path / "snap"), "keep": 2}, actor="user:1")
    steps = 0
    while row.state in {Job.State.WAITING, Job.State.RUNNING}:
        row, steps = job_step(row.pk), steps + 1
    assert row.state == Job.State.FINISHED
    assert steps > 3
    assert row.done == row.total
    assert row.result["version"] == open_snapshot(tmp_path / "snap").manifest.version == 1
    assert Leaf.objects.filter(action="registry.snapshot.take", actor="user:1").count() == 1
    assert not snapshots._open


def test_a_job_waits_for_another_writer(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshots, "_BUSY_PAUSE", 0)
    row = job_start(kind=snapshots.JOB, payload={"to": str(tmp_path / "snap")})
    with SnapshotWriter(tmp_path / "snap", taken_at=1, source="files"):
        row = job_step(row.pk)
        assert row.state == Job.State.RUNNING
    for _ in range(100):
        if row.state != Job.State.RUNNING:
            break
        row = job_step(row.pk)
    assert row.state == Job.State.FINISHED


def test_the_nightly_snapshot_is_taken_where_a_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(snapshots.FOLDER, str(tmp_path / "nightly"))
    row = job_start(kind=snapshots.JOB, payload={"at": "2025-06-02T02:30:00+08:00"})
    while row.state in {Job.State.WAITING, Job.State.RUNNING}:
        row = job_step(row.pk)
    assert open_snapshot(tmp_path / "nightly").manifest.version == 1
