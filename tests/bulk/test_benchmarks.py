"""`make bench` ends, names what fails and lets no wrong answer count."""

import importlib
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def script(monkeypatch):
    """A script of `benchmarks/` by its name."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


def test_a_command_gives_its_last_line(script):
    assert script("common").last_line("x", [sys.executable, "-c", "print('a'); print('b')"], seconds=20) == "b"


@pytest.mark.parametrize(("text", "why"), [("raise SystemExit(3)", "exit code 3"), ("pass", "exit code 0")])
def test_a_command_that_fails_or_says_nothing_is_named(script, text, why):
    common = script("common")
    with pytest.raises(common.FailedError, match=f"numbers: ended with {why}"):
        common.last_line("numbers", [sys.executable, "-c", text], seconds=20)


def test_what_takes_too_long_is_ended_with_all_that_it_started(script, tmp_path):
    common = script("common")
    started = f"import subprocess, pathlib; p = subprocess.Popen(['sleep', '60']); pathlib.Path({str(tmp_path / 'id')!r}).write_text(str(p.pid)); p.wait()"
    with pytest.raises(common.FailedError, match="slow: not finished within 2 s"):
        common.last_line("slow", [sys.executable, "-c", started], seconds=2, group=True)
    process = (tmp_path / "id").read_text()
    deadline = time.monotonic() + 5
    while _runs(process) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _runs(process), "the command's own child still runs"


def _runs(process):
    """Whether it is there and more than a name that nobody has asked about."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", process], capture_output=True, text=True, check=False)
    return done.stdout.strip()[:1] not in {"", "Z"}


def test_a_part_that_fails_is_named_and_the_next_one_runs(script, monkeypatch):
    run, common = script("run"), script("common")
    figure = {"job": "job", "ours": 1.0, "yardstick": "other", "theirs": 4.0, "unit": "s", "goal": "≤ 1×"}

    def part(name, _size):
        if name == "rules":
            raise common.FailedError("rules: not finished within 1 s")
        return {"figures": [figure], "table": "", "failed": ["numpy: another answer"] if name == "peers" else []}

    monkeypatch.setattr(run, "part", part)
    text, failed = run.run(["rules", "peers", "nation"], "small")
    assert failed == ["rules: not finished within 1 s", "peers: numpy: another answer"]
    assert text.count("| job | 1 s | other | 4 s | 0.25 | ≤ 1× |") == 2
    assert all(f"- FAILED: {why}" in text for why in failed)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_bound_that_differs_from_ours_does_not_count(script, tmp_path, wrong):
    compare, common = script("peers_compare"), script("common")
    for name in ("ours", "numpy"):
        (tmp_path / name).mkdir()
    ours = {
        "enterprise": [2, 1],
        "s0": pa.array([None, 5], pa.int64()),
        "net_assets_low": pa.array([None, 7], pa.int64()),
    }
    pq.write_table(pa.table(ours), tmp_path / "ours" / "D101C.parquet")
    nothing = np.iinfo(np.int64).min
    np.savez(
        tmp_path / "numpy" / "D101C.npz",
        enterprise=np.array([1, 2, 3]),
        s0=np.array([5, 1 if wrong else 0, 9]),
        net_assets_low=np.array([7, nothing, 3]),
    )
    if wrong:
        with pytest.raises(common.FailedError, match=r"D101C.*s0"):
            compare.compare_numpy(tmp_path)
    else:
        assert compare.compare_numpy(tmp_path) == "4 bounds of 2 pairs under the nation's text: the same"


def test_the_ledger_is_measured_beside_its_yardsticks_in_one_run(script):
    found = script("run").part("ledger", "small")
    jobs = {(row["job"].split(":")[0], row["yardstick"].split(",")[0]) for row in found["figures"]}
    assert ("inclusion proof checked", "pymerkle") in jobs
    assert (
        "1,000 leaves sequenced, signed and published, SQLite",
        "the same numbers written into a copy of the table",
    ) in jobs
    assert all(row["ours"] > 0 and row["theirs"] > 0 for row in found["figures"])
    stored = next(row for row in found["figures"] if row["yardstick"] == "a hash for every node")
    assert stored["ours"] == pytest.approx(32, abs=0.3)  # a tile is a 256th of the hashes below it


@pytest.mark.parametrize(
    ("wrong", "why"), [("root", "another root"), ("olds", "of an older tree"), ("paths", "inclusion proof 1"), ("", "")]
)
def test_a_tree_that_answers_differently_does_not_count(script, wrong, why):
    ledger, common = script("ledger"), script("common")
    tree = ledger.Tree().append_all(script("ledger_leaves").leaves(700))
    half = ledger.Tree().append_all(script("ledger_leaves").leaves(350), 7)
    paths = [tree.inclusion(3), tree.inclusion(699)]
    other = bytes(32).hex()
    theirs = {
        "root": other if wrong == "root" else tree.root.hex(),
        "olds": [other if wrong == "olds" else half.root.hex()],
        "paths": [[other, *[each.hex() for each in path]] for path in paths],
    }
    if not wrong:
        ledger.compare(theirs, tree, paths, [half.root])
        return
    if wrong == "paths":
        theirs["paths"][1][1] = other
    with pytest.raises(common.FailedError, match=why):
        ledger.compare(theirs, tree, paths, [half.root])
