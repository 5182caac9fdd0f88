"""Canonical files: what is taken, in which form, and how a record is refused."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhulian.core.kernel.dates import BEGINNING, FOREVER
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import Key
from zhulian.intake import Reject, Row, detect, read, sources

USCC = "91610800064834709T"
ADULT_15 = "370102800101001"  # 15-digit number of somebody born on 1980-01-01


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def only(path: Path, **options) -> Row | Reject:
    (item,) = read(path, **options)
    return item


@pytest.mark.parametrize(
    "text",
    ["2019-03-01", "2019/3/1", "2019.3.1", "20190301", "2019年3月1日", "２０１９－０３－０１", "2019-03-01 00:00:00"],
)
def test_dates_as_people_write_them(tmp_path, text):
    row = only(write(tmp_path / "enterprise.csv", f"uscc,name,established_on\n{USCC},甲公司,{text}\n"))
    assert row.values["established_on"] == dt.date(2019, 3, 1)
    assert row.fact_from == dt.date(2019, 3, 1), "the table's `since` column starts the fact"


@pytest.mark.parametrize("text", ["01/03/2019", "19-3-1", "2019-02-30", "2019-3", "=TODAY()"])
def test_dates_that_would_be_guesses_are_refused(tmp_path, text):
    reject = only(write(tmp_path / "enterprise.csv", f"uscc,name,established_on\n{USCC},甲公司,{text}\n"))
    assert (reject.code, reject.field) == ("value.date", "established_on")
    assert text in reject.message
    assert reject.cure


def test_full_width_digits_and_spaces(tmp_path):
    text = "uscc,name,registered_capital\n９１６１０８００ ０６４８３４７０９Ｔ,甲公司,６００\n"
    row = only(write(tmp_path / "enterprise.csv", text))
    assert row.values["uscc"] == USCC
    assert row.values["enterprise"] == Key("uscc", USCC)
    assert row.values["registered_capital"] == 600


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_encodings_give_the_same_rows(tmp_path, encoding):
    path = write(tmp_path / "enterprise.csv", f"uscc,name,region\n{USCC},榆林建设（集团）有限公司,610800\n", encoding)
    row = only(path)
    assert row.values["name"] == "榆林建设（集团）有限公司"
    assert detect(path).name == "canonical-csv"


def test_all_problems_of_a_record_are_told_at_once(tmp_path):
    text = "uscc,name,region,registered_capital\n91610800064834708T,,999999,六百\n"
    reject = only(write(tmp_path / "enterprise.csv", text))
    assert {(p.code, p.field) for p in reject.problems} == {
        ("id.uscc", "uscc"),
        ("value.missing", "name"),
        ("code.division", "region"),
        ("value.number", "registered_capital"),
    }
    assert dict(reject.raw) == {
        "uscc": "91610800064834708T",
        "name": "",
        "region": "999999",
        "registered_capital": "六百",
    }
    assert str(reject.position) == "enterprise.csv 第 1 条（第 2 行）"


@pytest.mark.parametrize(
    ("number", "expected"),
    [(str(2**63 - 1), 2**63 - 1), (str(-(2**63)), -(2**63)), ("0", 0), ("+7", 7)],
)
def test_integers_to_the_edge_of_int64(tmp_path, number, expected):
    path = write(tmp_path / "finance.csv", f"enterprise,as_of,net_assets\n{USCC},2024-12-31,{number}\n")
    assert only(path).values["net_assets"] == expected


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (str(2**63), "value.range"),
        ("9" * 5000, "value.range"),
        ("1.5", "value.number"),
        ("4,000", "value.number"),
        ("=1+1", "value.number"),
        ("1e5", "value.number"),
    ],
)
def test_what_is_no_integer(tmp_path, number, code):
    path = write(tmp_path / "finance.csv", f'enterprise,as_of,net_assets\n{USCC},2024-12-31,"{number}"\n')
    assert only(path).code == code


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+cmd", "@SUM(A1)", "\tx", "＝1"])
def test_formulas_in_text_are_refused(tmp_path, text):
    reject = only(write(tmp_path / "enterprise.csv", f"uscc,name\n{USCC},{text}\n"))
    assert (reject.code, reject.field) == ("value.formula", "name")


def test_nul_bytes_are_named(tmp_path):
    reject = only(write(tmp_path / "enterprise.csv", f"uscc,name\n{USCC},甲\0公司\n"))
    assert (reject.code, reject.field) == ("value.control", "name")
    assert "U+0000" in reject.message


def test_ids_15_digits_masked_and_wrong(tmp_path):
    text = f"person,name,id_no\nRY_ID:1,甲,{ADULT_15}\nRY_ID:2,乙,3701**********0012\nRY_ID:3,丙,370102198001010011\n"
    old, masked, wrong = read(write(tmp_path / "person.csv", text))
    assert old.values["id_no"][:17] == "37010219800101001"
    assert old.values["birth_on"] == dt.date(1980, 1, 1)
    assert (masked.values["id_no"], masked.values["name"], masked.masked) == (None, "乙", True)
    assert wrong.code == "id.resident"
    assert "370102198001010011" not in wrong.message, "the message shows the masked form only"


def test_a_birthday_that_contradicts_the_id(tmp_path):
    path = write(tmp_path / "person.csv", f"name,id_no,birth_on\n甲,{ADULT_15},1980-01-02\n")
    assert only(path).code == "id.birth"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (USCC, Key("uscc", USCC)),
        (f"uscc:{USCC}", Key("uscc", USCC)),
        ("QY_ID:002105291239451309", Key("QY_ID", "002105291239451309")),
        ("name:某（集团）公司 @370202", Key("name", "某(集团)公司@370000")),
        ("name:某公司@山东省", Key("name", "某公司@370000")),
        ("name:某公司", Key("name", "某公司@")),
    ],
)
def test_keys_have_one_form(tmp_path, key, expected):
    path = write(tmp_path / "finance.csv", f"enterprise,as_of\n{key},2024-12-31\n")
    assert only(path).values["enterprise"] == expected


@pytest.mark.parametrize("key", ["nmae:某公司", "name:@370000", "RY_ID:1", "QY_ID:a\0b"])
def test_malformed_keys_are_refused(tmp_path, key):
    reject = only(write(tmp_path / "finance.csv", f"enterprise,as_of\n{key},2024-12-31\n"))
    assert (reject.code, reject.field) == ("id.key", "enterprise")


def test_a_bare_text_is_a_credit_code(tmp_path):
    assert only(write(tmp_path / "finance.csv", "enterprise,as_of\n123,2024-12-31\n")).code == "id.uscc"
    path = write(tmp_path / "title.csv", f"person,grade\n{ADULT_15},中级\n")
    assert only(path).code == "id.key", "for persons a bare number would be a guess"


def test_dates_reversed(tmp_path):
    text = f"enterprise,code,issued_on,valid_until\n{USCC},D101B,2024-01-02,2024-01-01\n"
    reject = only(write(tmp_path / "qualification.csv", text))
    assert reject.code == "value.order"
    assert "发证日期 2024-01-02" in reject.message


def test_an_empty_fact_period(tmp_path):
    text = f"enterprise,code,fact_from,fact_until\n{USCC},D101B,2024-01-01,2024-01-01\n"
    assert only(write(tmp_path / "qualification.csv", text)).code == "value.order"


def test_fact_period_defaults(tmp_path):
    rows = list(
        read(
            write(
                tmp_path / "qualification.csv",
                "enterprise,code,issued_on,fact_from,fact_until\n"
                f"{USCC},D101B,2020-01-01,,\n{USCC},D101A,2020-01-01,2021-01-01,2022-01-01\n{USCC},D105C,,,\n",
            )
        )
    )
    assert [(r.fact_from, r.fact_until) for r in rows] == [
        (dt.date(2020, 1, 1), FOREVER),
        (dt.date(2021, 1, 1), dt.date(2022, 1, 1)),
        (BEGINNING, FOREVER),
    ]
    assert "fact_from" not in rows[0].values


def test_missing_columns_are_not_told_empty_cells_are_none(tmp_path):
    row = only(write(tmp_path / "enterprise.csv", f"uscc,name,address\n{USCC},甲公司,\n"))
    assert row.values["address"] is None
    assert "legal_representative" not in row.values


def test_an_enterprise_without_a_code_is_provisional(tmp_path):
    row = only(write(tmp_path / "enterprise.csv", "name,region\n甲公司,山东省\n"))
    assert row.values["enterprise"] == Key("name", "甲公司@370000")
    assert not row.values["enterprise"].sure


def test_a_person_without_any_number_is_refused(tmp_path):
    assert only(write(tmp_path / "person.csv", "name,sex\n甲,男\n")).code == "row.no_key"


def test_options_and_too_long_texts(tmp_path):
    text = f"uscc,name,status\n{USCC},{'长' * 201},open\n"
    reject = only(write(tmp_path / "enterprise.csv", text))
    assert [p.code for p in reject.problems] == ["value.too_long", "code.option"]
    assert "active" in reject.problems[1].cure


def test_duplicates_same_and_contradicting(tmp_path):
    head = "enterprise,certificate_no,code,valid_until,fact_from,fact_until\n"
    lines = [
        f"{USCC},D261,D101B,2028-01-01,2020-01-01,2022-01-01",
        f"{USCC},D261,D101B,2028-01-01,2020-01-01,2022-01-01",
        f"{USCC},D261,D101B,2029-01-01,2022-01-01,",
        f"{USCC},D261,D101B,2030-01-01,2021-12-31,",
    ]
    first, same, later, contradicting = read(write(tmp_path / "qualification.csv", head + "\n".join(lines)))
    assert (first.repeats, same.repeats, later.repeats) == (False, True, False)
    assert contradicting.code == "row.duplicate_key"
    assert "第 1 条" in contradicting.message


def test_skip_resumes_after_a_record_and_still_knows_the_earlier_ones(tmp_path):
    text = "enterprise,as_of,revenue\n" + "".join(f"{USCC},202{n}-12-31,{n}\n" for n in (0, 1, 2, 3, 1))
    path = write(tmp_path / "finance.csv", text)
    everything = list(read(path))
    resumed = list(read(path, skip=3))
    assert [r.position.record for r in resumed] == [4, 5]
    assert [(r.position, r.repeats) for r in resumed] == [(r.position, r.repeats) for r in everything[3:]]
    assert resumed[-1].repeats


def test_parquet_typed_and_as_text(tmp_path):
    typed = {
        "enterprise": pa.array([USCC, USCC]),
        "kind": pa.array(["塔机", "吊车"]),
        "count": pa.array([0, 3], pa.int64()),
        "owned": pa.array([False, None]),
        "fact_from": pa.array([dt.date(2020, 1, 1), None]),
    }
    texts = {
        "enterprise": [USCC, USCC],
        "kind": ["塔机", "吊车"],
        "count": ["0", "3"],
        "owned": ["false", ""],
        "fact_from": ["20200101", ""],
    }
    rows = []
    for name, columns in {"equipment.parquet": typed, "equipment-text.parquet": texts}.items():
        pq.write_table(pa.table(columns), tmp_path / name)
        assert detect(tmp_path / name).name == "canonical-parquet"
        rows.append([(r.values, r.fact_from) for r in read(tmp_path / name)])
    assert rows[0] == rows[1]
    assert [v["count"] for v, _ in rows[0]] == [0, 3]
    assert [v["owned"] for v, _ in rows[0]] == [False, None]


def test_parquet_floats_are_no_integers(tmp_path):
    pq.write_table(
        pa.table({"enterprise": [USCC], "as_of": ["2024-12-31"], "revenue": [1.5]}), tmp_path / "finance.parquet"
    )
    assert only(tmp_path / "finance.parquet").code == "value.number"


def test_tables_by_header_by_hint_and_unclear(tmp_path):
    text = f"certificate_no,code,enterprise\nD1,D101B,{USCC}\n"
    path = write(tmp_path / "资质.csv", text)
    assert detect(path).table == "qualification"
    unclear = write(tmp_path / "some.csv", f"project,enterprise\nproject_code:1,{USCC}\n")
    with pytest.raises(ZhulianError) as error:
        detect(unclear)
    assert error.value.code == "file.table_unclear"
    with pytest.raises(ZhulianError) as error:
        detect(unclear, table="participation")
    assert "缺少必填列「role」" in error.value.text


def test_a_folder_is_read_subjects_first_and_says_what_it_left_out(tmp_path):
    write(tmp_path / "qualification.csv", f"enterprise,code\n{USCC},D101B\n")
    write(tmp_path / "person.csv", "person,name\nRY_ID:1,甲\n")
    write(tmp_path / "enterprise.csv", f"uscc,name\n{USCC},甲公司\n")
    write(tmp_path / "notes.csv", "what,ever\n1,2\n")
    with sources(tmp_path) as found:
        assert [s.format.table for s in found.known] == ["enterprise", "person", "qualification"]
        assert [(name, e.code) for name, e in found.refused] == [("notes.csv", "file.unknown")]
    assert [r.table for r in read(tmp_path)] == ["enterprise", "person", "qualification"]
