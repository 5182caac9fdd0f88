"""Who sees an enterprise because he granted it something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.kernel.identifiers import parse_key
from zhulian.intake import Position, Row
from zhulian.server.accounts.models import Grant, User
from zhulian.server.common import clock, scopes
from zhulian.server.common.permissions import Role
from zhulian.server.registry.models import Authority, Enterprise
from zhulian.server.registry.services import rows_record, source_create

AT = dt.datetime(2025, 6, 2, 9, tzinfo=SHANGHAI)
VIEW = "registry.enterprise.view"


@pytest.fixture(autouse=True)
def _now(db) -> Iterator[None]:  # noqa: ARG001 - rows are made
    with clock.frozen(AT):
        yield


@pytest.fixture
def grant() -> Callable[..., None]:
    """The firm QY_ID:1 of 北京市 is granted something, through the service that takes files in."""
    source = source_create(feed="示例", reference="1", at=AT, actor="system:test")
    firm = {"enterprise": "QY_ID:1", "name": "北京某建设有限公司", "region": "110101"}

    def give(authority: str | None, *, status: str = "有效", until: dt.date | None = None) -> None:
        paper = {"certificate_no": "D1", "code": "D101B", "enterprise": "QY_ID:1"}
        paper |= {"authority": authority, "status": status, "valid_until": until}
        rows = [_row("enterprise", firm, 1), _row("qualification", paper, 2)]
        done = rows_record(rows=rows, source=source, feed="示例", at=AT, actor="system:test")
        assert not done.rejects

    return give


def _row(table: str, values: dict[str, object], record: int) -> Row:
    given = values | {"enterprise": parse_key(str(values["enterprise"]))}
    return Row(table, given, Position("t.csv", record), {})


def sees(division: str, role: Role) -> bool:
    user, created = User.objects.get_or_create(username=f"{division}{role}", role=role)
    if created:
        Grant.objects.create(user=user, function="market", division_id=division, action="*")
    return Enterprise.objects.at(AT.date()).filter(scopes.enterprises(user, VIEW)).exists()


def test_a_firm_from_elsewhere_is_seen_by_the_province_that_granted(grant) -> None:
    grant("山东省住房和城乡建设厅")
    assert Authority.objects.get().division == "370000"
    assert sees("370000", Role.PROVINCE)
    assert sees("110000", Role.PROVINCE), "where it is registered"
    for division, role in (("370200", Role.CITY), ("370202", Role.DISTRICT), ("610000", Role.PROVINCE)):
        assert not sees(division, role)


def test_what_a_city_granted_is_seen_by_it_and_its_province(grant) -> None:
    grant("青岛市行政审批服务局")
    assert sees("370200", Role.CITY)
    assert sees("370000", Role.PROVINCE)
    assert not sees("370202", Role.DISTRICT)
    assert not sees("370600", Role.CITY)


def test_what_has_ended_is_no_jurisdiction(grant) -> None:
    grant("山东省住房和城乡建设厅")
    assert sees("370000", Role.PROVINCE)
    grant("山东省住房和城乡建设厅", status="注销")
    assert not sees("370000", Role.PROVINCE)


@pytest.mark.parametrize("authority", [None, "住房和城乡建设部", "朝阳区住房和城乡建设局"])
def test_an_unknown_authority_opens_nothing(grant, authority: str | None) -> None:
    grant(authority)
    assert not sees("370000", Role.PROVINCE)
    assert not sees("220000", Role.PROVINCE)
