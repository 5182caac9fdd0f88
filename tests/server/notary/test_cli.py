"""`zhulian ledger`: the commands as an operator types them."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from server.notary.test_sequencing import act, home
from zhulian.cli.app import app
from zhulian.core.ledger import Checkpoint, InclusionProof, Note, Verifier, node_reader, root_of
from zhulian.server.notary.models import Leaf

__all__ = ["home"]
pytestmark = pytest.mark.django_db


def run(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["ledger", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.output


def test_sign_verify_and_find_what_was_altered():
    assert "账本是空的" in run("checkpoint")
    act(20)
    note = Note.parse(run("checkpoint"))
    key, witness = run("key").split()
    Verifier.parse(key).check(note)
    assert Verifier.parse(witness).witness
    assert "没有发现问题" in run("verify")
    Leaf.objects.filter(index=7).update(content="{}")
    assert "第 7 条" in run("verify", code=1)
    [told] = json.loads(run("verify", "--json", code=1))
    assert (told["size"], told["checked"]) == (20, 20)
    assert told["problems"]


def test_what_is_proven_holds_without_us(tmp_path):
    act(9)
    run("prove", "thing:4", "--to", tmp_path / "proof")
    [proof] = (tmp_path / "proof").glob("*.tlog-proof")
    key = Verifier.parse((tmp_path / "proof" / "log.vkey").read_text(encoding="utf-8"))
    leaf = proof.with_suffix(".json").read_bytes()
    assert json.loads(leaf)["subject"] == "thing:4"
    assert InclusionProof.parse(proof.read_text(encoding="utf-8")).check(leaf, key).size == 9
    assert "没有「thing:99」的留痕" in run("prove", "thing:99", "--to", tmp_path, code=2)
    assert "已有文件" in run("prove", "thing:4", "--to", tmp_path / "proof", code=2)


def test_the_export_is_a_log_that_others_can_read(tmp_path):
    act(300)
    run("export", tmp_path / "log")
    found = Checkpoint.parse(Note.parse((tmp_path / "log" / "checkpoint").read_text(encoding="utf-8")))
    files = {(0, 0): "tile/0/000", (0, 1): "tile/0/001.p/44", (1, 0): "tile/1/000.p/1"}
    nodes = node_reader(lambda level, number: (tmp_path / "log" / files[level, number]).read_bytes())
    assert root_of(300, nodes) == found.root


def test_going_on_is_refused_while_nothing_is_lost():
    act(1)
    run("checkpoint")
    assert "不需要重新开始" in run("restart", "--reason", "x", code=2)
