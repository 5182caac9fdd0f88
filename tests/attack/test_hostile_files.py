"""Files made to break the reader: each of these once ended in a traceback, minutes of work or a value lost."""

import datetime as dt
import os
import random
import struct
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhulian.core.kernel.errors import ZhulianError
from zhulian.intake import Reject, read
from zhulian.intake.parquetfile import BATCH, parquet_records

USCC = "91610800064834709T"
HEAD = "enterprise,as_of,revenue\n"
GOOD = f"{HEAD}{USCC},2024-12-31,1\n"
ID_NO = "110101198001010010"
PHONE = "13812345678"


def zipped(path: Path, name: str = "finance.csv", text: str = GOOD * 50) -> bytearray:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return bytearray(path.read_bytes())


def refusal(path: Path) -> ZhulianError:
    with pytest.raises(ZhulianError) as error:
        list(read(path))
    return error.value


def damaged_stream(data: bytearray) -> bytes:
    start = data.find(b"finance.csv") + 11
    data[start : start + 20] = b"\xff" * 20
    return bytes(data)


def encrypted(data: bytearray) -> bytes:
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def unknown_method(data: bytearray) -> bytes:
    data[8] = data[data.find(b"PK\x01\x02") + 10] = 99
    return bytes(data)


@pytest.mark.parametrize("harm", [damaged_stream, encrypted, unknown_method])
def test_archives_that_cannot_be_unpacked(tmp_path, harm):
    path = tmp_path / "a.zip"
    path.write_bytes(harm(zipped(path)))
    error = refusal(path)
    assert error.code == "file.zip"
    assert harm is not encrypted or "加密" in error.text


def test_an_archive_whose_names_are_no_text(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(zipped(path, "财务.csv")).replace("财务".encode(), b"\xff\xfe\xff\xfe\xff\xfe"))
    assert refusal(path).code == "file.zip"


def test_an_archive_with_a_name_of_a_dot(tmp_path):
    zipped(tmp_path / "a.zip", ".")
    assert refusal(tmp_path / "a.zip").code == "file.zip_name"


@pytest.mark.parametrize("kind", ["zip", "parquet"])
def test_random_damage_is_refused_or_read_and_never_a_traceback(tmp_path, kind):
    path = tmp_path / f"finance.{kind}"
    if kind == "zip":
        whole = bytes(zipped(path))
    else:
        days = [dt.date(1990, 1, 1) + dt.timedelta(days=n) for n in range(200)]
        pq.write_table(pa.table({"enterprise": [USCC] * 200, "as_of": days}), path)
        whole = path.read_bytes()
    chance = random.Random(7)  # noqa: S311 - the same damage every time
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 5)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            list(read(path))
        except ZhulianError:
            refused += 1
    assert refused


def test_a_header_of_thousands_of_columns_is_refused_at_once(tmp_path):
    path = tmp_path / "finance.csv"
    path.write_text(",".join(f"c{n}" for n in range(37_000)) + "\n1\n")
    error = refusal(path)
    assert error.code == "file.too_many_columns"
    assert "37000" in error.text


def parquet(path: Path, **columns) -> list:
    pq.write_table(pa.table({"enterprise": [USCC], **columns}), path)
    return list(read(path))


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (pa.array([1_551_369_600_123_456_789], pa.timestamp("ns")), dt.date(2019, 2, 28)),
        (pa.array([dt.datetime(2024, 12, 31, 16, tzinfo=dt.UTC)], pa.timestamp("us", tz="UTC")), dt.date(2025, 1, 1)),
    ],
    ids=["nanoseconds", "the day in China"],
)
def test_moments_of_parquet(tmp_path, moment, day):
    (row,) = parquet(tmp_path / "finance.parquet", as_of=moment)
    assert row.values["as_of"] == day


def test_values_that_python_cannot_hold_cost_their_record_only(tmp_path):
    path = tmp_path / "finance.parquet"
    far = pa.array([2**31 - 1, 19_000], pa.int32()).cast(pa.date32())
    pq.write_table(pa.table({"enterprise": [USCC] * 2, "as_of": far}), path)
    first, second = read(path)
    assert isinstance(first, Reject)
    assert (first.code, first.position.record) == ("value.date", 1)
    assert not isinstance(second, Reject)


@pytest.mark.parametrize("binary", [True, False])
def test_damaged_text_of_parquet_costs_its_record_and_stays_readable(tmp_path, binary):
    kind = pa.binary() if binary else pa.string()
    offsets = pa.py_buffer(struct.pack("<iii", 0, 2, 8))
    names = pa.Array.from_buffers(kind, 2, [None, offsets, pa.py_buffer(b"\xff\xfe" + "榆林".encode())])
    path = tmp_path / "enterprise.parquet"
    pq.write_table(pa.table({"uscc": [USCC, USCC], "name": names}), path)
    first, second = read(path)
    assert isinstance(first, Reject)
    assert first.code == "value.control"
    assert "\\xff\\xfe" in first.raw["name"]
    assert second.values["name"] == "榆林"


def test_the_same_column_twice_in_parquet(tmp_path):
    path = tmp_path / "finance.parquet"
    columns = [pa.array([USCC]), pa.array(["2024-12-31"]), pa.array(["2023-12-31"])]
    pq.write_table(pa.Table.from_arrays(columns, names=["enterprise", "as_of", "as_of"]), path)
    assert refusal(path).code == "file.duplicate_column"


@pytest.mark.parametrize("store_schema", [True, False])
def test_a_dictionary_bomb(tmp_path, store_schema):
    """One text of 2 MiB for every record: 50 KB on the disk, 40 GB as texts."""
    path = tmp_path / "finance.parquet"
    same = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), ["x" * (2 << 20)])
    pq.write_table(pa.table({"enterprise": same}), path, store_schema=store_schema, dictionary_pagesize_limit=1 << 30)
    assert path.stat().st_size < 200_000
    with pytest.raises(ZhulianError) as error:
        list(parquet_records(path, path.name))
    assert error.value.code == "file.parquet"
    assert "enterprise" in error.value.text


def test_long_texts_come_in_small_batches(tmp_path, monkeypatch):
    path = tmp_path / "finance.parquet"
    pq.write_table(pa.table({"enterprise": ["x" * 10_000] * BATCH}), path)
    read_at_once = []
    whole = pq.ParquetFile.iter_batches
    monkeypatch.setattr(
        pq.ParquetFile,
        "iter_batches",
        lambda self, batch_size, **more: (read_at_once.append(batch_size), whole(self, batch_size, **more))[1],
    )
    assert sum(1 for _ in parquet_records(path, path.name)) == BATCH
    assert max(read_at_once) * 10_000 <= 32 << 20


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    assert refusal(tmp_path / "pipe.csv").code == "file.unreadable"
    assert refusal(Path("/dev/zero")).code == "file.unreadable"
    assert refusal(tmp_path / "loop.csv").code == "file.missing"
    assert refusal(tmp_path / ("x" * 300 + ".csv")).code == "file.unreadable"


@pytest.mark.parametrize("kind", ["dates", "keys", "header"])
def test_numbers_of_people_in_wrong_columns_are_starred_in_reasons(tmp_path, kind):
    """Reasons are kept in the clear, listed and exported; the record itself is encrypted."""
    path = tmp_path / "registration.csv"
    head = "person,enterprise,kind,valid_until\n"
    lines = {
        "dates": f"{head}local:1,{USCC},一级注册建造师,{PHONE}\nlocal:1,{USCC},{ID_NO},2030-01-01\n",
        "keys": f"{head}{ID_NO},{USCC},一级注册建造师,2030-01-01\n",
        "header": f"甲,{ID_NO},{PHONE}\n",
    }
    path.write_text(lines[kind])
    try:
        said = [f"{p.message}{p.cure}" for r in read(path) if isinstance(r, Reject) for p in r.problems]
    except ZhulianError as error:
        said = [str(error)]
    assert said
    assert not [text for text in said if ID_NO in text or PHONE in text]
    assert any("1101**********0010" in text or "138****5678" in text for text in said)
