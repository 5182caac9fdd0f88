"""Pages answer HEAD like GET (link checkers ask so before they fetch); the rules page shows what there is."""

from __future__ import annotations

import pytest
from django.test import Client


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
    found = Client().get("/rules?q=D202").content.decode()
    assert "起重设备安装工程专业承包" in found
    assert "桥梁工程专业承包" not in found
    assert "没有符合的标准" in Client().get("/rules?q=月球").content.decode()
