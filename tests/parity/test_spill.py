"""The spill folder is a connection's own, and a killed process leaves none behind for long."""

from __future__ import annotations

import subprocess
import sys

from zhulian.bulk.runners import connect_duckdb


def test_spill_folders_of_the_dead_are_removed(tmp_path):
    code = (
        "import os, pathlib, signal, sys; from zhulian.bulk.runners import connect_duckdb; "
        "connect_duckdb(spill=pathlib.Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    first, second = connect_duckdb(spill=tmp_path), connect_duckdb(spill=tmp_path, memory_limit="200MB")
    assert not left.exists()
    assert len(list(tmp_path.iterdir())) == 2, "one each"
    limit = second.execute("SELECT current_setting('memory_limit')").fetchone()
    assert limit == ("190.7 MiB",)
    for connection in (first, second):
        connection.close()


def test_spill_folder_goes_with_the_process(tmp_path):
    code = (
        "import pathlib, sys; from zhulian.bulk.runners import connect_duckdb; "
        "c = connect_duckdb(spill=pathlib.Path(sys.argv[1]), memory_limit='60MB'); "
        "c.execute('CREATE TEMP TABLE t AS SELECT range AS a, hash(range) AS b FROM range(8000000)'); "
        "print(sum(f.stat().st_size for d in pathlib.Path(sys.argv[1]).iterdir() for f in d.iterdir()))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True)
    assert int(done.stdout) > 0, "it did spill"
    assert not list(tmp_path.iterdir())
