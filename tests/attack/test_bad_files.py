"""Damaged, hostile and mistaken files: a clear answer that names place and cure, nothing lost, memory bounded."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhulian.core.kernel.errors import ZhulianError
from zhulian.intake import Register, Reject, container, csvfile, jsonfile, load, read

USCC = "91610800064834709T"
HEAD = "enterprise,as_of,revenue\n"


def write(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def refused(path: Path, **options) -> ZhulianError:
    with pytest.raises(ZhulianError) as error:
        list(read(path, **options))
    assert path.name in error.value.text or "格式" in error.value.text
    assert error.value.cure
    assert "…" not in str(error.value), "every parameter of the message is filled in"
    return error.value


def test_missing_file(tmp_path):
    assert refused(tmp_path / "none.csv").code == "file.missing"


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\n \n", b",,,\n"])
def test_empty(tmp_path, data):
    assert refused(write(tmp_path / "finance.csv", data)).code == "file.empty"


def test_header_only(tmp_path):
    assert refused(write(tmp_path / "finance.csv", HEAD)).code == "file.header_only"


def test_wrong_columns_names_found_expected_and_nearest(tmp_path):
    error = refused(write(tmp_path / "finance.csv", "enterprize,as_of,revenue\nx,2024-12-31,1\n"))
    assert error.code == "file.columns"
    assert "不认识「enterprize」（是否为 enterprise）" in error.text
    assert "缺少必填列「enterprise」" in error.text
    assert "net_assets" in error.cure


def test_the_same_column_twice(tmp_path):
    error = refused(write(tmp_path / "finance.csv", "enterprise,as_of,as_of\nx,1,2\n"))
    assert error.code == "file.duplicate_column"


def test_nothing_known_lists_the_formats(tmp_path):
    error = refused(write(tmp_path / "a.csv", "甲,乙\n1,2\n"))
    assert error.code == "file.unknown"
    assert "甲、乙" in error.text
    assert "jzsc-qualifications" in error.cure


def test_a_known_format_with_a_column_missing(tmp_path):
    header = "enterprise_name,legal_rep_masked,reg_region,qual_category,qual_name,cert_valid_until"
    error = refused(write(tmp_path / "a.csv", f"{header}\n1,2,3,4,5,6\n"))
    assert "缺少列「apt_code」" in error.text


def test_wanted_format_is_not_this(tmp_path):
    path = write(tmp_path / "finance.csv", f"{HEAD}{USCC},2024-12-31,1\n")
    assert refused(path, format="jzsc-json").code == "file.not_this_format"
    assert refused(path, format="excel").code == "file.format_name"


@pytest.mark.parametrize("before", ["", "，乙\n" * 300_000])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_wrong_encoding_names_line_and_byte(tmp_path, encoding, before):
    good = f"uscc,name\n{before}".encode(encoding)
    error = refused(write(tmp_path / "enterprise.csv", good + b"x,\xff\xff\n"))
    assert error.code == "file.encoding"
    assert f"第 {good.count(10) + 1} 行（第 {len(good) + 3} 字节）" in error.text
    assert "ff ff 0a" in error.text


def test_two_encodings_in_one_file_are_refused_before_any_row(tmp_path):
    data = f"uscc,name\n{USCC},榆林建设\n".encode() * 3 + ",工程有限公司三\n".encode("gbk")
    assert refused(write(tmp_path / "enterprise.csv", data)).code == "file.encoding"


def test_an_unclosed_quote_costs_one_line(tmp_path):
    lines = [f"{USCC},202{n}-12-31,{n}" for n in range(5)]
    lines[2] = f'{USCC},"2022-12-31,2'
    items = list(read(write(tmp_path / "finance.csv", HEAD + "\n".join(lines))))
    assert [isinstance(i, Reject) for i in items] == [False, False, True, False, False]
    assert (items[2].code, items[2].position.line) == ("row.quote", 4)
    assert items[2].raw["_line"] == lines[2], "nothing lost"


def test_a_record_across_lines_keeps_its_first_line_number(tmp_path):
    text = f'uscc,name,address\n{USCC},甲,"一\n二"\nx,乙,\n'
    first, second = read(write(tmp_path / "enterprise.csv", text))
    assert first.values["address"] == "一\n二"
    assert (first.position.line, second.position.line) == (2, 4)


def test_ragged_rows(tmp_path):
    text = f"{HEAD}{USCC},2024-12-31\n{USCC},2024-12-31,1,2\n{USCC},2024-12-31,1,,\n"
    short, long, padded = read(write(tmp_path / "finance.csv", text))
    assert (short.code, long.code) == ("row.columns", "row.columns")
    assert long.raw["_line"] == f"{USCC},2024-12-31,1,2"
    assert not isinstance(padded, Reject), "empty cells beyond the header are a spreadsheet's habit"


def test_a_line_without_end_is_refused_not_loaded(tmp_path):
    data = HEAD + "x" * (csvfile.LINE_LIMIT + 10)
    error = refused(write(tmp_path / "finance.csv", data))
    assert error.code == "file.line_too_long"
    assert "第 2 行" in error.text


@pytest.mark.parametrize(
    ("text", "place"),
    [('{"code":200,\n"data":{"compMap":{"QY_ID":"1"', "第 2 行第 31 列"), ('[\n{"a":1}\n,]', "第 3 行第 2 列")],
)
def test_broken_json_names_line_and_column(tmp_path, text, place):
    error = refused(write(tmp_path / "a.json", text))
    assert error.code == "file.json"
    assert place in error.text


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000])
def test_json_nested_beyond_reason(tmp_path, text):
    assert refused(write(tmp_path / "a.json", text)).code == "file.json"


def test_json_of_another_kind(tmp_path):
    error = refused(write(tmp_path / "a.json", '{"weather": "fine"}'))
    assert error.code == "file.json_shape"
    assert "weather" in error.text
    assert "regStaffList" in error.cure


def test_json_beyond_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonfile, "JSON_LIMIT", 10)
    assert refused(write(tmp_path / "a.json", '{"data": {"compMap": {}}}')).code == "file.too_large"


def _parquet(path: Path) -> bytes:
    pq.write_table(pa.table({"enterprise": [USCC] * 5000, "as_of": ["2024-12-31"] * 5000}), path)
    return path.read_bytes()


@pytest.mark.parametrize("keep", [5, 100, -1, -200])
def test_truncated_parquet(tmp_path, keep):
    path = tmp_path / "finance.parquet"
    assert refused(write(path, _parquet(path)[:keep])).code == "file.parquet"


def test_parquet_with_damaged_pages(tmp_path):
    path = tmp_path / "finance.parquet"
    data = bytearray(_parquet(path))
    data[4:60] = b"\xff" * 56
    assert refused(write(path, bytes(data))).code == "file.parquet"


def test_broken_workbooks_are_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
    assert refused(tmp_path / "a.xlsx").code == "file.workbook"
    assert refused(write(tmp_path / "a.xls", b"\xd0\xcf\x11\xe0" + b"0" * 100)).code == "file.workbook"


def _zip(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_a_zip_of_tables_is_read(tmp_path):
    members = {
        "data/finance.csv": f"{HEAD}{USCC},2024-12-31,1\n",
        "data/enterprise.csv": f"uscc,name\n{USCC},甲\n",
        "__MACOSX/data/._finance.csv": b"\0\0",
    }
    rows = list(read(_zip(tmp_path / "a.zip", members)))
    assert [(r.table, str(r.position)) for r in rows] == [
        ("enterprise", "a.zip/data/enterprise.csv 第 1 条（第 2 行）"),
        ("finance", "a.zip/data/finance.csv 第 1 条（第 2 行）"),
    ]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    path = _zip(tmp_path / "bomb.zip", {"finance.csv": HEAD.encode() + b"0" * (50 << 20)})
    assert path.stat().st_size < 100 << 10
    monkeypatch.setattr(container.shutil, "copyfileobj", pytest.fail)
    error = refused(path)
    assert error.code == "file.zip_limit"
    assert "200 倍" in error.cure


def test_a_zip_that_lies_about_its_sizes(tmp_path):
    data = bytearray(_zip(tmp_path / "lie.zip", {"finance.csv": HEAD.encode() + b"0" * (50 << 20)}).read_bytes())
    size = (len(HEAD) + (50 << 20)).to_bytes(4, "little")
    assert data.count(size) >= 1
    lie = bytes(data).replace(size, (1000).to_bytes(4, "little"))
    assert refused(write(tmp_path / "lie.zip", lie)).code in {"file.zip", "file.line_too_long"}


@pytest.mark.parametrize(
    "name", ["../finance.csv", "/etc/finance.csv", "a/../../finance.csv", "..\\finance.csv", "C:\\x.csv"]
)
def test_zip_names_that_point_outside(tmp_path, name):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), "x")
    assert refused(path).code == "file.zip_name"
    assert not (tmp_path.parent / "finance.csv").exists()


def test_zips_within_zips_too_many_entries_and_half_a_zip(tmp_path, monkeypatch):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("finance.csv", HEAD)
    assert refused(_zip(tmp_path / "nested.zip", {"inner.zip": inner.getvalue()})).code == "file.zip"
    monkeypatch.setattr(container, "ENTRY_LIMIT", 3)
    many = _zip(tmp_path / "many.zip", {f"{n}.csv": "x" for n in range(4)})
    assert refused(many).code == "file.zip_limit"
    half = write(tmp_path / "half.zip", many.read_bytes()[:50])
    assert refused(half).code == "file.zip"


def test_a_file_that_breaks_in_the_middle_keeps_the_count(tmp_path):
    text = f"{HEAD}{USCC},2024-12-31,1\n" + "x" * (csvfile.LINE_LIMIT + 1)
    path = write(tmp_path / "finance.csv", text)
    report = load([path], Register(), lambda *_: None)
    assert (report.records, report.accepted) == (1, 1)
    assert [(name, e.code) for name, e in report.refused] == [("finance.csv", "file.line_too_long")]


def test_binary_rubbish(tmp_path):
    assert refused(write(tmp_path / "a.csv", bytes(range(256)) * 20)).code == "file.encoding"


_MEASURE = """
import resource, sys
from pathlib import Path
from zhulian.intake import read
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(1 for _ in read(Path(sys.argv[1])))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def _big(path: Path, size: int) -> int:
    """A file of insurance rows of about that many bytes, and how many they are."""
    rows = size // 110
    with path.open("w") as file:
        file.write("person,enterprise,month_from,month_until\n")
        for n in range(rows):
            file.write(f"RY_ID:{n:030d},QY_ID:{n % 5000:030d},2020-0{n % 9 + 1}-01,\n")
    return rows


def test_memory_does_not_grow_with_the_file(tmp_path):
    """Eight times as much (a gigabyte with ZHULIAN_LONG=1) takes hardly more memory: keys move to the disk."""
    long = os.environ.get("ZHULIAN_LONG") == "1"
    grown = []
    for size in (4 << 20, (1024 if long else 32) << 20):
        path = tmp_path / "insurance.csv"
        rows = _big(path, size)
        done = subprocess.run([sys.executable, "-c", _MEASURE, path], capture_output=True, text=True, check=True)
        count, kib = map(int, done.stdout.split())
        assert count == rows
        grown.append(kib)
        path.unlink()
    assert max(grown) < 160 << 10
