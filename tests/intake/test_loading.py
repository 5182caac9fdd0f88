"""Loads: identities, counts that add up, rejects out and in again."""

import csv
import datetime as dt
import io
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import Key
from zhulian.core.tables import TABLES
from zhulian.intake import Register, Reject, load, read, rejects_csv
from zhulian.intake.rejects import escape, unescape
from zhulian.intake.seen import Earlier, Seen

USCC = "91610800064834709T"
OTHER = "91110108101884765M"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


# Identity


def test_a_name_gains_its_credit_code_later():
    register = Register()
    named = register.subject("enterprise", (Key("name", "甲公司@610000"),))
    assert register.provisional("enterprise") == 1
    sure = register.subject("enterprise", (Key("uscc", USCC), Key("name", "甲公司@610000")))
    assert sure == named
    assert register.provisional("enterprise") == 0
    assert register.find("enterprise", Key("uscc", USCC)) == named


def test_a_namesake_with_another_code_is_another_enterprise():
    register = Register()
    first = register.subject("enterprise", (Key("uscc", USCC), Key("name", "甲公司@610000")))
    second = register.subject("enterprise", (Key("uscc", OTHER), Key("name", "甲公司@610000")))
    assert first != second
    assert register.find("enterprise", Key("name", "甲公司@610000")) == first


def test_the_same_name_in_two_provinces_is_two_enterprises():
    register = Register()
    assert register.subject("enterprise", (Key("name", "甲@610000"),)) != register.subject(
        "enterprise", (Key("name", "甲@370000"),)
    )


def test_two_sure_keys_of_two_subjects_conflict_and_nothing_is_merged():
    register = Register()
    a = register.subject("enterprise", (Key("uscc", USCC),))
    b = register.subject("enterprise", (Key("QY_ID", "1"),))
    with pytest.raises(ZhulianError) as error:
        register.subject("enterprise", (Key("uscc", USCC), Key("QY_ID", "1")))
    assert error.value.code == "identity.conflict"
    assert "企业" in error.value.text
    assert (register.find("enterprise", Key("uscc", USCC)), register.find("enterprise", Key("QY_ID", "1"))) == (a, b)


def test_a_conflict_quarantines_the_record(tmp_path, loaded):
    text = f"enterprise,uscc,name\n{USCC},,甲\nQY_ID:1,,乙\nQY_ID:1,{USCC},丙\n"
    done = loaded(write(tmp_path / "enterprise.csv", text))
    assert done.report.reasons == {"identity.conflict": 1}
    assert [e["name"] for e in done.tables["enterprise"]] == ["甲", "乙"]


def test_references_may_arrive_before_their_subjects(tmp_path, loaded):
    work = write(tmp_path / "finance.csv", f"enterprise,as_of\n{USCC},2024-12-31\nname:丁@370000,2024-12-31\n")
    done = loaded(work)
    assert done.report.quarantined == 0
    assert done.report.rowless["enterprise"] == 2
    assert done.report.provisional["enterprise"] == 1
    later = write(tmp_path / "enterprise.csv", f"uscc,name\n{USCC},甲\n")
    again = loaded(later, register=done.register)
    assert again.tables["enterprise"][0]["enterprise"] == done.tables["finance"][0]["enterprise"]


def test_files_that_tell_of_one_enterprise_complete_each_other(tmp_path, loaded):
    a = write(
        tmp_path / "a.csv",
        "uscc,enterprise_name,legal_rep_masked,reg_region,uscc_check_ok\n" + f"{USCC},甲公司,马*,陕西省,1\n",
    )
    b = write(
        tmp_path / "b.csv",
        "enterprise_name,legal_rep_masked,reg_region,qual_category,qual_name,apt_code,cert_valid_until,source_file\n"
        "甲公司,李*,陕西省,,,D101B,,\n",
    )
    done = loaded(a, b)
    (enterprise,) = done.tables["enterprise"]
    assert (enterprise["uscc"], enterprise["legal_representative"]) == (USCC, "马*")
    assert done.report.differing == {"enterprise.legal_representative": 1}, "what was not taken is told"
    assert done.tables["qualification"][0]["enterprise"] == enterprise["enterprise"]


def test_one_enterprise_under_two_keys_in_one_file_contradicts_itself(tmp_path, loaded):
    text = f"enterprise,uscc,name\nQY_ID:1,{USCC},甲\nQY_ID:1,,乙\n"
    done = loaded(write(tmp_path / "enterprise.csv", text))
    assert done.report.reasons == {"row.duplicate_key": 1}


# Counts


def test_the_same_file_twice_changes_nothing(tmp_path, loaded):
    path = write(tmp_path / "finance.csv", f"enterprise,as_of,revenue\n{USCC},2024-12-31,1\n{OTHER},2024-12-31,2\n")
    once, twice = loaded(path), loaded(path, path)
    assert twice.figures == (4, 2, 0, 2)
    assert once.tables == twice.tables


def test_physical_rows(tmp_path, loaded):
    text = "person,enterprise,kind,fact_from\nRY_ID:1," + USCC + ",一级注册建造师,2020-01-01\n"
    done = loaded(write(tmp_path / "registration.csv", text), recorded_at=7)
    (row,) = done.tables["registration"]
    system = {"row_id", "fact_from", "fact_until", "recorded_at", "superseded_at"}
    assert set(row) == set(TABLES["registration"].names) | system
    assert isinstance(row["person"], int)
    assert (row["fact_from"], row["fact_until"], row["recorded_at"]) == (dt.date(2020, 1, 1), dt.date(9999, 12, 31), 7)
    assert row["superseded_at"] == 2**63 - 1


_CELL = st.one_of(
    st.sampled_from(
        [USCC, OTHER, "91610800064834708T", "", "D101B", "2024-01-01", "2023/1/1", "20249999", "=1", "有效", "RY_ID:1"]
    ),
    st.text(max_size=6),
)
_LINES = st.lists(st.lists(_CELL, min_size=1, max_size=6), min_size=1, max_size=30)


@settings(max_examples=150, deadline=None)
@given(lines=_LINES, torn=st.integers(0, 200))
def test_in_is_accepted_plus_quarantined_plus_unchanged(lines, torn):
    """Any rubbish under a right header: every record is counted once, and what was refused is there in full."""
    out = io.StringIO()
    csv.writer(out).writerows([["enterprise", "certificate_no", "code", "issued_on", "valid_until"], *lines])
    text = out.getvalue()
    text = text[: len(text) - torn] if torn < len(text) - 60 else text
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "qualification.csv"
        path.write_bytes(text.encode("utf-8", "replace"))
        try:
            items = list(read(path))
        except ZhulianError as error:
            refused = error.code
        else:
            refused = ""
        if refused:
            assert refused in {"file.header_only", "file.encoding"}
            return
        kept: list[dict] = []
        report = load([path], Register(), lambda _, rows: kept.extend(rows))
        numbers = [i.position.record for i in items]
        assert numbers == list(range(1, len(items) + 1)), "one row or one reject for each record, in order"
        assert report.records == len(items)
        assert report.accepted + report.quarantined + report.unchanged == len(items)
        assert report.quarantined == sum(isinstance(i, Reject) for i in items) == sum(report.reasons.values())
        assert report.unchanged == sum(not isinstance(i, Reject) and i.repeats for i in items)
        assert len(kept) == report.accepted
        assert len(list(report.rejects)) == report.quarantined
        assert [r.raw_text for r in report.rejects] == [i.raw_text for i in items if isinstance(i, Reject)]


# Rejects out and in


def test_rejects_go_out_are_corrected_and_come_back(tmp_path, loaded):
    text = f'uscc,name,address\n91610800064834708T,甲,"一,二"\n{OTHER},=1+1,x\n{OTHER},"丙,x\n'
    first = loaded(write(tmp_path / "enterprise.csv", text))
    assert first.figures == (3, 0, 3, 0)
    sheet = rejects_csv(first.report.rejects)
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert list(rows[0])[-3:] == ["_reason", "_cure", "_position"]
    assert "GB 32100" in rows[0]["_reason"]
    assert rows[1]["name"] == "'=1+1", "no spreadsheet runs it"
    assert rows[2]["_line"] == f'{OTHER},"丙,x'

    unchanged = loaded(write(tmp_path / "enterprise.csv", sheet))
    assert unchanged.report.quarantined == 3, "uncorrected, they are refused again"
    assert list(unchanged.report.reasons) == ["id.uscc", "value.formula", "row.uncut"]

    rows[0]["uscc"], rows[1]["name"] = USCC, "乙"
    rows[2] |= {"uscc": "91110108101905626T", "name": "丙"}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    corrected = loaded(write(tmp_path / "enterprise.csv", "\ufeff" + out.getvalue()))
    assert corrected.figures == (3, 3, 0, 0)
    assert [e["name"] for e in corrected.tables["enterprise"]] == ["甲", "乙", "丙"]
    assert corrected.tables["enterprise"][0]["address"] == "一,二"


def test_rejects_of_answers_come_back_as_a_sheet(tmp_path, loaded):
    path = tmp_path / "a.json"
    path.write_text('{"data":{"compMap":{"QY_ID":"1","QY_NAME":"甲","QY_ORG_CODE":"错","QY_REG_MONEY":600}}}', "utf-8")
    first = loaded(path)
    assert first.report.reasons == {"id.uscc": 1}
    sheet = rejects_csv(first.report.rejects).replace("错", USCC, 1)
    done = loaded(write(tmp_path / "sheet.csv", sheet))
    assert done.figures == (1, 1, 0, 0)
    assert done.tables["enterprise"][0]["registered_capital"] == 600_000_000


@given(st.text())
def test_escaping_is_exact_and_leaves_no_formula(text):
    assert unescape(escape(text)) == text
    assert not escape(text).startswith(("=", "+", "-", "@", "\t", "\r"))


# What was seen


def test_seen_says_the_same_in_memory_and_on_disk():
    """A run with room for 3 keys, so that nearly all are on the disk, against one that never leaves the memory."""
    chance = random.Random(5)  # noqa: S311 - test data
    small, large = Seen(limit=3), Seen()
    for record in range(1, 600):
        start = chance.randrange(1, 40)
        row = (chance.randrange(20), Earlier(record, start, start + chance.randrange(1, 10), chance.randrange(3)))
        assert small.settle([row]) == large.settle([row])
    small.close()


def test_seen_takes_all_rows_of_a_record_or_none():
    seen = Seen()
    good, bad = (1, Earlier(1, 1, 9, 5)), (2, Earlier(1, 1, 9, 5))
    assert seen.settle([bad]) == [0]
    assert seen.settle([good, (2, Earlier(2, 3, 4, 6))]) == 1
    assert seen.settle([good]) == [0], "the first row of the refused record was not noted"
    assert seen.settle([(3, Earlier(4, 1, 9, 1)), (3, Earlier(4, 1, 9, 2))]) == 4, "a record may contradict itself"
