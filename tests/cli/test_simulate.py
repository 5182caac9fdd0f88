"""`zhulian simulate`: a few enterprises' weeks through the whole loop, in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zhulian.cli.app import app


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulate") / "town"
    assert CliRunner().invoke(app, ["city", str(folder), "--seed", "3"]).exit_code == 0
    return folder


def simulate(*arguments: object, home: Path) -> subprocess.CompletedProcess[str]:
    """The command as its users run it: Django is set up once in a process."""
    environment = {**os.environ, "ZHULIAN_HOME": str(home), "ZHULIAN_DATABASE": "postgres://nobody@127.0.0.1:1/none"}
    command = [str(Path(sys.executable).with_name("zhulian")), "simulate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=280)


def test_weeks_of_two_enterprises(town: Path, tmp_path: Path) -> None:
    mine = tmp_path / "installation"
    days = ("--from", "2025-09-01", "--to", "2025-09-26", "--enterprises", "2")
    done = simulate(town, *days, "--json", home=mine)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["orphans"] == []
    assert found["labels"] == {"fires": 5, "missed": [], "wrong": []}
    totals = {name: sum(d[name] for d in found["directions"].values()) for name in found["directions"]["site"]}
    assert totals["decisions"] > 0
    assert totals["restrictions"] > 0
    assert 0 < totals["in_time"] <= totals["due"]
    fired = {line["rule"] for line in found["rules"] if line["fired"]}
    assert {"accident-suspension", "permit-suspended", "major-hazard", "accident-bar"} <= fired
    assert not (mine / "zhulian.sqlite3").exists(), "nobody's installation is touched"


def test_what_cannot_be_simulated_says_what_to_do(town: Path, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "x").write_text("x", encoding="utf-8")
    days = ("--from", "2025-09-01", "--to", "2025-09-02")
    for arguments, told in (
        ((tmp_path / "nothing", *days), "不是一座虚构的城市"),
        ((town, "--from", "2025-09-02", "--to", "2025-09-01"), "应早于"),
        ((town, *days, "--home", full), "里已有数据"),
    ):
        done = simulate(*arguments, home=tmp_path / "own")
        assert done.returncode == 2, done.stdout + done.stderr
        assert told in done.stdout + done.stderr
        assert "办法" in done.stdout + done.stderr
