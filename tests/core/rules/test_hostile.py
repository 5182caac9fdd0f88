"""A rulebook written by an enemy, or by accident, is refused by name and at once."""

from __future__ import annotations

import pytest

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.rules import Library


def _bomb() -> bytes:
    """Eight levels of nine aliases: some 40 million texts when written out, a few hundred bytes here."""
    levels = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    levels += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefg", "bcdefgh", strict=True)]
    return "\n".join([*levels, "subject: *h", "code: *h", "versions: *h"]).encode()


HOSTILE = {
    "a Python object": b"!!python/object/apply:os.system ['id']",
    "aliases": _bomb(),
    "itself": b"subject: &a [*a]\ncode: D101\nversions: []",
    "nested without end": b"[" * 5000,
    "GBK": "subject: 建筑".encode("gbk"),
    "a NUL": b"subject: \x00",
    "nothing": b"",
    "a list": b"- 1",
    "no such day": b"subject: a\ncode: D101\nversions: [{id: '1', from: 2015-02-30}]",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_rulebook_is_refused_by_name(data):
    with pytest.raises(ZhulianError) as refusal:
        Library.load({"x.yaml": data})
    assert refusal.value.code.startswith("rulebook.")
    assert "x.yaml" in refusal.value.text
    assert len(str(refusal.value)) < 1000
