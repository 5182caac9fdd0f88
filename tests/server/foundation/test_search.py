"""Search finds names, former names, initials and codes, the same way on every database."""

# ruff: noqa: ARG001 - fixtures are asked for by name

from __future__ import annotations

import pytest
from django.db import connection

from zhulian.server.common import search
from zhulian.server.common.models import Token
from zhulian.server.common.search import Texts, tokens_set

CITY = {
    1: Texts(("青岛海湾建设集团有限公司", "青岛第一建筑公司"), ("91370200MA3C0TX57K", "D237000001")),
    2: Texts(("青岛建设有限公司",), ("91370200MA3C0TX58H",)),
    3: Texts(("山东青岛建设工程有限公司",)),
    4: Texts(("重庆长江路桥有限责任公司",)),
    5: Texts(("ABC建筑（中国）有限公司",)),
}


@pytest.fixture
def city(db) -> None:
    tokens_set("enterprise", CITY)


def found(query: str, limit: int = 20) -> list[int]:
    return [hit.subject for hit in search.search(query, ["enterprise"], limit)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("青岛建设有限公司", [2, 3]),  # exact first, then contained
        ("青岛建设", [2, 3]),  # prefix before contained
        ("青岛", [1, 2, 3]),
        ("海湾", [1]),
        ("第一建筑", [1]),  # a former name
        ("qdjs", [2, 3]),  # pinyin initials, prefix before contained
        ("QDHW", [1]),
        ("cq", [4]),  # heteronym: 重庆 is chong
        ("91370200MA3C0TX57K", [1]),
        ("91370200ma3c0tx5", [1, 2]),
        ("d237000001", [1]),
        ("青岛 工程", [3]),  # words in any place
        ("路", []),  # one character finds nothing
        ("ABC建筑(中国)", [5]),  # brackets of either width
        ("有限公司", []),
        ("青岛路桥", []),
        ("青岛建设公司", [2, 3]),  # without the legal form
        ("", []),
    ],
)
def test_finds(city, query: str, expected: list[int]) -> None:
    assert found(query) == expected


def test_a_renamed_subject_is_found_by_what_it_has_now(city) -> None:
    before = Token.objects.count()
    tokens_set("enterprise", {2: Texts(("烟台建设有限公司",))})
    assert found("青岛建设") == [3]
    assert found("烟台") == [2]
    tokens_set("enterprise", {2: CITY[2]})
    assert Token.objects.count() == before


def test_limit_and_kinds(city) -> None:
    tokens_set("project", {1: Texts(("青岛建设大厦",))})
    assert found("青岛建设", 1) == [2]
    assert {(h.kind, h.subject) for h in search.search("青岛建设", ["enterprise", "project"])} == {
        ("enterprise", 2),
        ("enterprise", 3),
        ("project", 1),
    }


def test_common_words_stay_cheap(db, django_assert_max_num_queries) -> None:
    tokens_set("enterprise", {n: Texts((f"建设工程{n:05d}有限公司",)) for n in range(1500)})
    with django_assert_max_num_queries(40):
        assert found("建设工程00042")[0] == 42
        assert len(found("建设")) == 20


def test_a_whole_code_is_all_that_is_looked_for(city, django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        assert found("D237000001") == [1]


def test_a_code_is_found_among_many_that_begin_alike(db) -> None:
    codes = {n: Texts((f"甲{n:04d}公司",), (f"91370200MA{n:08d}",)) for n in range(search.CANDIDATES + 50)}
    tokens_set("enterprise", codes)
    assert found("91370200MA0000024") == list(range(240, 250))


def test_texts_of_a_subject_are_read_by_its_number(db) -> None:
    """Not by reading every text of the kind, which took 100 ms in a register of 400,000."""
    if connection.vendor == "sqlite":
        rows = Token.objects.filter(kind="enterprise", subject__in=[1, 2], field="name").values_list("subject", "token")
        assert "common_token_texts" in rows.explain()
