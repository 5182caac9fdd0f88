"""Notes, checkpoints and proof texts: the formats of C2SP, read strictly."""

from __future__ import annotations

import base64

import pytest

from zhulian.core.ledger import (
    SHA256,
    Checkpoint,
    InclusionProof,
    LedgerError,
    Note,
    Signer,
    Tile,
    Verifier,
    extended,
    inclusion_proof,
    node_reader,
    root_of,
)
from zhulian.core.ledger.tiles import tiles_of

LOG = Signer("example.org/ledger", bytes(range(32)))
WITNESS = Signer("witness.example.org", bytes(range(32, 64)), witness=True)
ROOT = bytes(range(100, 132))
TEXT = Checkpoint("example.org/ledger", 20852163, ROOT).text


def test_the_published_example_of_a_signed_note_holds():
    # golang.org/x/mod/sumdb/note, package documentation
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert str(Verifier.parse(key)) == key
    assert Verifier.parse(key).check(Note.parse(note)) is None
    with pytest.raises(LedgerError, match=r"note\.signature"):
        Verifier.parse(key).check(Note.parse(note.replace("answer", "ANSWER")))


def test_a_checkpoint_is_signed_read_and_cosigned():
    signed = Checkpoint.parse(Note(TEXT, ())).signed(LOG)
    again = Note.parse(str(signed))
    assert again == signed
    assert LOG.verifier.check(again) is None
    assert Checkpoint.parse(again) == Checkpoint("example.org/ledger", 20852163, ROOT)
    both = again.signed(WITNESS.line(again.text, at=1_700_000_000))
    assert WITNESS.verifier.check(both) == 1_700_000_000
    assert LOG.verifier.check(both) is None


SIGNED = str(Checkpoint("example.org/ledger", 7, ROOT).signed(LOG))
BROKEN = [
    ("note.form", SIGNED.rstrip("\n")),
    ("note.form", SIGNED.replace("\n\n", "\n")),
    ("note.form", SIGNED.replace("\n\n", "\n\n\n").replace("—", "-")),
    ("note.form", SIGNED.replace("\n", "\r\n")),
    ("note.form", "x" * (1 << 21)),
    ("note.base64", SIGNED[:-2] + "!\n"),
    ("note.base64", SIGNED[:-1] + "====\n"),
    ("note.unsigned", SIGNED.replace("— example.org/ledger", "— example.org/other")),
    ("note.signature", SIGNED.replace("ledger\n7\n", "ledger\n8\n")),
    ("note.signature", SIGNED + SIGNED.split("\n\n")[1]),
]


@pytest.mark.parametrize(("code", "text"), BROKEN)
def test_what_is_no_note_or_not_signed_is_refused(code, text):
    with pytest.raises(LedgerError) as caught:
        LOG.verifier.check(Note.parse(text))
    assert caught.value.code == code


def test_a_key_of_another_name_kind_or_number_is_refused():
    mine = str(LOG.verifier)
    name, number, body = mine.split("+", 2)
    for text, code in (
        (f"{name}+00000000+{body}", "note.key"),
        (f"other+{number}+{body}", "note.key"),
        (f"{name}+{number}+{body[:-4]}", "note.key"),
        (f"a name+{number}+{body}", "note.name"),
        (mine.replace("+" + body, "+A" + body), "note.base64"),
    ):
        with pytest.raises(LedgerError) as caught:
            Verifier.parse(text)
        assert caught.value.code == code
    as_witness = Verifier(LOG.name, LOG.verifier.public, witness=True)
    with pytest.raises(LedgerError, match=r"note\.unsigned"):
        as_witness.check(Note.parse(SIGNED))


@pytest.mark.parametrize(
    "text",
    [
        "example.org/ledger\n7\n",
        f"\n7\n{base64.b64encode(ROOT).decode()}\n",
        f"x\n07\n{base64.b64encode(ROOT).decode()}\n",
        f"x\n-7\n{base64.b64encode(ROOT).decode()}\n",
        f"x\n٧\n{base64.b64encode(ROOT).decode()}\n",
        "x\n7\nAAAA\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(LedgerError, match=r"checkpoint\.form"):
        Checkpoint.parse(Note(text, ()))


def proven():
    leaves = [b"a", b"b", b"c", b"d", b"e"]
    tiles = extended(0, map(SHA256.leaf, leaves), lambda *_: b"")
    nodes = node_reader(lambda level, number: tiles[level, number])
    note = Checkpoint(LOG.name, 5, root_of(5, nodes)).signed(LOG)
    return InclusionProof(2, tuple(inclusion_proof(2, 5, nodes)), note)


def test_a_proof_is_one_text_that_holds_for_its_leaf_only():
    text = str(proven())
    assert InclusionProof.parse(text) == proven()
    assert InclusionProof.parse(text).check(b"c", LOG.verifier).size == 5
    with pytest.raises(LedgerError, match=r"proof\.refuted"):
        InclusionProof.parse(text).check(b"d", LOG.verifier)
    with pytest.raises(LedgerError, match=r"note\.unsigned"):
        InclusionProof.parse(text).check(b"c", Signer("other", bytes(32)).verifier)


def test_a_log_tells_of_itself_only():
    note = Checkpoint("example.org/other", 5, ROOT).signed(LOG)
    with pytest.raises(LedgerError, match=r"checkpoint\.origin"):
        InclusionProof(2, (), note).check(b"c", LOG.verifier)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("proof.form", ("@v1", "@v2")),
        ("proof.form", ("index 2", "index 02")),
        ("proof.form", ("index 2", "number 2")),
        ("proof.form", ("index 2\n", "")),
        ("proof.length", ("index 2\n", "index 2\nAAAA\n")),
        ("note.base64", ("index 2\n", "index 2\n%%%%\n")),
        ("proof.surplus", ("index 2\n", "index 2\n" + base64.b64encode(ROOT).decode() + "\n")),
        ("proof.surplus", ("index 2\n", "index 2\n" + 64 * (base64.b64encode(ROOT).decode() + "\n"))),
    ],
)
def test_a_malformed_proof_is_refused(code, change):
    text = str(proven()).replace(*change)
    with pytest.raises(LedgerError) as caught:
        InclusionProof.parse(text).check(b"c", LOG.verifier)
    assert caught.value.code == code


def test_tiles_are_where_others_look_for_them():
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(1, 0, 3).path == "tile/1/000.p/3"
    assert tiles_of(256 * 256 + 70) == [
        *[Tile(0, number) for number in range(256)],
        Tile(0, 256, 70),
        Tile(1, 0),
        Tile(2, 0, 1),
    ]
    assert tiles_of(0) == []
