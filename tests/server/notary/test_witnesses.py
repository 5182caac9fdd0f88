"""Cosignatures of outside witnesses: asked over the wire, checked, counted by the policy's quorum."""

from __future__ import annotations

import pytest

from server.notary.test_sequencing import act, home
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.ledger import Signer
from zhulian.server.notary import keys, publishing, sequencing, services, trees, witnesses

__all__ = ["home"]
ONE = Signer("w1.example", bytes([1]) * 32, witness=True)


@pytest.mark.django_db(transaction=True)
def test_asked_over_the_wire_the_quorum_decides_what_is_published(live_server, home, settings):
    # This installation is its own witness here: the same requests, the same answers, two keys.
    policy = home / "policy"
    policy.write_text(f"witness w {keys.witness_signer().verifier} {live_server.url}/witness\nquorum w\n")
    settings.LEDGER_POLICY = str(policy)
    act(3)
    sequencing.settle()
    assert not publishing.path_of("sha256").exists(), "the witness does not know us yet"
    services.witnessed_log_add(key=str(keys.log_signer(keys.origin("sha256")).verifier), actor="user:1")
    for _ in range(2):
        row = sequencing.settle()
        note = trees.signed_note(row)
        assert keys.witness_signer().verifier.check(note) > 0
        assert publishing.path_of("sha256").read_text(encoding="utf-8") == row.note
        act(5, row.size)
    policy.write_text(f"witness w {ONE.verifier} {live_server.url}/witness\nquorum w\n")
    assert witnesses.cosigned(sequencing.checkpoint_sign()) is None, "somebody else's key signed nothing"
    policy.write_text("nonsense")
    with pytest.raises(ZhulianError, match="line 1"):
        witnesses.policy()
