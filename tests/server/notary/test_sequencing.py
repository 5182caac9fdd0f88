"""Leaves get their places, the tree grows, its head is signed, published and witnessed; what was altered is found."""

from __future__ import annotations

import base64
import json

import pytest
from django.db import connection, transaction
from django.test import Client

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.ledger import (
    SHA256,
    SM3,
    Checkpoint,
    InclusionProof,
    Note,
    Signer,
    check_consistency,
    check_inclusion,
    extended,
    node_reader,
    root_of,
)
from zhulian.core.ledger import consistency_proof as grown
from zhulian.server.notary import checking, keys, publishing, sequencing, services, trees, witnessing
from zhulian.server.notary.models import Checkpoint as Row
from zhulian.server.notary.models import Head, Leaf, Tile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.HOME = tmp_path
    Leaf.objects.all().delete()
    return tmp_path


def act(count: int = 1, first: int = 0) -> list[Leaf]:
    with transaction.atomic():
        return [
            services.leaf_append(action="t.act", actor="user:1", subject=f"thing:{n}", data={"n": n})
            for n in range(first, first + count)
        ]


def contents() -> list[bytes]:
    return [c.encode() for c in Leaf.objects.order_by("index").values_list("content", flat=True)]


def whole(leaves, suite=SHA256):
    tiles = extended(0, map(suite.leaf, leaves), lambda *_: b"", suite)
    return root_of(len(leaves), node_reader(lambda level, n: tiles.get((level, n), b""), suite), suite)


def test_what_waits_is_placed_in_order_signed_and_published(home):
    act(3)
    first = sequencing.settle()
    act(600, 3)
    second = sequencing.settle()
    assert (first.size, second.size) == (3, 603)
    assert list(Leaf.objects.order_by("id").values_list("index", flat=True)) == list(range(603))
    assert bytes(second.root) == whole(contents())
    note = Note.parse((home / "ledger" / "sha256.checkpoint").read_text(encoding="utf-8"))
    assert Checkpoint.parse(note) == Checkpoint(second.origin, 603, bytes(second.root))
    keys.log_signer(second.origin).verifier.check(note)
    check_consistency(
        first=3, second=603, old=bytes(first.root), new=bytes(second.root), proof=trees.prove_growth(3, second)
    )
    assert sequencing.settle() == second, "nothing new, nothing signed"


def test_each_leaf_is_proven_and_no_other(settings):
    settings.LEDGER_SM3 = True
    act(20)
    sequencing.settle()
    for suite, row in (("sha256", trees.newest()), ("sm3", trees.newest("sm3"))):
        hashing = {"sha256": SHA256, "sm3": SM3}[suite]
        assert bytes(row.root) == whole(contents(), hashing)
        leaf = Leaf.objects.get(index=7)
        proof = InclusionProof.parse(str(trees.prove(leaf, row)))
        proof.check(leaf.content.encode(), keys.log_signer(row.origin).verifier, hashing)
        with pytest.raises(ValueError, match=r"proof\.refuted"):
            proof.check(b"{}", keys.log_signer(row.origin).verifier, hashing)
    late = act(1, 20)[0]
    with pytest.raises(ZhulianError, match="还没有编入"):
        trees.prove(late, trees.newest())


def test_the_parallel_tree_begins_with_the_first_leaf_when_it_is_switched_on_late(settings):
    act(30)
    sequencing.settle()
    settings.LEDGER_SM3 = True
    act(5, 30)
    sequencing.settle()
    row = trees.newest("sm3")
    assert (row.size, bytes(row.root)) == (35, whole(contents(), SM3))
    assert row.origin.endswith("/sm3")
    assert checking.check(suite="sm3").problems == []


def test_a_head_that_moved_meanwhile_is_not_moved_again(monkeypatch):
    act(2)
    sequencing.settle()
    act(2, 2)
    stale = Head.objects.get()
    Head.objects.update(size=4)  # what another sequencer would have committed
    monkeypatch.setattr(sequencing, "_locked", lambda _: stale)
    with pytest.raises(ZhulianError, match="另一个进程"):
        sequencing.leaves_sequence()
    assert Leaf.objects.filter(index=None).count() == 2


def test_a_waiting_leaf_that_was_altered_stops_the_ledger():
    leaf = act(2)[1]
    Leaf.objects.filter(pk=leaf.pk).update(content="{}")
    with pytest.raises(ZhulianError, match="停止编号"):
        sequencing.settle()
    assert trees.newest() is None


def change_content():
    Leaf.objects.filter(index=260).update(content='{"forged":true}')


def change_both():
    import hashlib

    Leaf.objects.filter(index=260).update(content="{}", hash=hashlib.sha256(b"{}").hexdigest())


def change_tile():
    tile = Tile.objects.get(level=0, number=1)
    tile.hashes = bytes(32) + bytes(tile.hashes)[32:]
    tile.save()


def change_upper():
    tile = Tile.objects.get(level=1, number=0)
    tile.hashes = bytes(len(tile.hashes))
    tile.save()


def change_signed():
    row = Row.objects.order_by("size").last()
    other = Checkpoint(row.origin, row.size, bytes(32))
    Row.objects.filter(pk=row.pk).update(note=str(other.signed(Signer(row.origin, bytes(32)))))


ALTERED = [
    (change_content, "第 260 条"),
    (change_both, "第 260 条留痕的内容与树里的不符"),
    (lambda: Leaf.objects.filter(index=260).delete(), "第 260 条留痕不见了"),
    (change_tile, "第 256 条"),
    (change_upper, "树的第 1 层"),
    (lambda: Head.objects.update(root=bytes(32)), "树根"),
    (change_signed, "检查点（300 条）不成立"),
    (lambda: Row.objects.update(origin="other"), "检查点（300 条）"),
]


@pytest.mark.parametrize(("alter", "said"), ALTERED)
def test_whatever_was_altered_is_found(alter, said):
    act(300)
    sequencing.settle()
    found = checking.check()
    assert found.problems == []
    assert (found.size, found.checked, found.checkpoints, found.waiting) == (300, 300, 1, 0)
    alter()
    assert any(said in problem for problem in checking.check().problems)
    assert checking.check(limit=40).problems


def test_a_part_is_checked_by_its_leaves_and_what_stands_above_them():
    act(300)
    sequencing.settle()
    Leaf.objects.filter(index=3).update(content="{}")
    found = checking.check(limit=10)
    assert (found.problems, found.checked) == ([], 300 - 256)


def test_a_restored_backup_goes_on_or_says_that_it_cannot(home):
    act(5)
    sequencing.settle()
    old = {"leaf": list(Leaf.objects.all()), "tile": list(Tile.objects.all()), "head": Head.objects.get()}
    act(5, 5)
    sequencing.settle()
    # The database of before; the file of published checkpoints stayed.
    Leaf.objects.filter(index__gte=5).delete()
    Row.objects.filter(size=10).delete()
    Tile.objects.all().delete()
    Tile.objects.bulk_create(old["tile"])
    old["head"].save()
    act(1, 90)
    with pytest.raises(ZhulianError, match="已公布的检查点有 10 条，数据库只有 6 条"):
        sequencing.settle()
    act(10, 91)
    with pytest.raises(ZhulianError, match="前 10 条留痕与已公布的检查点不符"):
        sequencing.settle()
    assert any("前 10 条" in problem for problem in checking.check().problems)
    with pytest.raises(ZhulianError, match="原因"):
        services.ledger_restart(reason=" ", actor="user:1")
    with transaction.atomic():
        name = services.ledger_restart(reason="硬盘损坏", actor="user:1")
        for callback in connection.run_on_commit:
            callback[1]()
        connection.run_on_commit = []
    row = sequencing.settle()
    assert (row.origin, row.size) == (name, 17)
    told = json.loads(Leaf.objects.get(index=16).content)["data"]
    assert (told["published"], told["held"], told["reason"]) == (10, 16, "硬盘损坏")
    assert (home / "ledger" / "sha256.ended-10").exists()
    assert checking.check().problems == []
    with pytest.raises(ZhulianError, match="不需要重新开始"):
        services.ledger_restart(reason="again", actor="user:1")


def test_a_published_file_that_we_did_not_sign_stops_us():
    act(2)
    row = sequencing.settle()
    forged = Checkpoint(row.origin, 1, bytes(32)).signed(Signer(row.origin, bytes(32)))
    publishing.path_of("sha256").write_text(str(forged), encoding="utf-8")
    act(1, 2)
    with pytest.raises(ZhulianError, match="不是本机签发"):
        sequencing.settle()


def test_a_lost_key_is_never_replaced(home):
    act(2)
    sequencing.settle()
    (home / "keys" / "ledger-1.key").unlink()
    keys._seed.cache_clear()
    act(1, 2)
    with pytest.raises(ZhulianError, match="密钥 ledger-1 不存在"):
        sequencing.settle()
    assert not (home / "keys" / "ledger-1.key").exists()


def test_an_older_note_never_replaces_a_newer_one(home):
    act(2)
    old = sequencing.settle()
    act(2, 2)
    new = sequencing.settle()
    publishing.publish("sha256", old.note)
    assert (home / "ledger" / "sha256.checkpoint").read_text(encoding="utf-8") == new.note


class TestWitness:
    """What we cosign for others."""

    log = Signer("other.example/ledger", bytes(range(32)))

    def tree(self, size: int):
        tiles = extended(0, (SHA256.leaf(b"%d" % n) for n in range(size)), lambda *_: b"")
        return node_reader(lambda level, n: tiles[level, n])

    def asked(self, old: int, size: int, *, signer: Signer | None = None, proof: list[bytes] | None = None) -> str:
        nodes = self.tree(size)
        note = Checkpoint(self.log.name, size, root_of(size, nodes)).signed(signer or self.log)
        hashes = proof if proof is not None else (grown(old, size, nodes) if 0 < old < size else [])
        return "\n".join([f"old {old}", *(base64.b64encode(h).decode() for h in hashes), "", str(note)])

    def test_it_cosigns_what_continues_and_nothing_else(self, client: Client):
        with transaction.atomic():
            services.witnessed_log_add(key=str(self.log.verifier), actor="user:1")
        post = lambda body: client.post("/witness/add-checkpoint", body, content_type="text/plain")  # noqa: E731
        first = post(self.asked(0, 4))
        assert first.status_code == 200
        note = Note.parse(self.asked(0, 4).partition("\n\n")[2]).signed(first.content.decode())
        assert keys.witness_signer().verifier.check(note) > 1_700_000_000
        again = post(self.asked(0, 9))
        assert (again.status_code, again.content, again["Content-Type"]) == (409, b"4\n", "text/x.tlog.size")
        assert post(self.asked(4, 9)).status_code == 200
        assert post(self.asked(9, 11, proof=[bytes(32)])).status_code == 422
        assert post(self.asked(9, 11, signer=Signer(self.log.name, bytes(32)))).status_code == 403
        assert post(self.asked(9, 4)).status_code == 400
        assert post("nonsense").status_code == 400
        assert post(self.asked(9, 11).replace("other.example/ledger\n", "stranger/ledger\n")).status_code == 404
        assert post(self.asked(9, 9)).status_code == 200, "the same once more"
        assert client.post("/witness/add-checkpoint", {"a": "a form"}).status_code == 400

    def test_another_key_of_a_known_log_is_refused(self):
        with transaction.atomic():
            services.witnessed_log_add(key=str(self.log.verifier), actor="user:1")
            with pytest.raises(ZhulianError, match="另一把公钥"):
                services.witnessed_log_add(key=str(Signer(self.log.name, bytes(32)).verifier), actor="user:1")
            with pytest.raises(ZhulianError, match="不是账本的公钥"):
                services.witnessed_log_add(key="x", actor="user:1")

    def test_a_request_is_read_strictly(self):
        for body in (
            "",
            "old 1",
            "old -1\n\n",
            "older 1\n\nx",
            "old 1\n%%\n\n" + self.asked(0, 4).partition("\n\n")[2],
        ):
            assert witnessing.answer(body).status == 400


class TestPages:
    def test_the_ledger_is_open_to_everybody_and_tells_no_content(self, client: Client):
        assert "还没有检查点" in client.get("/ledger").content.decode()
        assert client.get("/ledger/checkpoint").status_code == 404
        act(300)
        row = sequencing.settle()
        page = client.get("/ledger").content.decode()
        assert row.note.split("\n")[2] in page
        assert "thing:7" not in page
        assert client.get("/ledger/checkpoint").content.decode() == row.note
        assert client.get("/ledger/log.vkey").content.decode().strip() == str(keys.log_signer(row.origin).verifier)

    def test_tiles_make_the_proof_of_a_leaf(self, client: Client):
        act(300)
        row = sequencing.settle()

        def read(level: int, number: int) -> bytes:
            width = {(0, 0): "", (0, 1): ".p/44", (1, 0): ".p/1"}[level, number]
            return client.get(f"/ledger/tile/{level}/{number:03}{width}").content

        assert root_of(300, node_reader(read)) == bytes(row.root)
        proof = trees.prove(Leaf.objects.get(index=299), row)
        leaf = SHA256.leaf(Leaf.objects.get(index=299).content.encode())
        check_inclusion(index=299, size=300, leaf=leaf, proof=proof.hashes, root=root_of(300, node_reader(read)))
        for gone in ("0/001", "0/1", "0/001.p/0", "0/001.p/45", "0/000.p/256", "0/../000", "9/000", "1/x001/000"):
            assert client.get(f"/ledger/tile/{gone}").status_code == 404, gone

    def test_growth_is_proven_from_any_size(self, client: Client):
        act(10)
        old = sequencing.settle()
        act(7, 10)
        sequencing.settle()
        told = client.get("/ledger/consistency/10").json()
        new = Checkpoint.parse(Note.parse(told["checkpoint"]))
        hashes = [base64.b64decode(h) for h in told["hashes"]]
        check_consistency(first=10, second=17, old=bytes(old.root), new=new.root, proof=hashes)
        assert client.get("/ledger/consistency/0").status_code == 404
        assert client.get("/ledger/consistency/18").status_code == 404
