"""The file store: kept once, sealed, streamed; damage of any kind is told."""

from __future__ import annotations

import hashlib
import random
import tracemalloc

import pytest

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import files
from zhulian.server.common.files import CHUNK, file_chunks, file_store, place

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home(settings, tmp_path) -> None:
    settings.HOME = tmp_path


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - any bytes


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_comes_back_as_it_went_in(size: int) -> None:
    data = content(size)
    stored = file_store([data[i : i + 1000] for i in range(0, size, 1000)], name="a")
    assert (stored.sha256, stored.size, stored.scan) == (hashlib.sha256(data).hexdigest(), size, "not_scanned")
    assert b"".join(file_chunks(stored.sha256)) == data


def test_the_same_content_is_kept_once_and_never_plain() -> None:
    data = "370202199001011234 张三".encode() * 50
    assert file_store([data], name="a").pk == file_store([data], name="b").pk
    kept = [p for p in files.root().rglob("*") if p.is_file()]
    assert len(kept) == 1
    assert b"370202199001011234" not in kept[0].read_bytes()


def sealed_chunks(raw: bytes) -> tuple[bytes, list[bytes]]:
    header, rest, out = raw[:24], raw[24:], []
    while rest:
        length = int.from_bytes(rest[:4], "big")
        out.append(rest[: 4 + length])
        rest = rest[4 + length :]
    return header, out


DAMAGE = {
    "a flipped bit": lambda h, c: h + c[0][:50] + bytes([c[0][50] ^ 1]) + c[0][51:] + b"".join(c[1:]),
    "the last chunk gone": lambda h, c: h + b"".join(c[:-1]),
    "two chunks exchanged": lambda h, c: h + c[1] + c[0] + c[2],
    "a chunk twice": lambda h, c: h + c[0] + c[0] + c[1] + c[2],
    "cut inside a chunk": lambda h, c: (h + b"".join(c))[:-7],
    "something after the end": lambda h, c: h + b"".join(c) + b"x",
    "nothing but the header": lambda h, _: h,
    "an empty file": lambda *_: b"",
    "another file": lambda *_: place(file_store([b"other"], name="o").sha256).read_bytes(),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_told(damage) -> None:
    stored = file_store([content(2 * CHUNK + 5)], name="a")
    path = place(stored.sha256)
    path.write_bytes(damage(*sealed_chunks(path.read_bytes())))
    with pytest.raises(ZhulianError, match="损坏"):
        list(file_chunks(stored.sha256))


def test_a_missing_file_is_told() -> None:
    with pytest.raises(ZhulianError, match="不在文件库"):
        list(file_chunks("0" * 64))


def test_a_large_file_does_not_fill_the_memory() -> None:
    tracemalloc.start()
    stored = file_store((b"x" * 100_000 for _ in range(400)), name="a")
    assert sum(len(chunk) for chunk in file_chunks(stored.sha256)) == stored.size == 40_000_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * CHUNK


def scanner(chunks) -> str:
    return "EICAR" if any(b"EICAR" in chunk for chunk in chunks) else ""


def test_a_scanner_sees_the_plain_content_before_anything_is_kept(settings) -> None:
    settings.FILE_SCANNER = f"{__name__}.scanner"
    import sys

    sys.modules.setdefault(__name__, sys.modules[scanner.__module__])
    assert file_store([b"fine"], name="a").scan == "clean"
    with pytest.raises(ZhulianError, match=r"坏\.xlsx.*EICAR"):
        file_store([b"..EICAR.."], name="坏.xlsx")
    assert len([p for p in files.root().rglob("*") if p.is_file()]) == 1
