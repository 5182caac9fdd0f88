"""A register of three enterprises, written as rows: one short, one met, one of which too little is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from zhulian.core.kernel.dates import SHANGHAI, micros
from zhulian.server.accounts.models import EnterpriseMembership, Grant, User
from zhulian.server.assessments.models import Run
from zhulian.server.assessments.moments import VERIFICATION
from zhulian.server.common import clock, search
from zhulian.server.common.permissions import Role
from zhulian.server.registry.models import (
    Enterprise,
    Finance,
    Identity,
    Insurance,
    Officer,
    Person,
    Qualification,
    Skill,
    Source,
    Subject,
    Title,
)

NOW = dt.datetime(2025, 6, 2, 9, tzinfo=SHANGHAI)
AT = micros(NOW) - 1_000_000
YUAN = 100
SHORT, MET, FAR = "91370200000000100K", "913702000000002000", "91610100000000300X"


@dataclass
class Register:
    """Internal ids: `short` and `met` in 青岛市市南区, `far` in 西安市, and 25 workers of `short`."""

    short: int
    met: int
    far: int
    workers: list[int]
    source: int


def subject(kind: str) -> int:
    return Subject.objects.create(kind=kind, created_at=AT).pk


def company(name: str, uscc: str, region: str, source: int) -> int:
    pk = subject("enterprise")
    Enterprise.objects.create(
        enterprise=pk, name=name, uscc=uscc, region=region, status="active", recorded_at=AT, source_id=source
    )
    Identity.objects.create(subject_id=pk, subject_kind="enterprise", kind="uscc", value=uscc, confirmed=True)
    with transaction.atomic():
        search.tokens_set("enterprise", {pk: search.Texts(names=(name,), codes=(uscc,))})
    return pk


def hold(enterprise: int, code: str, source: int, **more: Any) -> Qualification:
    given = {"certificate_no": f"C{enterprise}", "status": "有效", "valid_until": dt.date(2028, 1, 1)} | more
    return Qualification.objects.create(
        enterprise=enterprise, code=code, recorded_at=AT, source_id=source, fact_from=dt.date(2020, 1, 1), **given
    )


def assets(enterprise: int, yuan: int, *, source: int, at: int = AT) -> Finance:
    day = dt.date(2024, 12, 31)
    return Finance.objects.create(
        enterprise=enterprise, as_of=day, net_assets=yuan * YUAN, fact_from=day, recorded_at=at, source_id=source
    )


@pytest.fixture
def now() -> Iterator[dt.datetime]:
    with clock.frozen(NOW) as at:
        yield at


@pytest.fixture
def register(db, now) -> Register:  # noqa: ARG001 - the rows need both
    source = Source.objects.create(feed="省平台", reference="1", received_at=AT).pk
    short = company("青岛甲水利工程有限公司", SHORT, "370202", source)
    met = company("青岛乙水利工程有限公司", MET, "370202", source)
    far = company("西安丙建筑有限公司", FAR, "610102", source)
    hold(short, "D105A", source)
    hold(met, "D105A", source, valid_until=dt.date(2025, 7, 1))
    hold(far, "D101A", source)
    assets(short, 50_000_000, source=source)
    assets(met, 200_000_000, source=source)
    lead = person("李四海", source)
    Title.objects.create(
        person=lead, specialty="水利水电工程", grade="正高级", awarded_on=dt.date(2010, 1, 1), recorded_at=AT
    )
    Officer.objects.create(
        enterprise=met, post="技术负责人", person=lead, years_in_management=20, recorded_at=AT, source_id=source
    )
    Insurance.objects.create(
        enterprise=met, person=lead, month_from=dt.date(2020, 1, 1), fact_from=dt.date(2020, 1, 1), recorded_at=AT
    )
    workers = [person(f"工人{chr(0x4E00 + n)}", source) for n in range(25)]
    for n, worker in enumerate(workers):
        Skill.objects.create(
            enterprise=short,
            person=worker,
            certificate_no=f"S{n}",
            grade="中级工",
            trade="钢筋工",
            recorded_at=AT,
            source_id=source,
        )
        Insurance.objects.create(
            enterprise=short,
            person=worker,
            month_from=dt.date(2024, 1, 1),
            fact_from=dt.date(2024, 1, 1),
            recorded_at=AT,
            source_id=source,
        )
    return Register(short, met, far, workers, source)


def person(name: str, source: int) -> int:
    pk = subject("person")
    Person.objects.create(person=pk, name=name, birth_on=dt.date(1980, 1, 1), recorded_at=AT, source_id=source)
    return pk


@pytest.fixture
def as_role(register: Register, client: Client) -> Callable[[str], Client]:
    """Sign in as somebody: each role in the register's own division or another, each enterprise."""

    def sign_in(who: str) -> Client:
        role, division, enterprise = WHO[who]
        user = User.objects.create_user(who, role=role)
        if division:
            Grant.objects.create(user=user, function="market", division_id=division, action="*")
        if enterprise:
            EnterpriseMembership.objects.create(user=user, enterprise=getattr(register, enterprise))
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return sign_in


WHO: dict[str, tuple[Role, str, str]] = {
    "province": (Role.PROVINCE, "370000", ""),
    "city": (Role.CITY, "370200", ""),
    "district": (Role.DISTRICT, "370202", ""),
    "other-province": (Role.PROVINCE, "610000", ""),
    "other-district": (Role.DISTRICT, "370203", ""),
    "no-grant": (Role.CITY, "", ""),
    "enterprise": (Role.ENTERPRISE, "", "short"),
    "other-enterprise": (Role.ENTERPRISE, "", "far"),
    "no-enterprise": (Role.ENTERPRISE, "", ""),
    "administrator": (Role.ADMINISTRATOR, "", ""),
    "public-user": (Role.PUBLIC, "", ""),
}


def assessed(at: dt.datetime = NOW) -> Run:
    """Everybody assessed and recorded: what the job `assessments.all` does step by step."""
    from zhulian.server.assessments import selectors, services

    asked: Any = {"at": at, "actor": "system:test"}
    run = services.run_start(as_of=at.date(), purpose=VERIFICATION, everyone=True, **asked)
    services.run_step(run_id=run.pk, enterprises=selectors.holders(as_of=at.date(), purpose=VERIFICATION), **asked)
    return services.run_finish(run_id=run.pk, **asked)


@pytest.fixture
def verdicts(register: Register) -> None:  # noqa: ARG001 - about its rows
    """The verdicts on everybody, recorded."""
    assessed()
