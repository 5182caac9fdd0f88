"""The page of a province's own reading: from the list of rules to its document, categories and clauses."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_list_leads_to_the_reading_and_says_whom_it_binds():
    said = Client().get("/rules?q=福建").content.decode()
    assert 'href="/rules/provinces/35"' in said
    assert "所有类别" in said
    page = Client().get("/rules/provinces/35").content.decode()
    assert "福建省的核查口径" in page
    assert "福建省2022年资质动态核查口径" in page
    assert "自 2022-08-25 起" in page
    lowest, _, others = page.partition("最低等级")[2].partition("其他等级")
    assert "技术负责人" in lowest
    assert "主持完成" not in lowest, "works bind on application only"
    assert ">constructors<" in lowest
    assert ">constructors<" not in others


def test_a_reading_of_one_category_names_it(tmp_path, monkeypatch):
    (tmp_path / "示例省.yaml").write_text(
        "subject: 示例省防水口径\noverlay: {province: '37', purposes: [动态核查], codes: [D206]}\n"
        "versions:\n  - {id: a, from: 2024-01-01, published_at: 2023-11-20,"
        " source: {document: 示例建规〔2023〕9号, title: <b>, evidence: law},"
        " keep: {lowest: [net-assets], others: [net-assets, lead]}}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("ZHULIAN_RULEBOOKS", str(tmp_path))
    page = Client().get("/rules/provinces/37").content.decode()
    assert 'href="/rules/D206"' in page
    assert "防水防腐保温工程专业承包" in page
    assert "示例建规〔2023〕9号《&lt;b&gt;》" in page
    assert "净资产" in page.partition("最低等级")[2]


def test_a_province_without_a_reading_has_no_page():
    for province in ("36", "99", "x", "35<"):
        assert Client().get(f"/rules/provinces/{province}").status_code == 404
