"""Policies of witnesses: read strictly, counted exactly (C2SP tlog-policy)."""

from __future__ import annotations

import pytest

from zhulian.core.ledger import Checkpoint, LedgerError, Note, Signer
from zhulian.core.ledger.policy import parse

ONE, TWO, THREE = (Signer(f"w{n}.example", bytes([n]) * 32, witness=True) for n in (1, 2, 3))
LINES = [f"witness w{n} {s.verifier}" for n, s in enumerate((ONE, TWO, THREE), 1)]
NOTE = Checkpoint("log.example", 3, bytes(32)).signed(Signer("log.example", bytes(32)))


def signed_by(*signers: Signer) -> Note:
    note = NOTE
    for signer in signers:
        note = note.signed(signer.line(note.text, at=1_700_000_000))
    return note


@pytest.mark.parametrize(
    ("rule", "signers", "enough"),
    [
        ("quorum none", (), True),
        ("quorum w1", (), False),
        ("quorum w1", (TWO,), False),
        ("quorum w1", (ONE,), True),
        ("group g any w1 w2\nquorum g", (TWO,), True),
        ("group g all w1 w2\nquorum g", (TWO,), False),
        ("group g all w1 w2\nquorum g", (TWO, ONE), True),
        ("group g 2 w1 w2 w3\nquorum g", (ONE, THREE), True),
        ("group g 2 w1 w2 w3\nquorum g", (THREE,), False),
        ("group g any w1 w2\ngroup h all g w3\nquorum h", (ONE, THREE), True),
        ("group g any w1 w2\ngroup h all g w3\nquorum h", (ONE, TWO), False),
    ],
)
def test_a_quorum_is_counted(rule, signers, enough):
    policy = parse("# who\n" + "\n".join(LINES) + "\n" + rule)
    assert policy.satisfied(signed_by(*signers)) is enough


def test_a_cosignature_of_another_text_counts_for_nothing():
    policy = parse("\n".join(LINES) + "\nquorum w1")
    forged = NOTE.signed(ONE.line("another\n1\n\n", at=1_700_000_000))
    assert not policy.satisfied(forged)


@pytest.mark.parametrize(
    "line",
    [
        "wittness w1 x",
        "witness w1",
        "witness none " + str(ONE.verifier),
        LINES[0] + "\n" + LINES[0],
        "witness w9 " + str(Signer("log.example", bytes(32)).verifier),
        "group g any w9",
        LINES[0] + "\ngroup g 2 w1",
        LINES[0] + "\ngroup g any w1 w1",
        LINES[0] + "\ngroup g many w1",
        "quorum w1",
    ],
)
def test_a_policy_that_means_nothing_is_refused(line):
    with pytest.raises(LedgerError, match=r"policy\.line"):
        parse(line)
