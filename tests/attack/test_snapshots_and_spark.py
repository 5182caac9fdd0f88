"""A snapshot that rotted under its right sizes, and a port on which something else listens."""

from __future__ import annotations

import socket

import pytest
from typer.testing import CliRunner

from zhulian.bulk import spark
from zhulian.cli.app import app

FINANCE = "enterprise,as_of,revenue\n91610800064834709T,2024-12-31,1\n"


@pytest.fixture
def snapshot(tmp_path):
    (tmp_path / "finance.csv").write_text(FINANCE, encoding="utf-8")
    done = CliRunner().invoke(app, ["snapshot", str(tmp_path / "finance.csv"), "--to", str(tmp_path / "s")])
    assert done.exit_code == 0, done.output
    return tmp_path / "s"


def checked(snapshot, *more: str):
    return CliRunner().invoke(app, ["check", str(snapshot), "--as-of", "2025-12-31", *more])


@pytest.mark.parametrize("into_folder", [False, True])
def test_a_part_that_rotted_is_named_and_is_no_traceback(snapshot, tmp_path, into_folder):
    for part in snapshot.glob("versions/1/*/*.parquet"):
        content = bytearray(part.read_bytes())
        content[4 : len(content) // 2] = b"x" * (len(content) // 2 - 4)
        part.write_bytes(content)
    done = checked(snapshot, *(["--out", str(tmp_path / "out")] if into_folder else []))
    assert done.exit_code == 2
    assert "已损坏" in done.output
    assert ".parquet" in done.output


def test_a_server_that_accepts_and_says_nothing_is_given_up(snapshot, monkeypatch):
    monkeypatch.setattr(spark, "_PATIENCE", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        done = checked(snapshot, "--engine", "spark", "--master", f"sc://127.0.0.1:{port}")
    assert done.exit_code == 2
    assert "没有回应" in done.output
