"""Secrets: only in their own place, only unharmed, only with their key."""

# ruff: noqa: ARG001, ARG002 - fixtures are asked for by name

from __future__ import annotations

import stat

import pytest
from django.db import connection

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import crypto
from zhulian.server.common.crypto import LocalKeys, Secret, blind_index, text_open, text_seal
from zhulian.server.common.models import KeyVersion

NUMBER = "370202199001011234"


def stored(fish, pk: int, column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"select {column} from test_fish where row_id = %s", [pk])
        return cursor.fetchone()[0]


def put(pk: int, column: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"update test_fish set {column} = %s where row_id = %s", [value, pk])


@pytest.fixture
def two(fish):
    return [fish.objects.create(recorded_at=1, chip=NUMBER, note="x"), fish.objects.create(recorded_at=1, chip="B-2")]


def test_stored_text_is_no_plain_text_and_opens_in_its_place(fish, two) -> None:
    raw = stored(fish, two[0].pk, "chip")
    assert NUMBER not in raw
    assert raw != stored(fish, two[1].pk, "chip")
    assert fish.objects.get(pk=two[0].pk).chip.reveal() == NUMBER


def test_saving_again_keeps_value_and_index(fish, two) -> None:
    row = fish.objects.get(pk=two[0].pk)
    row.weight = 5
    row.save()
    again = fish.objects.get(pk=row.pk)
    assert again.chip.reveal() == NUMBER
    assert again.chip_index == two[0].chip_index
    again.chip = "C-3"
    again.save()
    assert fish.objects.get(chip_index=fish._meta.get_field("chip_index").digest("c-3")).pk == row.pk


@pytest.mark.parametrize(("taken_from", "column"), [(1, "chip"), (0, "note")])
def test_a_ciphertext_moved_to_another_row_or_column_does_not_open(fish, two, taken_from: int, column: str) -> None:
    put(two[0].pk, "chip", stored(fish, two[taken_from].pk, column))
    with pytest.raises(ZhulianError, match="加密内容已损坏"):
        fish.objects.get(pk=two[0].pk).chip.reveal()


def test_every_flipped_character_fails_closed(fish, two) -> None:
    raw = stored(fish, two[0].pk, "chip")
    for i in range(2, len(raw) - 4, 7):
        put(two[0].pk, "chip", raw[:i] + ("A" if raw[i] != "A" else "B") + raw[i + 1 :])
        with pytest.raises(ZhulianError):
            fish.objects.get(pk=two[0].pk).chip.reveal()


def test_a_truncated_or_foreign_text_fails_closed(db) -> None:
    good = text_seal("x", "t|c|1")
    for bad in ("", "1", "1:", "x:AAAA", "9:AAAA", good[:10], good[2:], "1:!!!!"):
        with pytest.raises(ZhulianError):
            text_open(bad, "t|c|1")


def test_a_secret_never_shows_itself() -> None:
    secret = Secret(lambda: NUMBER)
    assert NUMBER not in f"{secret} {secret!r} {[secret]} {{'a': secret}}"


def test_update_and_lookup_by_plain_value_are_refused(fish, two) -> None:
    with pytest.raises(TypeError):
        fish.objects.update(chip="plain")
    with pytest.raises(TypeError):
        fish.objects.filter(chip=NUMBER).exists()
    row = two[0]
    with pytest.raises(TypeError):
        fish.objects.bulk_update([row], ["chip"])


def test_blind_index_normalises_and_differs_by_place(db) -> None:
    assert blind_index("３７0202 x", place="a|b") == blind_index("370202X", place="a|b")
    assert blind_index("370202X", place="a|b") != blind_index("370202X", place="a|c")


class TestKeys:
    def test_made_once_readable_by_the_owner_only(self, db, tmp_path) -> None:
        KeyVersion.objects.all().delete()
        keys = LocalKeys(tmp_path)
        sealed = keys.seal("field", keys.version("field"), b"x", b"c")
        path = tmp_path / "field-1.key"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert LocalKeys(tmp_path).open("field", 1, sealed, b"c") == b"x"

    def test_a_missing_key_is_not_made_again(self, db, tmp_path) -> None:
        KeyVersion.objects.all().delete()
        keys = LocalKeys(tmp_path)
        sealed = keys.seal("field", 1, b"x", b"c")
        (tmp_path / "field-1.key").unlink()
        for attempt in (
            lambda: LocalKeys(tmp_path).open("field", 1, sealed, b"c"),
            lambda: LocalKeys(tmp_path).seal("field", LocalKeys(tmp_path).version("field"), b"y", b"c"),
        ):
            with pytest.raises(ZhulianError, match="密钥"):
                attempt()
        assert not (tmp_path / "field-1.key").exists()

    def test_an_exchanged_key_is_noticed(self, db, tmp_path) -> None:
        KeyVersion.objects.all().delete()
        LocalKeys(tmp_path).seal("field", 1, b"x", b"c")
        (tmp_path / "field-1.key").unlink()
        crypto.key_make(tmp_path / "field-1.key")
        with pytest.raises(ZhulianError, match="密钥"):
            LocalKeys(tmp_path).seal("field", 1, b"x", b"c")

    def test_a_new_version_seals_and_the_old_still_opens(self, db, tmp_path) -> None:
        KeyVersion.objects.all().delete()
        old = LocalKeys(tmp_path).seal("field", 1, b"x", b"c")
        crypto.key_make(tmp_path / "field-2.key")
        keys = LocalKeys(tmp_path)
        assert keys.version("field") == 2
        assert keys.open("field", 1, old, b"c") == b"x"
        assert keys.open("field", 2, keys.seal("field", 2, b"y", b"c"), b"c") == b"y"
