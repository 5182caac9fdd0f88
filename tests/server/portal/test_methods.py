"""Link checkers and browsers ask with HEAD before they fetch: a page answers it like GET, without a body."""

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
