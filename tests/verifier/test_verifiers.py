"""Both verifiers over one table of cases: what holds, and what is refused by which code."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.ledger import naive
from verifier.making import NAME, Maker, b64, growth_of, leaves_of_a_case, listing, parts, proof_of, zipped
from zhulian.core.ledger import (
    SHA256,
    Checkpoint,
    InclusionProof,
    Signer,
    extended,
    inclusion_proof,
    node_reader,
    root_of,
)

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "verifier"))
import zhulian_verify as py  # noqa: E402 - the file as others get it, from its own folder

LOG, OTHER, WITNESS = Maker(), Maker(seed=2), Maker("witness.example", 3, 4)
Case = dict[str, Any]
MOST = 130


def said_by_python(case: Case) -> str:
    try:
        ASK[case["ask"]](case)
    except py.Refused as error:
        return error.code
    return "holds"


def raw(text: str) -> bytes:
    return base64.b64decode(text)


def refuse(code: str) -> None:
    raise py.Refused(code, "")


def keys(case: Case) -> list[Any]:
    return [py.Key(text) for text in case.get("witnesses", ())]


def bundle(case: Case) -> None:
    files = py.read_bundle(io.BytesIO(raw(case["zip"])))
    py.check_bundle(files, py.Key(case["key"]) if case.get("key") else None, keys(case))


ASK = {
    "ed25519": lambda c: py.ed25519_holds(raw(c["key"]), raw(c["message"]), raw(c["signature"])) or refuse("signature"),
    "digest": lambda c: py.Sm3(raw(c["data"])).digest().hex() == c["digest"] or refuse("digest"),
    "checkpoint": lambda c: py.check_checkpoint(raw(c["note"]).decode(), py.Key(c["key"]), keys(c)),
    "inclusion": lambda c: py.check_inclusion(
        c["index"], c["size"], raw(c["leaf"]), [raw(h) for h in c["hashes"]], raw(c["root"])
    ),
    "consistency": lambda c: py.check_consistency(
        c["first"], c["second"], raw(c["old"]), raw(c["latest"]), [raw(h) for h in c["hashes"]]
    ),
    "proof": lambda c: py.check_proof(raw(c["leaf"]), raw(c["proof"]).decode(), py.Key(c["key"])),
    "growth": lambda c: py.check_growth(
        raw(c["old"]).decode(), raw(c["latest"]).decode(), raw(c["proof"]), py.Key(c["key"])
    ),
    "bundle": bundle,
}


def signatures() -> Iterator[tuple[Case, str]]:
    """RFC 8032 section 7.1, tests 1 to 3, and what must not pass for a signature."""
    vectors = [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            (
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                "d25bf5f0595bbe24655141438e7a100b"
            ),
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            (
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
                "387b2eaeb4302aeeb00d291612bb0c00"
            ),
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            (
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
                "4a7c15e9716ed28dc027beceea1ec40a"
            ),
        ),
    ]
    for key, message, signature in vectors:
        k, m, s = (b64(bytes.fromhex(x)) for x in (key, message, signature))
        yield {"ask": "ed25519", "key": k, "message": m, "signature": s}, "holds"
        yield {"ask": "ed25519", "key": k, "message": b64(b"other"), "signature": s}, "signature"
        changed = bytearray.fromhex(signature)
        for at in (0, 33, 63):
            flipped = bytes(changed[:at]) + bytes([changed[at] ^ 1]) + bytes(changed[at + 1 :])
            yield {"ask": "ed25519", "key": k, "message": m, "signature": b64(flipped)}, "signature"
        order = 2**252 + 27742317777372353535851937790883648493
        s_beyond = int.from_bytes(changed[32:], "little") + order
        twin = bytes(changed[:32]) + s_beyond.to_bytes(32, "little")
        yield {"ask": "ed25519", "key": k, "message": m, "signature": b64(twin)}, "signature"
        yield {"ask": "ed25519", "key": k, "message": m, "signature": b64(bytes(changed[:-1]))}, "signature"
    neutral = b64(b"\x01" + bytes(31))
    yield {"ask": "ed25519", "key": neutral, "message": "", "signature": b64(b"\x01" + bytes(63))}, "signature"
    not_reduced = b64((2**255 - 19 + 1).to_bytes(32, "little"))
    yield {"ask": "ed25519", "key": not_reduced, "message": "", "signature": b64(b"\x01" + bytes(63))}, "signature"


def digests() -> Iterator[tuple[Case, str]]:
    import hashlib

    for size in (0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000):
        data = bytes(range(256))[: size % 256] * (size // 256 + 1)
        yield (
            {"ask": "digest", "suite": "sm3", "data": b64(data), "digest": hashlib.new("sm3", data).hexdigest()},
            "holds",
        )


def trees() -> Iterator[tuple[Case, str]]:
    """Every leaf of every size to 130, and growth from every size to every size, against the definition."""
    leaves = [str(i).encode() * (i % 5) for i in range(MOST)]
    for size in range(1, MOST + 1):
        said, root = leaves[:size], b64(naive.mth(leaves[:size]))
        for index in {0, size // 3, size // 2, size - 1} if size > 40 else range(size):
            hashes = [b64(h) for h in naive.path(index, said)]
            case = {"ask": "inclusion", "index": index, "size": size, "leaf": b64(leaves[index]), "hashes": hashes}
            yield case | {"root": root}, "holds"
        for first in {1, size // 3 or 1, size // 2 or 1, size} if size > 40 else range(1, size + 1):
            hashes = [b64(h) for h in naive.subproof(first, said)]
            old = b64(naive.mth(leaves[:first]))
            yield (
                {"ask": "consistency", "first": first, "second": size, "old": old, "latest": root, "hashes": hashes},
                "holds",
            )


def malformed_trees() -> Iterator[tuple[Case, str]]:
    leaves = [str(i).encode() for i in range(11)]
    root, one = b64(naive.mth(leaves)), b64(bytes(32))
    path = [b64(h) for h in naive.path(2, leaves)]
    good = {"ask": "inclusion", "index": 2, "size": 11, "leaf": b64(leaves[2]), "hashes": path, "root": root}
    for change, code in (
        ({"size": 0, "index": 0}, "proof.index"),
        ({"index": 11}, "proof.index"),
        ({"index": -1}, "proof.index"),
        ({"hashes": path[:-1]}, "proof.short"),
        ({"hashes": []}, "proof.short"),
        ({"hashes": [*path, one]}, "proof.surplus"),
        ({"hashes": [b64(b"short"), *path[1:]]}, "proof.length"),
        ({"hashes": path[::-1]}, "proof.refuted"),
        ({"index": 3}, "proof.refuted"),
        ({"leaf": b64(b"other")}, "proof.refuted"),
        ({"root": one}, "proof.refuted"),
        ({"size": 2**40}, "proof.short"),
    ):
        yield good | change, code
    grown = [b64(h) for h in naive.subproof(6, leaves)]
    old = b64(naive.mth(leaves[:6]))
    growth = {"ask": "consistency", "first": 6, "second": 11, "old": old, "latest": root, "hashes": grown}
    for change, code in (
        ({"first": 0}, "proof.sizes"),
        ({"first": 12}, "proof.sizes"),
        ({"hashes": []}, "proof.short"),
        ({"hashes": grown[:-1]}, "proof.short"),
        ({"hashes": [*grown, one]}, "proof.surplus"),
        ({"hashes": [*grown[:-1], b64(b"")]}, "proof.length"),
        ({"hashes": grown[::-1]}, "proof.refuted"),
        ({"old": one}, "proof.refuted"),
        ({"latest": one}, "proof.refuted"),
        ({"second": 6}, "proof.surplus"),
        ({"second": 6, "hashes": []}, "proof.refuted"),
        ({"first": 8, "hashes": []}, "proof.short"),
    ):
        yield growth | change, code


def notes() -> Iterator[tuple[Case, str]]:
    leaves = leaves_of_a_case()
    note = LOG.checkpoint(leaves)
    text = note.rpartition("\n\n")[0] + "\n"
    signed = note + WITNESS.line(text, 1_700_000_000)
    good: Case = {"ask": "checkpoint", "key": LOG.vkey}
    for body, code in (
        (note, "holds"),
        (signed, "holds"),
        (note.replace("\n9\n", "\n8\n"), "note.signature"),
        (note + LOG.line(text), "note.signature"),
        (note.replace("— ", "- "), "note.form"),
        (note.replace("\n\n", "\n"), "note.form"),
        (note.rstrip("\n"), "note.form"),
        (note.replace("\n", "\r\n"), "note.form"),
        (note[:-2] + "!\n", "note.base64"),
        (note[:-1] + "====\n", "note.base64"),
        ("", "note.form"),
        (OTHER.checkpoint(leaves), "note.unsigned"),
        (LOG.checkpoint(leaves, origin="another/log"), "checkpoint.origin"),
        (sign("only one line\n"), "checkpoint.form"),
        (sign(f"{NAME}\n09\n{b64(bytes(32))}\n"), "checkpoint.form"),
        (sign(f"{NAME}\n9\n{b64(bytes(31))}\n"), "checkpoint.form"),
    ):
        yield good | {"note": b64(body.encode())}, code
    yield good | {"note": b64(signed.encode()), "witnesses": [WITNESS.vkey]}, "holds"
    yield good | {"note": b64(note.encode()), "witnesses": [WITNESS.vkey]}, "note.unsigned"
    late = note + WITNESS.line("another\n", 1_700_000_000)
    yield good | {"note": b64(late.encode()), "witnesses": [WITNESS.vkey]}, "note.signature"
    name, told, body = LOG.vkey.split("+", 2)
    for key, code in (
        (f"{name}+00000000+{body}", "note.key"),
        (f"other+{told}+{body}", "note.key"),
        (f"{name}+{told}+{body[:-4]}", "note.key"),
        (f"{name}+{told}+%{body[1:]}", "note.base64"),
        ("", "note.key"),
    ):
        yield {"ask": "checkpoint", "key": key, "note": b64(note.encode())}, code


def sign(text: str) -> str:
    return f"{text}\n{LOG.line(text)}"


def proofs() -> Iterator[tuple[Case, str]]:
    leaves = leaves_of_a_case()
    note = LOG.checkpoint(leaves)
    text = proof_of(3, leaves, note)
    good: Case = {"ask": "proof", "key": LOG.vkey, "leaf": b64(leaves[3])}
    for changed, code in (
        (text, "holds"),
        (text.replace("index", "extra AAAA\nindex"), "holds"),
        (text.replace("index 3", "index 4"), "proof.refuted"),
        (text.replace("index 3", "index 03"), "proof.form"),
        (text.replace("index 3", "index 99"), "proof.index"),
        (text.replace("@v1", "@v2"), "proof.form"),
        (text.replace("index 3\n", "index 3\nAAAA\n"), "proof.length"),
        (text.replace("index 3\n", f"index 3\n{b64(bytes(32))}\n"), "proof.surplus"),
        (text.replace("index 3\n", "index 3\n" + 64 * f"{b64(bytes(32))}\n"), "proof.surplus"),
        (note, "proof.form"),
    ):
        yield good | {"proof": b64(changed.encode())}, code
    yield good | {"proof": b64(text.encode()), "leaf": b64(leaves[4])}, "proof.refuted"
    old = LOG.checkpoint(leaves[:4])
    growth: Case = {"ask": "growth", "key": LOG.vkey, "old": b64(old.encode()), "latest": b64(note.encode())}
    told = growth_of(4, leaves)
    for changed, code in (
        (told, "holds"),
        (told.replace('"first": 4', '"first": 5'), "proof.form"),
        (told.replace("zhulian-consistency/1", "other"), "proof.form"),
        (told.replace('"first": 4', '"first": 4, "first": 4'), "proof.form"),
        ("{", "proof.form"),
        (growth_of(5, leaves).replace('"first": 5', '"first": 4'), "proof.surplus"),
    ):
        yield growth | {"proof": b64(changed.encode())}, code
    forked = LOG.checkpoint([*leaves[:3], b"other"])
    yield growth | {"old": b64(forked.encode()), "proof": b64(told.encode())}, "proof.refuted"


def bundles() -> Iterator[tuple[Case, str]]:
    files = parts(LOG, WITNESS)

    def case(made: bytes, **more: Any) -> Case:
        return {"ask": "bundle", "zip": b64(made), **more}

    yield case(zipped(files)), "holds"
    yield case(zipped(files, packed=True)), "holds"
    yield case(zipped(files), key=LOG.vkey, witnesses=[WITNESS.vkey]), "holds"
    yield case(zipped(files), key=OTHER.vkey), "note.unsigned"
    yield case(zipped(parts(LOG)), witnesses=[WITNESS.vkey]), "note.unsigned"
    yield case(b"no zip at all"), "bundle.form"
    yield case(zipped(files)[:-30]), "bundle.form"
    yield case(zipped(files | {"../evil": b""})), "bundle.form"
    yield case(zipped(files | {"a//b": b""})), "bundle.form"
    yield case(twice(files)), "bundle.form"
    told = listing(files)
    yield case(zipped(files | {"extra.txt": b"x"}, told)), "bundle.surplus"
    yield case(zipped(files | {"documents/1.txt": b"forged"}, told)), "bundle.digest"
    yield case(zipped({k: v for k, v in files.items() if k != "log.vkey"}, told)), "bundle.missing"
    yield case(zipped(files, told | {"format": "other"})), "bundle.form"
    yield case(zipped(files, told | {"leaves": []})), "bundle.leaf"
    yield case(zipped(files, told | {"leaves": [told["leaves"][0]] * 2})), "bundle.leaf"
    yield case(zipped(files, told | {"leaves": [told["leaves"][0] | {"index": 4}]})), "bundle.leaf"
    yield case(zipped(files, told | {"files": 3})), "bundle.form"
    yield case(zipped(files, b'{"format": 1, "format": 1}')), "bundle.form"
    yield case(zipped(files, b"\xff")), "bundle.form"
    swapped = files | {"leaves/3.json": files["leaves/5.json"]}
    yield case(zipped(swapped)), "proof.refuted"
    forged = files | {"documents/1.txt": b"forged"}
    yield case(zipped(forged)), "bundle.document"
    for change in ({"value": "李四"}, {"salt": "00" * 32}, {"index": 3}, {"index": 8}, {"salt": 5}):
        row = json.loads(files["openings.json"])[0] | change
        yield case(zipped(files | {"openings.json": json.dumps([row]).encode()})), "bundle.opening"
    other = files | {
        "proofs/3.tlog-proof": proof_of(3, leaves_of_a_case(), LOG.checkpoint(leaves_of_a_case())).encode()
    }
    yield case(zipped(other)), "bundle.leaf"
    yield case(zipped(files, told | {"openings": None})), "holds"


def twice(files: dict[str, bytes]) -> bytes:
    """A key written twice: whichever a reader takes, another takes the other."""
    out = io.BytesIO(zipped(files))
    with zipfile.ZipFile(out, "a") as made:
        made.filelist[0].filename = "documents/1.txt"
        made.NameToInfo = {}
        made.writestr("log.vkey", OTHER.vkey)
    return out.getvalue()


TABLES = (signatures, digests, trees, malformed_trees, notes, proofs, bundles)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.__name__)
def test_both_verifiers_say_what_they_must(table, tmp_path, capsys):
    cases = list(table())
    by_python = [said_by_python(case) for case, _ in cases]
    (tmp_path / "cases.json").write_text(json.dumps([case for case, _ in cases]), encoding="utf-8")
    command = ["node", str(ROOT / "tests" / "verifier" / "run.mjs"), str(tmp_path / "cases.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    by_script = json.loads(done.stdout)
    with capsys.disabled():
        print(f"\n{table.__name__}: {len(cases)} cases, two verifiers")  # noqa: T201 - the figures of the run
    wrong = [
        (must, p, s, {k: str(v)[:80] for k, v in case.items()})
        for (case, must), p, s in zip(cases, by_python, by_script, strict=True)
        if not must == p == s
    ]
    assert wrong == []


def test_what_the_platform_proves_the_verifier_accepts():
    leaves = leaves_of_a_case()
    tiles = extended(0, map(SHA256.leaf, leaves), lambda *_: b"")
    nodes = node_reader(lambda level, n: tiles[level, n])
    signer = Signer(NAME, bytes([1]) * 32)
    note = Checkpoint(NAME, len(leaves), root_of(len(leaves), nodes)).signed(signer)
    proof = InclusionProof(4, tuple(inclusion_proof(4, len(leaves), nodes)), note)
    assert str(signer.verifier) == LOG.vkey
    assert py.check_proof(leaves[4], str(proof), py.Key(LOG.vkey)) == (4, len(leaves))


@pytest.fixture
def given(tmp_path):
    leaves = leaves_of_a_case()
    (tmp_path / "b.zip").write_bytes(zipped(parts(LOG, WITNESS)))
    (tmp_path / "leaf").write_bytes(leaves[3])
    (tmp_path / "proof").write_text(proof_of(3, leaves, LOG.checkpoint(leaves)), encoding="utf-8")
    (tmp_path / "old").write_text(LOG.checkpoint(leaves[:4]), encoding="utf-8")
    (tmp_path / "new").write_text(LOG.checkpoint(leaves), encoding="utf-8")
    (tmp_path / "growth").write_text(growth_of(4, leaves), encoding="utf-8")
    (tmp_path / "key").write_text(LOG.vkey + "\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (["bundle", "b.zip"], 0, "公钥取自包内"),
        (["bundle", "b.zip", "--key", "key", "--witness", WITNESS.vkey], 0, "witness.example"),
        (["bundle", "b.zip", "--key", OTHER.vkey], 1, "note.unsigned"),
        (["bundle", "leaf"], 2, "bundle.form"),
        (["bundle", "none.zip"], 2, "bundle.form"),
        (["inclusion", "leaf", "proof", "--key", "key"], 0, "第 3 条"),
        (["inclusion", "key", "proof", "--key", "key"], 1, "proof.refuted"),
        (["inclusion", "none", "proof", "--key", "key"], 2, "file.read"),
        (["consistency", "old", "new", "growth", "--key", "key"], 0, "原样包含"),
        (["consistency", "new", "old", "growth", "--key", "key"], 1, "proof.form"),
        (["checkpoint", "new", "--key", "key", "--json"], 0, '"size": 9'),
    ],
)
def test_the_command_line_on_a_bare_python(given, line, code, said):
    """`-I -S`: no site packages, nothing of this project can be imported."""
    command = [sys.executable, "-I", "-S", str(ROOT / "verifier" / "zhulian_verify.py"), *line]
    done = subprocess.run(command, cwd=given, capture_output=True, text=True, check=False, env={"PYTHONUTF8": "1"})
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout
