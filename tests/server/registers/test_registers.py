"""Lists of market and site over all enterprises in view, and a project's page, asked through their addresses."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from zhulian.core.kernel.dates import SHANGHAI, micros
from zhulian.server.accounts.models import EnterpriseMembership, Grant, User
from zhulian.server.common import clock
from zhulian.server.common.permissions import Role
from zhulian.server.notary.models import Leaf
from zhulian.server.registers.tables import REGISTERS
from zhulian.server.registry.models import MODELS

TODAY = dt.date(2025, 6, 2)
AT = micros(dt.datetime(2025, 1, 1, tzinfo=SHANGHAI))
HERE, FOREIGN, ELSEWHERE = 301, 302, 303
"""Registered in 青岛; registered elsewhere with a site in 青岛 but no contract told; registered and building elsewhere."""
SITE, SITE_ELSEWHERE = 401, 402


def _row(table: str, **values: Any) -> None:
    MODELS[table].objects.create(recorded_at=AT, **values)


@pytest.fixture(autouse=True)
def _world(db) -> Iterator[None]:  # noqa: ARG001 - rows are made
    for firm, name, region in (
        (HERE, "青岛甲建筑有限公司", "370202"),
        (FOREIGN, "陕西乙建设有限公司", "610102"),
        (ELSEWHERE, "陕西丙建设有限公司", "610102"),
    ):
        _row("enterprise", enterprise=firm, name=name, region=region)
    _row("project", project=SITE, name="浮山湾一标段", region="370203", status="在建", project_code="3702032401010101")
    _row("project", project=SITE_ELSEWHERE, name="曲江二标段", region="610113", status="停工")
    _row("person", person=501, name="王小明")
    for firm, site, no, due, closed in (
        (HERE, SITE, "H-open", TODAY + dt.timedelta(days=3), None),
        (HERE, SITE_ELSEWHERE, "H-late", TODAY - dt.timedelta(days=3), None),
        (FOREIGN, SITE, "H-closed", TODAY - dt.timedelta(days=3), TODAY - dt.timedelta(days=4)),
        (ELSEWHERE, SITE_ELSEWHERE, "H-hidden", TODAY, None),
    ):
        _row(
            "hazard", hazard_no=no, enterprise=firm, project=site, level="重大", kind="=cmd|深基坑",
            found_on=TODAY - dt.timedelta(days=20 if no == "H-late" else 10), due_on=due, closed_on=closed,
        )  # fmt: skip
    _row("person_lock", person=501, project=SITE, post="项目负责人", locked_on=TODAY)
    _row("participation", project=SITE, enterprise=HERE, role="施工总承包")
    _row("participation", project=SITE, enterprise=FOREIGN, role="专业承包")
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def of() -> Callable[..., Client]:
    def sign_in(role: Role, where: str | int) -> Client:
        user = User.objects.create(username=f"{role}{where}", role=role)
        if isinstance(where, int):
            EnterpriseMembership.objects.create(user=user, enterprise=where)
        else:
            Grant.objects.create(user=user, function="market", division_id=where, action="*")
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return sign_in


@pytest.fixture
def city(of) -> Client:
    client: Client = of(Role.CITY, "370200")
    return client


def listed(client: Client, address: str) -> list[str]:
    """Numbers of the hazards on a list, in its order."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return [{c.name: cell.text for c, cell in line.cells}["hazard_no"] for line in answer.context["lines"]]


def test_a_row_is_seen_by_its_enterprise_or_its_site(city, of) -> None:
    assert set(listed(city, "/registers/hazard")) == {"H-open", "H-late", "H-closed"}
    assert set(listed(of(Role.CITY, "610100"), "/registers/hazard")) == {"H-late", "H-closed", "H-hidden"}
    assert listed(of(Role.CITY, "110100"), "/registers/hazard") == []
    assert of(Role.ENTERPRISE, HERE).get("/registers/hazard").status_code == 403
    assert Client().get("/registers/hazard").status_code == 302


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("state=open", ["H-open"]),
        ("state=overdue", ["H-late"]),
        ("state=closed", ["H-closed"]),
        ("state=none", []),
        ("q=late", ["H-late"]),
        ("q=浮山湾", ["H-closed", "H-open"]),
        ("region=610000", ["H-late"]),
        ("region=月球", []),
        ("until=2025-05-20", ["H-late"]),
        ("since=2025-05-20&state=open", ["H-open"]),
        (f"project={SITE_ELSEWHERE}", ["H-late"]),
        (f"enterprise={FOREIGN}", ["H-closed"]),
        ("project=x", []),
    ],
)
def test_a_list_is_narrowed(city, asked: str, found: list[str]) -> None:
    assert sorted(listed(city, f"/registers/hazard?{asked}")) == found


def test_the_newest_comes_first_unless_asked_otherwise(city) -> None:
    assert listed(city, "/registers/hazard")[-1] == "H-late"
    assert listed(city, "/registers/hazard?sort=day")[0] == "H-late"


def test_a_day_that_is_none_says_what_to_do(city) -> None:
    answer = city.get("/registers/hazard?since=昨天")
    assert answer.status_code == 400
    assert "日期写成" in answer.content.decode()


def test_every_register_is_counted_listed_and_taken_away(city) -> None:
    index = {s.register.name: s for s in city.get("/registers/").context["summaries"]}
    assert index["hazard"].rows == 3
    assert {(state.slug, n) for state, n in index["hazard"].waiting} == {("open", 1), ("overdue", 1)}
    for register in REGISTERS:
        assert city.get(f"/registers/{register.name}").status_code == 200
        assert city.get(f"/registers/{register.name}/export.csv").status_code == 200
    assert city.get("/registers/person").status_code == 404


def test_an_export_is_whole_harmless_and_written_down(city) -> None:
    answer = city.get("/registers/hazard/export.csv?state=overdue")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    header, row, note = csv.reader(io.StringIO(text))
    told = dict(zip(header, row, strict=True))
    assert (told["隐患编号"], told["企业"], told["工程项目"]) == ("H-late", "青岛甲建筑有限公司", "曲江二标段")
    assert (told["状态"], told["整改期限"]) == ("逾期未销号", "2025-05-30")
    assert told["隐患类型"] == "'=cmd|深基坑", "no cell becomes a formula"
    assert "数据截至 2025-06-02" in note[0]
    leaf = Leaf.objects.get(action="registers.list.export")
    assert leaf.subject == "register:hazard"
    assert json.loads(leaf.content)["data"]["count"] == 1


def test_a_project_shows_all_to_its_place_and_to_a_party_its_own(city, of) -> None:
    def told(client: Client) -> dict[str, int]:
        sections = client.get(f"/registers/project/{SITE}").context["sections"]
        return {s.register.name: s.rows for s in sections}

    assert told(city) == {"participation": 2, "person_lock": 1, "hazard": 2}
    assert told(of(Role.ENTERPRISE, HERE))["hazard"] == 1, "not the other contractor's"
    page = city.get(f"/registers/project/{SITE}").content.decode()
    assert "王小明" not in page
    assert "王**" in page
    for stranger in (of(Role.ENTERPRISE, ELSEWHERE), of(Role.CITY, "110100")):
        answer = stranger.get(f"/registers/project/{SITE}")
        assert answer.status_code == 404
        assert "浮山湾" not in answer.content.decode()


def test_a_page_asks_a_fixed_number_of_questions(city, django_assert_max_num_queries) -> None:
    for n in range(30):
        _row(
            "hazard", hazard_no=f"X{n}", enterprise=HERE, project=SITE, level="一般", found_on=TODAY, due_on=TODAY,
        )  # fmt: skip
    city.get("/registers/hazard")
    with django_assert_max_num_queries(14):
        city.get("/registers/hazard")
