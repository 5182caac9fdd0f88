"""Snapshots: what readers see, what a killed writer leaves, what is reused, and that no secret gets in."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhulian import bulk
from zhulian.bulk.snapshots import IDENTITY, open_snapshot, schemas
from zhulian.bulk.snapshots_files import snapshot_files
from zhulian.bulk.snapshots_writing import SnapshotWriter
from zhulian.core.kernel.errors import ZhulianError

SKILL = schemas()["skill"]


def rows(count, start=0):
    cells = {name: [None] * count for name in SKILL.names}
    cells |= {"row_id": list(range(start, start + count)), "certificate_no": [f"S{start + n}" for n in range(count)]}
    return pa.record_batch([pa.array(cells[f.name], f.type) for f in SKILL], schema=SKILL)


def take(root, parts, **more):
    """A version with a table of parts: file → (stamp, batch); a part whose stamp is known is reused."""
    with SnapshotWriter(root, taken_at=1, source="test", **more) as writer:
        for file, (stamp, batch) in parts.items():
            if not writer.reuse("skill", file, stamp):
                writer.write("skill", file, [batch], stamp)
        return writer.publish(), writer.reused


@pytest.fixture
def root(tmp_path):
    return tmp_path / "snap"


def count(folder, table="skill"):
    return sum(pq.read_metadata(path).num_rows for path in folder.paths(table))


def test_a_version_has_every_table_and_is_current(root):
    made, _ = take(root, {"a.parquet": ((3,), rows(3))})
    found = open_snapshot(root)
    assert found == made
    assert (found.manifest.version, found.manifest.rows("skill"), count(found)) == (1, 3, 3)
    assert set(found.manifest.tables) == set(schemas())
    for table, schema in schemas().items():
        assert pq.read_schema(found.paths(table)[0]).names == schema.names


def test_unchanged_parts_are_linked_and_changed_ones_written(root):
    first, _ = take(root, {"a.parquet": ((3,), rows(3)), "b.parquet": ((2,), rows(2, 3))})
    second, reused = take(root, {"a.parquet": ((3,), rows(3)), "b.parquet": ((4,), rows(4, 3))})
    assert (reused, count(second), second.manifest.previous) == (1, 7, 1)
    inodes = [Path(v.folder, "skill/a.parquet").stat().st_ino for v in (first, second)]
    assert inodes[0] == inodes[1]


def test_a_part_that_rotted_is_not_carried_on(root):
    first, _ = take(root, {"a.parquet": ((3,), rows(3))})
    part = Path(first.folder, "skill/a.parquet")
    text = bytearray(part.read_bytes())
    text[20] ^= 1
    part.write_bytes(text)
    second, reused = take(root, {"a.parquet": ((3,), rows(3))})
    assert (reused, count(second)) == (0, 3)


def test_full_and_another_source_reuse_nothing(root):
    parts = {"a.parquet": ((3,), rows(3))}
    take(root, parts)
    assert take(root, parts, full=True)[1] == 0
    with SnapshotWriter(root, taken_at=1, source="other") as writer:
        assert writer.previous is None


def test_only_the_last_versions_are_kept_and_a_reader_keeps_its_own(root):
    found = [take(root, {"a.parquet": ((n,), rows(n + 1))}, keep=2)[0] for n in range(4)]
    assert sorted(p.name for p in (root / "versions").iterdir()) == ["3", "4"]
    assert count(found[2]) == 3, "the version before can still be read"


def test_a_writer_that_fails_leaves_readers_where_they_were(root):
    take(root, {"a.parquet": ((3,), rows(3))})

    def fails():
        yield rows(9)
        raise RuntimeError

    with SnapshotWriter(root, taken_at=2, source="test") as writer, pytest.raises(RuntimeError):
        writer.write("skill", "a.parquet", fails())
    assert count(open_snapshot(root)) == 3
    assert not list((root / "staging").iterdir())


KILLED = """
import sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from bulk_snapshots_test import rows
from zhulian.bulk import snapshots_writing as w
if {where!r} == "before-current":
    w.version_folder = lambda root, n, old=w.version_folder: old(root, n)
    kept = Path.replace
    Path.replace = lambda self, target: (print("there", flush=True), time.sleep(60)) if self.name == "CURRENT.new" else kept(self, target)
with w.SnapshotWriter(Path({root!r}), taken_at=2, source="test") as writer:
    writer.write("skill", "a.parquet", [rows(9)], (9,))
    if {where!r} == "staging":
        print("there", flush=True)
        time.sleep(60)
    writer.publish()
"""


@pytest.mark.parametrize("where", ["staging", "before-current"])
def test_a_killed_writer_is_cleared_by_the_next(root, where, tmp_path):
    take(root, {"a.parquet": ((3,), rows(3))})
    shutil.copy(__file__, tmp_path / "bulk_snapshots_test.py")
    script = KILLED.format(tests=str(tmp_path), root=str(root), where=where)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline().strip() == "there"
        with pytest.raises(ZhulianError, match="正在生成") as busy:
            SnapshotWriter(root, taken_at=3, source="test").__enter__()
        assert busy.value.code == "snapshot.busy"
        os.kill(writer.pid, signal.SIGKILL)
    assert count(open_snapshot(root)) == 3
    again, _ = take(root, {"a.parquet": ((4,), rows(4))})
    assert (again.manifest.version, count(open_snapshot(root))) == (2, 4)
    assert sorted(p.name for p in (root / "versions").iterdir()) == ["1", "2"]


def test_a_reader_never_sees_half_a_version(root):
    """Versions are published while another process opens and counts: each answer is that of one version."""
    take(root, {"a.parquet": ((1,), rows(1)), "b.parquet": ((1,), rows(1))})
    script = (
        "import pyarrow.parquet as pq\nfrom pathlib import Path\n"
        "from zhulian.bulk.snapshots import open_snapshot\n"
        "print('there', flush=True)\nversions = set()\nbad = 0\n"
        "while len(versions) < 4:\n"
        f"    folder = open_snapshot(Path({str(root)!r}))\n"
        "    counts = {pq.read_metadata(p).num_rows for p in folder.paths('skill')}\n"
        "    versions.update(counts)\n    bad += len(counts) != 1\n"
        "print(bad)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as reader:
        reader.stdout.readline()
        end, n = time.monotonic() + 60, 1
        while reader.poll() is None and time.monotonic() < end:
            n += 1
            take(root, {"a.parquet": ((n,), rows(n)), "b.parquet": ((n,), rows(n))}, keep=5)
        reader.kill()
        bad = reader.stdout.readline()
    assert bad == "0\n", "four versions were read, each whole"


def test_other_columns_than_the_contracts_are_a_defect(root):
    with SnapshotWriter(root, taken_at=1, source="test") as writer:
        pq.write_table(pa.table({"row_id": [1]}), writer.path("skill", "a.parquet"))
        with pytest.raises(ValueError, match="contract"):
            writer.add("skill", "a.parquet")


def test_a_folder_with_other_things_is_left_alone(root):
    root.mkdir()
    (root / "重要.txt").write_text("x")
    with pytest.raises(ZhulianError, match=r"重要\.txt"):
        SnapshotWriter(root, taken_at=1, source="test").__enter__()


def test_what_is_wrong_with_a_snapshot_is_said_with_a_cure(root, tmp_path):
    with pytest.raises(ZhulianError, match="没有快照"):
        open_snapshot(tmp_path)
    made, _ = take(root, {"a.parquet": ((3,), rows(3))})
    manifest = made.folder / "manifest.json"
    text = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**text, "schema": "older"}), encoding="utf-8")
    with pytest.raises(ZhulianError, match="表结构"):
        open_snapshot(root)
    manifest.write_text("{", encoding="utf-8")
    with pytest.raises(ZhulianError, match="已损坏"):
        open_snapshot(root)
    manifest.write_text(json.dumps(text), encoding="utf-8")
    Path(made.folder, "skill/a.parquet").write_bytes(b"")
    with pytest.raises(ZhulianError, match=r"a\.parquet"):
        open_snapshot(root)


FILES = {
    "enterprise.csv": "enterprise,uscc,name,region\nQY_ID:7,,青岛甲建设有限公司,370202\n",
    "person.csv": "person,name,id_no,phone,birth_on\nRY_ID:1,张三,110105199003070033,13812345678,1990-03-07\n,李四,110105199203070038,,\n",
    "skill.csv": "certificate_no,person,enterprise,grade\nS1,RY_ID:1,QY_ID:7,中级工\n",
}


def test_no_secret_gets_into_a_snapshot(root, tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    folder, report = snapshot_files([tmp_path / name for name in FILES], root, taken_at=1)
    assert report.quarantined == 0
    assert folder.manifest.rows("person") == 2
    for table in schemas():
        found = pq.read_table(folder.paths(table)[0])
        assert not {"id_no", "phone", "id_no_index", "phone_index", "secret_id"} & set(found.column_names)
        assert not [c for c in str(found.to_pylist()).split("'") if c in {"110105199003070033", "13812345678"}]
    kinds = pq.read_table(folder.paths(IDENTITY)[0])["kind"].to_pylist()
    assert sorted(set(kinds)) == ["QY_ID", "RY_ID", "name"]


def test_files_as_a_snapshot_are_what_files_in_memory_are(root, tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = [tmp_path / name for name in FILES]
    folder, _ = snapshot_files(paths, root, taken_at=1)
    runner, memory = bulk.DuckdbRunner(), bulk.load(paths, "duckdb").runner
    folder.attach(runner)
    for table in ("enterprise", "person", "skill", "qualification"):
        sql = f'SELECT * FROM "{table}" ORDER BY row_id'
        assert runner.query(sql) == memory.query(sql)
