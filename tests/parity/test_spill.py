"""The spill folder is a connection's own, and a killed process leaves none behind for long."""

from __future__ import annotations

import subprocess
import sys

import pytest

from zhulian.bulk.runners import connect_duckdb
from zhulian.bulk.snapshots_reading import limited
from zhulian.core.kernel.errors import ZhulianError


def test_spill_folders_of_the_dead_are_removed(tmp_path):
    code = (
        "import os, pathlib, signal, sys; from zhulian.bulk.runners import connect_duckdb; "
        "connect_duckdb(spill=pathlib.Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    first, second = connect_duckdb(spill=tmp_path), connect_duckdb(spill=tmp_path)
    assert not left.exists()
    assert len(list(tmp_path.iterdir())) == 2, "one each"
    for connection in (first, second):
        connection.close()


def test_memory_is_the_whole_process_so_duckdb_gets_the_rest():
    assert limited("1GB").memory() == pytest.approx(10**9 - 384 * 1024**2, rel=0.01)
    assert limited("300MB").memory() == pytest.approx(150_000_000, rel=0.01), "never nothing"
    assert limited("1GB").beside() is None, "one rule at a time where memory is tight"
    assert limited("4GB").beside() is not None
    with pytest.raises(ZhulianError, match="much"):
        limited("much")


def test_spill_folder_goes_with_the_process(tmp_path):
    code = (
        "import pathlib, sys; from zhulian.bulk.runners import connect_duckdb; "
        "c = connect_duckdb(spill=pathlib.Path(sys.argv[1])); c.execute(\"SET memory_limit = '60MB'\"); "
        "c.execute('CREATE TEMP TABLE t AS SELECT range AS a, hash(range) AS b FROM range(8000000)'); "
        "print(sum(f.stat().st_size for d in pathlib.Path(sys.argv[1]).iterdir() for f in d.iterdir()))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True)
    spilt = done.stdout.split()[-1]  # run by -c, DuckDB draws its progress first when the machine is slow
    assert int(spilt) > 0, "it did spill"
    assert not list(tmp_path.iterdir())
