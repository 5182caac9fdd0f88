"""Another key: new values under it, old ones open until moved, moved without loss, wherever it is interrupted."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from typer.testing import CliRunner

from zhulian.cli.app import app
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import crypto, sealing, services
from zhulian.server.common.crypto import LocalKeys
from zhulian.server.common.models import KeyVersion
from zhulian.server.events.models import System
from zhulian.server.notary.models import Leaf, Opening
from zhulian.server.notary.services import Personal, leaf_append

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keys(tmp_path, monkeypatch):
    """Keys of their own: those of the other tests stay as they are."""
    KeyVersion.objects.all().delete()
    mine = LocalKeys(tmp_path / "keys")
    monkeypatch.setattr(crypto, "provider", lambda: mine)
    return mine


def put(count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            leaf_append(action="t.act", actor="user:1", subject="t:1", data={"who": Personal(f"甲{number}")})


def values() -> list[str]:
    return sorted(row.value.reveal() for row in Opening.objects.all())


def versions() -> dict[int, int]:
    return dict(sealing.counts()["notary_opening.value"])


def test_every_encrypted_column_is_known():
    found = {column.name for column in sealing.columns()}
    assert {"notary_opening.value", "events_system.secret", "events_system.old_secret"} <= found
    assert {name for name in found if name.endswith((".id_no", ".phone"))}
    assert System._meta.db_table == "events_system"


def test_old_values_open_until_they_are_moved(keys):
    put(3)
    assert services.field_key_rotate(actor="user:1") == 2
    put(2)
    assert versions() == {1: 3, 2: 2}
    before = values()
    assert sealing.reseal() == 3
    assert versions() == {2: 5}
    assert values() == before
    assert sealing.reseal() == 0
    (keys.folder / "field-1.key").unlink()
    fresh = LocalKeys(keys.folder)
    assert fresh.version(crypto.FIELD_KEY) == 2
    assert Leaf.objects.get(action="common.key.rotate").subject == "key:field"


def test_interrupted_anywhere_it_goes_on(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 4)
    put(11)
    services.field_key_rotate(actor="user:1")
    batches: list[int] = []

    def stop(_column: str, done: int) -> None:
        batches.append(done)
        if len(batches) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sealing.reseal(stop)
    assert versions() == {1: 3, 2: 8}
    assert sealing.reseal() == 3
    assert values() == sorted(f"甲{n}" for n in range(11))


def test_a_value_that_was_moved_to_another_row_or_altered_is_not_sealed_anew():
    put(2)
    one, two = Opening.objects.order_by("pk")
    with connection.cursor() as cursor:
        cursor.execute("select value from notary_opening where id = %s", [one.pk])
        [raw] = cursor.fetchone()
        cursor.execute("update notary_opening set value = %s where id = %s", [raw, two.pk])
    services.field_key_rotate(actor="user:1")
    with pytest.raises(ZhulianError, match="损坏"):
        sealing.reseal()
    assert versions() == {1: 2}, "the batch is undone as a whole"


def test_a_lost_older_key_is_named_and_nothing_is_lost(keys):
    put(2)
    services.field_key_rotate(actor="user:1")
    (keys.folder / "field-1.key").rename(keys.folder / "away")
    keys.keys.clear()
    keys.ciphers.clear()
    with pytest.raises(ZhulianError, match="密钥 field-1 不存在"):
        sealing.reseal()
    (keys.folder / "away").rename(keys.folder / "field-1.key")
    assert sealing.reseal() == 2


def test_the_commands_say_what_to_do():
    put(2)
    run = CliRunner().invoke
    assert "notary_opening.value：第 1 版 2 个" in run(app, ["keys", "list"]).output
    assert "备份" in run(app, ["keys", "rotate"]).output
    assert "共换了 2 个" in run(app, ["keys", "reseal"]).output
    assert '"2": 2' in run(app, ["keys", "list", "--json"]).output
