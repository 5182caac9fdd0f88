"""The first account of an installation: made once, with a password that must be changed and that nothing keeps."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

ZHULIAN = Path(sys.executable).with_name("zhulian")


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ZHULIAN_HOME": str(home)}
    environment.pop("ZHULIAN_DATABASE", None)
    command = [ZHULIAN, "administrator", "add", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=False, text=True)


def test_one_is_made_and_the_same_name_not_twice(tmp_path):
    made = run(tmp_path, "zhang.wei", "--name", "张伟")
    assert made.returncode == 0, made.stderr[-500:]
    password = made.stdout.split("初始密码：")[1].split()[0]
    with sqlite3.connect(tmp_path / "zhulian.sqlite3") as rows:
        row = rows.execute("SELECT role, password_given, password FROM accounts_user").fetchone()
        assert (row[0], row[1]) == ("administrator", 1)
        assert password not in "".join(rows.iterdump())
    again = run(tmp_path, "Zhang.Wei", "--name", "张伟")
    assert again.returncode == 2
    assert "已有人使用" in again.stdout
