"""Pages answer HEAD like GET (link checkers ask so before they fetch); the rules page shows what there is."""

from __future__ import annotations

import pytest
from django.test import Client

from zhulian import rulebooks


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/rules", "/about", "/login"])
def test_head_answers_like_get(path):
    got, asked = Client().get(path), Client().head(path)
    assert got.status_code == asked.status_code == 200
    assert asked.content == b""


@pytest.mark.django_db
def test_a_page_that_only_shows_refuses_to_be_changed():
    assert Client().post("/rules").status_code == 405


@pytest.mark.django_db
def test_the_rules_page_lists_every_subject_in_its_group():
    """Signed in or not: the navigation of the frame has groups of its own, which once hid these."""
    said = Client().get("/rules").content.decode()
    assert all(title in said for title in ("施工总承包", "专业承包", "劳务与许可", "省级核查口径"))
    assert said.count('href="/rules/D') > 60
    assert "建办市函〔2022〕361号" in said, "read of, and no version of any standard"
    found = Client().get("/rules?q=D202").content.decode()
    assert "起重设备安装工程专业承包" in found
    assert "桥梁工程专业承包" not in found
    assert "没有符合的标准" in Client().get("/rules?q=月球").content.decode()


@pytest.mark.django_db
def test_listing_the_rulebooks_reads_no_file_again(monkeypatch):
    """Which book is shipped was once asked by reading all of them for each of them: a second a page."""
    Client().get("/rules")
    monkeypatch.setattr(rulebooks, "_walk", lambda _folder: pytest.fail("read again"))
    assert Client().get("/rules").status_code == 200


@pytest.mark.django_db
def test_two_versions_stand_side_by_side_whichever_is_named_first():
    """Notice 226 frees the second grade of building works from head counts: four clauses gone, the rest as it was."""
    one = Client().get("/rules/D101?version=2015&grade=B&with=226").content.decode()
    other = Client().get("/rules/D101?version=226&grade=B&with=2015").content.decode()
    for said in (one, other):
        assert said.index('<th scope="row" data-label="文本">建市〔2014〕159号') < said.index("《关于简化建筑业")
        assert "2016-10-14" in said
        assert "2016-11-01" in said
        assert '<td data-label="建市〔2016〕226号"><div><span class="zl-soft">无此条' in said
    assert one.count(">删去<") == other.count(">删去<") >= 4
    assert ">修订<" in one, "the area of the works"
    assert "净资产" in one


@pytest.mark.django_db
def test_a_province_stands_beside_the_national_text():
    said = Client().get("/rules/D105?version=53&grade=C&with=35:fujian-2022").content.decode()
    assert "福建省2022年资质动态核查口径" in said
    assert said.count(">不核查<") == 2, "net assets and workers"
    assert "只对照用于动态核查的条款" in said
    assert "lead-works" not in said
    assert "技术负责人（或注册建造师）主持" not in said, "it binds on application only"


@pytest.mark.django_db
def test_a_text_that_was_never_in_force_beside_the_version_is_not_offered():
    said = Client().get("/rules/D105?version=2015&grade=C&with=35:fujian-2022").content.decode()
    assert "35:fujian-2022" not in said
    assert "逐条对照" not in said
    assert "逐条对照" not in Client().get("/rules/D105?with=nothing").content.decode()


@pytest.mark.django_db
def test_two_versions_of_one_document_are_told_apart_by_their_days():
    said = Client().get("/rules/D101?version=53&grade=C&with=53-month").content.decode()
    assert "建办市〔2018〕53号 2018-11-01与建办市〔2018〕53号 2018-12-01对照，1 条不同" in said


@pytest.mark.django_db
def test_the_age_limit_stands_under_the_clauses_that_ask_for_people():
    said = Client().get("/rules/D101?version=53&grade=C").content.decode()
    assert "企业主要人员的年龄：60 周岁以下（含 60 周岁）" in said
    assert "建市〔2015〕20号" in said
    assert "没有读到施行日" in said
    assert "企业主要人员的年龄" not in Client().get("/rules/safety-permit").content.decode()
