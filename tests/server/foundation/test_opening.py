"""Personal values are opened in one place, for a purpose, the leaf first; what opens them unseen stands here."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from django.db import transaction

import zhulian
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common.crypto import Secret
from zhulian.server.notary import opening
from zhulian.server.notary.models import Leaf

ROOT = Path(zhulian.__file__).parent
THE_WAY = "server/notary/opening.py:Opener.text"
UNSEEN = {
    "server/common/crypto.py:_SecretAttribute.__set__": "a value assigned from another row is sealed anew for this one",
    "server/events/sending.py:_send": "signs a push with the subscription's key; of a system, not of a person",
    "server/events/systems.py:system_secret_renew": "keeps the old key of a system for the time of overlap; of no person",
    "server/events/systems.py:_secrets": "checks a push against a system's keys; of no person",
    "server/exchange/quality_waivers.py:_reject": "records go back to intake by themselves; no answer shows them",
    "server/messages/sending.py:send_test": "the address that a message goes to, for the sender only",
    "server/messages/sending.py:send": "the address that a message goes to, for the sender only",
    "server/privacy/persons.py:quarantined": "compares raw records with a number that is to be erased",
    "server/registry/storage.py:_opened": "compares a stored fact with the arriving one, so that no change is no change",
}
"""`file:function` that calls `reveal` for no reader, and why it may."""


class _Calls(ast.NodeVisitor):
    """Functions in which `reveal` is taken off anything, called or handed on."""

    def __init__(self) -> None:
        self.within: list[str] = []
        self.found: set[str] = set()

    def _enter(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.within.append(node.name)
        self.generic_visit(node)
        self.within.pop()

    visit_ClassDef = visit_FunctionDef = visit_AsyncFunctionDef = _enter  # noqa: N815 - names of ast.NodeVisitor

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr == "reveal" or (node.attr == "_reveal" and self.within[:1] != ["Secret"]):
            self.found.add(".".join(self.within))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if node.value in ("reveal", "_reveal") and self.within and self.within != ["Secret"]:
            self.found.add(".".join(self.within))


def _callers(source: str) -> set[str]:
    calls = _Calls()
    calls.visit(ast.parse(source))
    return calls.found


def test_nothing_else_opens_values():
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{name}"
        for path in ROOT.rglob("*.py")
        for name in _callers(path.read_text(encoding="utf-8"))
    }
    assert found == {THE_WAY, *UNSEEN}


@pytest.mark.parametrize(
    "line", ["row.id_no.reveal()", "map(row.id_no.reveal, ())", 'getattr(row.id_no, "reveal")()', "row.id_no._reveal()"]
)
def test_the_search_sees_every_way_of_calling(line):
    assert _callers(f"def page(row):\n    return {line}\n") == {"page"}


@pytest.mark.parametrize(
    ("ground", "words", "code"),
    [
        ("", "动态核查", "opening.ground"),
        ("curiosity", "动态核查", "opening.ground"),
        ("case", "", "opening.purpose"),
        ("case", "  \t ", "opening.purpose"),
        ("case", "看", "opening.purpose"),
    ],
)
def test_a_purpose_has_a_kind_and_words(ground, words, code):
    with pytest.raises(ZhulianError) as refused:
        opening.Purpose(ground, words)
    assert refused.value.code == code
    assert refused.value.cure


def test_a_number_in_the_words_does_not_reach_the_ledger():
    told = opening.Purpose("case", "核对 370202199003071236，电话 13912345678").words
    assert "370202199003071236" not in told
    assert "13912345678" not in told
    long = opening.Purpose("case", "核" * (opening.LIMIT - 10) + "370202199003071236").words
    assert len(long) == opening.LIMIT
    assert "3702021990" not in long


@pytest.mark.django_db
def test_the_leaf_stands_before_anything_is_opened():
    leaves: list[int] = []

    def plain() -> str:
        leaves.append(Leaf.objects.filter(action="exchange.quarantine.reveal").count())
        return "明文"

    purpose = opening.Purpose("correct", "核对原件")
    opener = opening.begin(
        action="exchange.quarantine.reveal", actor="user:1", subject="quarantined:1", purpose=purpose, data={"n": 1}
    )
    assert opener.text(Secret(plain)) == "明文"
    assert leaves == [1]
    leaf = Leaf.objects.get(action="exchange.quarantine.reveal")
    assert json.loads(leaf.content)["data"] == {"ground": "correct", "n": 1, "purpose": "核对原件"}


@pytest.mark.django_db
def test_what_a_caller_says_beside_cannot_replace_the_purpose():
    with transaction.atomic():
        opening.begin(
            action="exchange.quarantine.reveal",
            actor="user:1",
            subject="quarantined:1",
            purpose=opening.Purpose("audit", "抽查"),
            data={"purpose": "别的", "ground": "other"},
        )
    data = json.loads(Leaf.objects.get(action="exchange.quarantine.reveal").content)["data"]
    assert data == {"ground": "audit", "purpose": "抽查"}
