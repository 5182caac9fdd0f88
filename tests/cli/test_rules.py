"""`zhulian rules`: rules in words, and a file of one's own put to the test."""

import pytest
from typer.testing import CliRunner

from zhulian import rulebooks
from zhulian.cli.app import app
from zhulian.core.kernel.errors import ZhulianError

BOOK = """
subject: 示例省幕墙清洗资质
code: P3599
versions:
  - id: "2024"
    from: 2024-01-01
    published_at: 2023-11-20
    source: {document: 示例文件, evidence: law}
    grades:
      X:
        clauses:
          - {id: net-assets, label: 净资产, measure: net_assets, at_least: 100万元}
"""
CASE = "- {case: 恰好, code: P3599X, as_of: 2024-06-30, facts: {净资产: 100万元}, expect: {结论: 达标}}\n"


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "示例省.yaml"
    path.write_text(BOOK, encoding="utf-8")
    return path


def run(*args):
    return CliRunner().invoke(app, ["rules", *map(str, args)])


def test_list_finds_by_words():
    done = run("list", "水利水电工程施工总承包")
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()] == ["D105", "D105T"]


def test_show_prints_the_clauses_of_the_day_with_evidence():
    done = run("show", "D105C", "--as-of", "2023-01-01")
    assert "net-assets  净资产：不少于 800 万元〔第三方摘录〕" in done.output
    assert "site-staff" not in done.output


def test_show_as_the_province_sees_it():
    done = run("show", "D105C", "--as-of", "2023-06-01", "--province", "35")
    assert "53+fujian-2022" in done.output
    assert "net-assets" not in done.output


def test_check_prints_clauses_and_tries_the_cases(book):
    book.with_name("示例省.cases.yaml").write_text(CASE, encoding="utf-8")
    done = run("check", book)
    assert done.exit_code == 0
    assert "净资产：不少于 100 万元〔法规原文〕" in done.output
    assert "案例 1 个，不成立 0 个" in done.output


def test_a_case_that_does_not_hold_fails(book):
    book.with_name("示例省.cases.yaml").write_text(CASE.replace("100万元", "99万元"), encoding="utf-8")
    done = run("check", book)
    assert done.exit_code == 1
    assert "结论应为达标，实为不达标" in done.output


def test_check_without_cases_asks_for_them(book):
    assert "请写 示例省.cases.yaml" in run("check", book).output


def test_an_installation_adds_its_own(book):
    assert "P3599X" in rulebooks.library(book.parent).codes()
    assert "P3599X" not in rulebooks.library().codes()


def test_the_folder_is_that_of_the_installation(monkeypatch, tmp_path):
    monkeypatch.delenv("ZHULIAN_RULEBOOKS", raising=False)
    monkeypatch.setenv("ZHULIAN_HOME", str(tmp_path))
    assert rulebooks.folder() == tmp_path / "rulebooks"
    monkeypatch.setenv("ZHULIAN_RULEBOOKS", str(tmp_path / "own"))
    assert rulebooks.folder() == tmp_path / "own"


def test_a_file_may_not_claim_a_code_that_ships(book):
    book.write_text(BOOK.replace("P3599", "D105"), encoding="utf-8")
    with pytest.raises(ZhulianError, match="D105"):
        rulebooks.library(book.parent)


def test_check_of_a_province_prints_the_clauses_that_remain(tmp_path):
    path = tmp_path / "示例省防水.yaml"
    path.write_text(
        "subject: 示例省防水口径\noverlay: {province: '37', purposes: [动态核查], codes: [D206]}\n"
        "versions:\n  - {id: a, from: 2024-01-01, published_at: 2023-11-20, source: {document: 示例文件, evidence: law},"
        " keep: {lowest: [net-assets], others: [net-assets]}}\n",
        encoding="utf-8",
    )
    done = run("check", path)
    assert "只管 D206" in done.output
    assert "D206B 防水防腐保温工程专业承包，版本 53+a" in done.output
    assert "净资产：不少于 400 万元" in done.output
    assert "技术负责人" not in done.output


def test_a_case_of_two_days_is_one_case(book):
    two = (
        "- case: 两天\n  code: P3599X\n  facts: {净资产: 99万元}\n"
        "  days: {2024-06-30: {结论: 达标}, 2025-06-30: {结论: 达标}}\n"
    )
    book.with_name("示例省.cases.yaml").write_text(CASE + CASE + two, encoding="utf-8")
    assert "案例 3 个，不成立 1 个" in run("check", book).output
