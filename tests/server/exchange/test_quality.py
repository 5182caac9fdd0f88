"""数据质量: figures of the viewer's own divisions, each with the list behind it; waivers of credit codes."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client

from server.assessments.world import assessed
from server.exchange.conftest import company, credit_code
from zhulian.core.kernel.dates import SHANGHAI
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import codes_waived, parse_uscc
from zhulian.server.accounts.models import Grant, OrganisationUnit, User
from zhulian.server.assessments.models import Assessment
from zhulian.server.common import clock, dispatch
from zhulian.server.common.permissions import Role
from zhulian.server.exchange import quality
from zhulian.server.exchange.models import Delivery, Quarantined
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Coverage, Enterprise, Waiver

NOW = dt.datetime(2025, 6, 2, 9, tzinfo=SHANGHAI)
GOOD = credit_code(7)
WRONG = GOOD[:-1] + ("A" if GOOD[-1] != "A" else "B")
TABS = ("sources", "reasons", "coverage", "unknown", "freshness", "waivers")


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def work() -> None:
    """The jobs that take deliveries; what their events lead to is tested elsewhere."""
    while dispatch.jobs_step():
        pass


def user_of(role: Role, division: str = "") -> User:
    """Somebody without a password: hashing them is most of what a page test would cost."""
    unit = None
    if division:
        unit = OrganisationUnit.objects.create(name=f"{division} 住建局", division_id=division)
        Grant.objects.create(unit=unit, function="market", division_id=division, action="*")
    return User.objects.create_user(f"{role}{division}", role=role, unit=unit)


@pytest.fixture
def clerk(db) -> Callable[..., User]:  # noqa: ARG001 - users are rows
    return lambda division, role: user_of(role, division)


@pytest.fixture
def fed(take, sheet, clerk) -> User:
    """Two firms here, one elsewhere, one refused for its code; a qualification; coverage of one table."""
    take(sheet([company(1), company(2), company(3, region="370600"), company(7) | {"uscc": WRONG}]))
    holds = [
        {"enterprise": credit_code(n), "code": "D105A", "certificate_no": f"D{n}", "status": "有效"} for n in (1, 3)
    ]
    holds[0]["valid_until"] = "2025-05-01"
    take(sheet(holds, "qualification.csv", ("enterprise", "code", "certificate_no", "status", "valid_until")))
    covered = {
        "feed": "示例",
        "table_name": "title",
        "division": "370202",
        "period_from": "2020-01-01",
        "complete": "是",
    }
    take(sheet([covered], "coverage.csv", tuple(covered)))
    return clerk("370200", Role.CITY)


def test_every_tab_opens_empty_and_full(fed, clerk) -> None:
    here, elsewhere = client_of(fed), client_of(clerk("610100", Role.CITY))
    for tab in TABS:
        assert here.get(f"/exchange/quality?tab={tab}").status_code == 200
        assert elsewhere.get(f"/exchange/quality?tab={tab}").status_code == 200


@pytest.mark.django_db
def test_who_may_look() -> None:
    assert Client().get("/exchange/quality").status_code == 302
    firm = user_of(Role.ENTERPRISE)
    assert client_of(firm).get("/exchange/quality").status_code == 403
    root = client_of(user_of(Role.ADMINISTRATOR))
    assert root.get("/exchange/quality").status_code == 200
    assert root.get("/exchange/quality?tab=coverage").status_code == 403
    assert root.get("/exchange/quality/lists/untold?table=title").status_code == 403


def test_sources_add_up_and_lead_to_their_records(fed) -> None:
    lines = quality.sources(fed, now=NOW)
    assert sum(line.received for line in lines) == sum(d.received for d in Delivery.objects.all())
    assert sum(week.received for line in lines for week in line.weeks) == sum(line.received for line in lines)
    page = client_of(fed).get("/exchange/quality").content.decode()
    assert "qu-bars" in page
    behind = client_of(fed).get("/exchange/quality/lists/rejects?state=open").content.decode()
    assert WRONG in behind


def test_a_source_with_a_rhythm_is_late_after_one_and_a_half_of_it(take, sheet, clerk) -> None:
    user = clerk("370200", Role.CITY)
    for week in (5, 4, 3):
        with clock.frozen(NOW - dt.timedelta(weeks=week)):
            take(sheet([company(10 + week)]))
    line = quality.sources(user, now=NOW)[0]
    assert line.guessed
    assert line.late
    assert line.state == "迟到"
    assert not quality.sources(user, now=NOW - dt.timedelta(weeks=2))[0].late


def test_an_empty_delivery_is_told(take, sheet, clerk) -> None:
    user = clerk("370200", Role.CITY)
    take(sheet([company(1)]))
    Delivery.objects.update(accepted=0)
    assert quality.sources(user, now=NOW)[0].empty


def test_reasons_are_counted_by_what_became_of_them(fed) -> None:
    line = quality.reasons(fed)[0]
    assert (line.code, line.open, line.count) == ("id.uscc", 1, 1)
    assert quality.reasons(fed, feed="没有这个来源") == []
    Quarantined.objects.update(state=Quarantined.State.GIVEN_UP)
    line = quality.reasons(fed)[0]
    assert (line.open, line.given_up) == (0, 1)


def test_coverage_is_what_the_rules_go_by(fed, clerk) -> None:
    lines = {line.table: line for line in quality.coverage(fed, NOW.date()).lines}
    assert (lines["title"].total.told, lines["title"].total.of) == (2, 2), "the firm elsewhere is not counted"
    assert lines["insurance"].total.told == 0
    one = Enterprise.objects.known().get(name="青岛第1建设有限公司").enterprise
    day = dt.date(2020, 1, 1)
    for table, more in (("insurance", {"enterprise": one}), ("work", {"division": "370000"}), ("skill", {})):
        Coverage.objects.create(feed="x", table_name=table, period_from=day, complete=True, recorded_at=0, **more)
    Coverage.objects.create(
        feed="x", table_name="officer", period_from=day, period_until=NOW.date(), complete=True, recorded_at=0
    )
    shares = {line.table: line.total.told for line in quality.coverage(fed, NOW.date()).lines}
    assert (shares["insurance"], shares["work"], shares["skill"], shares["officer"]) == (1, 2, 2, 0)
    assert [row.name for row in quality.untold(fed, NOW.date(), table="insurance")] == ["青岛第2建设有限公司"]
    assert not quality.untold(clerk("610100", Role.CITY), NOW.date(), table="insurance").exists()
    assert client_of(fed).get("/exchange/quality/lists/untold?table=insurance&division=370202").status_code == 200


def test_what_unknown_verdicts_wait_for_is_ranked(fed) -> None:
    assessed(NOW)
    causes = {line.key: line for line in quality.causes(fed)}
    assert causes["finance"].verdicts == 1, "only the one in view"
    assert "title" not in causes, "titles are told completely"
    assert {row.enterprise for row in quality.waiting_for(fed, "finance")} == set(
        quality.unknowns(fed).values_list("enterprise", flat=True)
    )
    client = client_of(fed)
    assert "青岛第1建设有限公司" in client.get("/exchange/quality/lists/unknown?cause=finance").content.decode()


def test_every_unknown_clause_has_a_cause(fed) -> None:  # noqa: ARG001 - a register
    """A new note of the engine that the table does not know would vanish from the ranking."""
    assessed(NOW)
    for row in Assessment.objects.filter(verdict="unknown").exclude(rule_version=""):
        assert "other" not in quality.causes_of(row.reason), row.reason


def test_papers_past_their_day_without_a_word(fed) -> None:
    line = next(line for line in quality.freshness(fed, NOW.date()) if line.table == "qualification")
    assert (line.rows, line.expired) == (1, 1)
    page = client_of(fed).get("/exchange/quality/lists/expired?table=qualification").content.decode()
    assert "2025-05-01" in page
    assert "32 天" in page


def test_every_list_can_be_taken_away(fed) -> None:
    assessed(NOW)
    client = client_of(fed)
    for path in ("rejects?state=open", "untold?table=work", "unknown?cause=finance", "expired?table=qualification"):
        name, _, query = path.partition("?")
        text = b"".join(client.get(f"/exchange/quality/lists/{name}/export.csv?{query}")).decode()
        assert "数据截至 2025-06-02" in text
        assert text.count("\n") > 2
        assert name in Leaf.objects.latest("pk").content
        assert b"".join(client.get(f"/exchange/quality/lists/{name}/export.xlsx?{query}"))[:2] == b"PK"
        assert client.get(f"/exchange/quality/lists/{name}/export.pdf?{query}").status_code == 404


def test_no_such_list(fed) -> None:
    client = client_of(fed)
    for path in ("nothing", "untold?table=x", "expired?table=work", "untold"):
        assert client.get(f"/exchange/quality/lists/{path}").status_code == 404


def test_inside_only_waived_codes_are_taken() -> None:
    with pytest.raises(ZhulianError):
        parse_uscc(WRONG)
    with codes_waived(frozenset({WRONG})):
        assert parse_uscc(WRONG.lower()) == WRONG
        with pytest.raises(ZhulianError):
            parse_uscc(credit_code(8)[:-1] + "I")
    with pytest.raises(ZhulianError):
        parse_uscc(WRONG)


def request_waiver(client: Client, code: str = WRONG, name: str = "licence.pdf"):
    proof = io.BytesIO(b"%PDF-1.4 licence")
    proof.name = name
    return client.post("/exchange/quality/waivers/new", {"code": code, "reason": "核对了营业执照", "evidence": proof})


def test_a_waiver_needs_two_people_and_takes_what_waited(fed, clerk) -> None:
    first, second = client_of(fed), client_of(clerk("370000", Role.PROVINCE))
    assert request_waiver(first, WRONG.lower()).status_code == 302
    row = Waiver.objects.get()
    own = first.post(f"/exchange/quality/waivers/{row.pk}/decide", {"confirm": "yes", "decision": "属实"})
    assert own.status_code == 403
    assert not Enterprise.objects.filter(uscc=WRONG).exists()
    answer = second.post(f"/exchange/quality/waivers/{row.pk}/decide", {"confirm": "yes", "decision": "属实"})
    assert answer.status_code == 302
    work()
    assert Enterprise.objects.known().get(uscc=WRONG).name == "青岛第7建设有限公司"
    assert Quarantined.objects.get().state == Quarantined.State.CORRECTED
    assert "校验位不符" in Client().get(f"/e/{WRONG}").content.decode()
    assert "校验位不符" in first.get("/registry/enterprises").content.decode()
    assert first.post(f"/exchange/quality/waivers/{row.pk}/evidence").getvalue() == b"%PDF-1.4 licence"
    assert first.post(f"/exchange/quality/waivers/{row.pk}/decide", {"confirm": "yes"}).status_code == 409


def test_revoked_the_code_is_refused_again(fed, clerk, take, sheet) -> None:
    request_waiver(client_of(fed))
    row = Waiver.objects.get()
    second = client_of(clerk("370000", Role.PROVINCE))
    second.post(f"/exchange/quality/waivers/{row.pk}/decide", {"confirm": "yes", "decision": "属实"})
    work()
    assert second.post(f"/exchange/quality/waivers/{row.pk}/revoke", {"reason": "执照已换"}).status_code == 302
    again = take(sheet([company(7, name="青岛第7建设集团有限公司") | {"uscc": WRONG}]))
    assert again.quarantined == 1
    assert "校验位不符" not in Client().get(f"/e/{WRONG}").content.decode()
    assert second.post(f"/exchange/quality/waivers/{row.pk}/replay").status_code == 409


def test_what_is_no_case_for_a_waiver(fed) -> None:
    client = client_of(fed)
    for code, name, told in (
        (GOOD, "a.pdf", "不需要豁免"),
        ("123", "a.pdf", "不是 18 位"),
        (WRONG, "a.exe", "只收"),
        (WRONG[:-1] + "I", "a.pdf", "不是 18 位"),
    ):
        answer = request_waiver(client, code, name)
        assert answer.status_code == 422
        assert told in answer.content.decode()
    assert not Waiver.objects.exists()


def test_waivers_of_other_places_are_nobodys_business(fed, clerk) -> None:
    request_waiver(client_of(fed))
    row = Waiver.objects.get()
    other = client_of(clerk("370600", Role.CITY))
    for action in ("", "/decide", "/revoke", "/evidence", "/replay"):
        path = f"/exchange/quality/waivers/{row.pk}{action}"
        answer = other.post(path, {"confirm": "yes", "decision": "x", "reason": "x"}) if action else other.get(path)
        assert answer.status_code == 404, action
    district = client_of(clerk("370202", Role.DISTRICT))
    assert district.post(f"/exchange/quality/waivers/{row.pk}/decide", {"confirm": "yes"}).status_code == 403
    assert Waiver.objects.get().state == Waiver.State.REQUESTED
