"""The folder of an installation's own rulebooks, filled by an enemy or by accident: told by name, and nobody waits."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zhulian.cli.app import app
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.rules import Library
from zhulian.rulebooks.own import own_files


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


TRICKS = {
    "a folder": Path.mkdir,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nowhere": lambda path: path.symlink_to("gone"),
    "a pipe": os.mkfifo,
    "an endless device": _device,
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS.keys())
def test_what_is_no_file_is_refused_by_name_and_nobody_waits_for_it(tmp_path, trick):
    trick(tmp_path / "省.yaml")
    with pytest.raises(ZhulianError) as refusal:
        own_files(tmp_path)
    assert refusal.value.code == "rulebook.unreadable"
    assert "省.yaml" in refusal.value.text


def test_a_file_in_place_of_the_folder_is_no_empty_folder(tmp_path):
    (tmp_path / "rulebooks").write_text("")
    with pytest.raises(ZhulianError) as refusal:
        own_files(tmp_path / "rulebooks")
    assert refusal.value.code == "rulebook.unreadable"


def test_what_editors_leave_behind_and_cases_are_no_rulebooks_and_a_missing_folder_is_empty(tmp_path):
    (tmp_path / ".#省.yaml").symlink_to("nobody@nowhere.1:2")
    (tmp_path / "._省.yaml").write_bytes(b"\x00\x05")
    (tmp_path / "省.cases.yaml").write_text("- 1")
    assert own_files(tmp_path) == {}
    assert own_files(tmp_path / "none") == {}


def test_ten_megabytes_are_refused_before_they_are_read(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"code: " + b"x" * (10 << 20))
    started = time.monotonic()
    with pytest.raises(ZhulianError) as refusal:
        Library.load(own_files(tmp_path))
    assert refusal.value.code == "rulebook.size"
    assert time.monotonic() - started < 1


def test_keys_cost_by_their_number_and_not_by_its_square():
    """Twelve thousand keys once took minutes: each was counted among all."""
    data = b"".join(b"k%d: 1\n" % n for n in range(12_000))
    started = time.process_time()
    with pytest.raises(ZhulianError) as refusal:
        Library.load({"x.yaml": data})
    assert refusal.value.code == "rulebook.key_missing"
    assert time.process_time() - started < 10


@pytest.mark.parametrize("command", [["serve", "--port", "8799"], ["work", "--once"]])
def test_a_bad_rulebook_keeps_the_server_from_starting_and_is_named(tmp_path, monkeypatch, command):
    (tmp_path / "省.yaml").write_text("subject: 示例\n", encoding="utf-8")
    monkeypatch.setenv("ZHULIAN_RULEBOOKS", str(tmp_path))
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2, done.output
    assert "省.yaml" in done.output.replace("\n", "")
