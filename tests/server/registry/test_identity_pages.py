"""身份冲突: who sees which pairs, what a decision does, and where merged subjects are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from server.assessments.world import assessed
from server.registry.people import AT, CODES, record, subject
from zhulian.server.accounts.models import Grant, User
from zhulian.server.assessments import selectors as assessments
from zhulian.server.common import clock, dispatch
from zhulian.server.common.permissions import Role
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.matching import services
from zhulian.server.registry.models import Candidate, Enterprise, Merge

TWIN = "name:海川建设公司@370000"


@pytest.fixture(autouse=True)
def _now(db) -> Iterator[None]:  # noqa: ARG001 - rows are made
    with clock.frozen(AT):
        yield


@pytest.fixture
def pair() -> Candidate:
    record(
        ("enterprise", {"enterprise": CODES[0], "uscc": CODES[0], "name": "青岛海川建设有限公司", "region": "370202"}),
        (
            "enterprise",
            {"enterprise": TWIN, "name": "海川建设公司", "region": "370203", "legal_representative": "王一山"},
        ),
        ("qualification", {"certificate_no": "D1", "code": "D105A", "enterprise": TWIN, "status": "有效"}),
    )
    while services.blocks_compare(at=AT, actor="system:test").left:
        pass
    return Candidate.objects.get()


@pytest.fixture
def sign_in() -> Callable[[str, Role], Client]:
    def make(division: str, role: Role) -> Client:
        user = User.objects.create_user(f"{role}{division}", role=role)
        if division:
            Grant.objects.create(user=user, function="market", division_id=division, action="*")
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return make


def decide(client: Client, pair: Candidate, action: str = "merge", **more: Any) -> Any:
    given = {"version": pair.version, "survivor": pair.a, "reason": "同一张执照"} | more
    return client.post(f"/registry/identities/{pair.pk}/{action}", given)


def test_the_queue_and_the_pair_say_why(pair, sign_in) -> None:
    client = sign_in("370200", Role.CITY)
    page = client.get("/registry/identities").content.decode()
    assert "海川建设公司" in page
    assert "字号与行业相同" in page
    page = client.get(f"/registry/identities/{pair.pk}").content.decode()
    for told in ("逐项对照", "rg-differs", "统一社会信用代码", CODES[0], "资质 1", "示例"):
        assert told in page
    assert "王一山" not in page, "persons stand masked"
    fragment = client.get(f"/registry/identities/{pair.pk}/preview?survivor={pair.a}").content.decode()
    assert "水利水电工程施工总承包一级" in fragment
    assert not Merge.objects.exists(), "a preview leaves nothing"
    assert Enterprise.objects.known().count() == 2
    for query in (
        "?kind=person",
        "?score=500",
        "?division=370203&feed=%E7%A4%BA%E4%BE%8B",
        "?division=x",
        "?state=merged",
    ):
        assert client.get(f"/registry/identities{query}").status_code == 200


@pytest.mark.parametrize(
    ("role", "division", "seen"),
    [
        (Role.PROVINCE, "370000", True),
        (Role.CITY, "370200", True),
        (Role.DISTRICT, "370202", False),
        (Role.CITY, "370600", False),
        (Role.PROVINCE, "610000", False),
        (Role.CITY, "", False),
    ],
)
def test_both_sides_must_be_in_view(pair, sign_in, role, division, seen) -> None:
    client = sign_in(division, role)
    assert ("海川建设公司" in client.get("/registry/identities").content.decode()) is seen
    for path in ("", "/preview"):
        assert client.get(f"/registry/identities/{pair.pk}{path}").status_code == (200 if seen else 404)
    answer = decide(client, pair)
    if not seen:
        assert answer.status_code == (403 if role is Role.DISTRICT else 404)
        assert not Merge.objects.exists()
    csv = b"".join(client.get("/registry/identities.csv"))
    assert "identities" in Leaf.objects.latest("pk").content
    if not seen:
        assert "海川" not in csv.decode()


@pytest.mark.parametrize("role", [Role.ENTERPRISE, Role.ADMINISTRATOR, Role.PUBLIC])
def test_others_are_refused(pair, sign_in, role) -> None:
    client = sign_in("", role)
    for path in ("", f"/{pair.pk}", f"/{pair.pk}/preview"):
        assert client.get(f"/registry/identities{path}").status_code == 403
    for action in ("merge", "apart", "snooze", "undo", "reopen", "names"):
        assert decide(client, pair, action).status_code == 403
    assert Client().get(f"/registry/identities/{pair.pk}").status_code == 302


def test_a_district_looks_and_does_not_decide(sign_in, pair) -> None:
    Enterprise.objects.update(region="370202")
    client = sign_in("370202", Role.DISTRICT)
    page = client.get(f"/registry/identities/{pair.pk}").content.decode()
    assert "逐项对照" in page
    assert "判为不同主体</button>" not in page
    for action in ("merge", "apart", "snooze", "undo", "reopen"):
        assert decide(client, pair, action).status_code == 403


@pytest.mark.parametrize(
    "forged",
    [
        {"survivor": "999999"},
        {"survivor": "x"},
        {"survivor": "-1"},
        {"version": "0"},
        {"reason": " "},
        {"version": "９"},
    ],
)
def test_forged_forms_change_nothing(pair, sign_in, forged) -> None:
    answer = decide(sign_in("370200", Role.CITY), pair, **forged)
    assert answer.status_code in {409, 422}
    assert not Merge.objects.exists()
    assert Candidate.objects.get().state == Candidate.State.OPEN


def test_merge_find_and_undo(pair, sign_in) -> None:
    client = sign_in("370200", Role.CITY)
    assessed(AT)
    assert decide(client, pair).status_code == 302
    while dispatch.events_dispatch() or dispatch.jobs_step():
        pass
    current = set(assessments.current().values_list("enterprise", "code"))
    assert current == {(pair.a, "D105A")}, "the verdict moved with the certificate"
    assert "海川建设公司" in Client().get("/?q=海川建设公司").content.decode()
    assert Client().get(f"/e/{pair.b}").url == f"/e/{CODES[0]}"
    assert Client().get(f"/api/v1/enterprises/{pair.b}").json()["uscc"] == CODES[0]
    assert (
        client.get(f"/assessments/enterprise/{pair.b}?tab=people").url == f"/assessments/enterprise/{pair.a}?tab=people"
    )
    page = client.get(f"/registry/identities/{pair.pk}").content.decode()
    assert "撤销合并" in page
    assert decide(client, pair, "undo", reason="两张执照").status_code == 302
    assert subject("enterprise", TWIN) == pair.b
    assert Client().get(f"/e/{pair.b}").status_code == 200


def test_a_double_click_is_one_merge_and_two_tabs_are_told(pair, sign_in) -> None:
    client = sign_in("370200", Role.CITY)
    assert decide(client, pair).status_code == 302
    assert decide(client, pair).status_code == 302
    assert Merge.objects.count() == 1
    other = sign_in("370000", Role.PROVINCE)
    answer = decide(other, pair, "apart")
    assert answer.status_code == 409
    assert "有了变化" in answer.content.decode()


def test_take_the_next_one(pair, sign_in) -> None:
    one, two = sign_in("370200", Role.CITY), sign_in("370000", Role.PROVINCE)
    assert one.post("/registry/identities/next?kind=enterprise").url.startswith(f"/registry/identities/{pair.pk}?")
    assert two.post("/registry/identities/next").url.startswith("/registry/identities?")
    assert "正在处理" in two.get(f"/registry/identities/{pair.pk}").content.decode()


def test_judged_different_goes_back_when_it_was_wrong(pair, sign_in) -> None:
    client = sign_in("370200", Role.CITY)
    assert decide(client, pair, "apart").status_code == 302
    assert "海川建设公司" in client.get("/registry/identities?state=different").content.decode()
    assert decide(client, pair, "reopen").status_code == 302
    pair.refresh_from_db()
    assert decide(client, pair, "snooze", until="2025-06-09").status_code == 302
    assert Candidate.objects.get().state == Candidate.State.SNOOZED


def test_names_of_persons_open_for_a_purpose(sign_in) -> None:
    record(
        ("enterprise", {"enterprise": CODES[0], "uscc": CODES[0], "name": "青岛海川建设有限公司", "region": "370202"}),
        *(("person", {"person": key, "name": "欧阳一山", "id_no": None}) for key in ("RY_ID:1", "local:2")),
        *(
            ("skill", {"certificate_no": "S1" + key, "person": key, "enterprise": CODES[0], "grade": "技师"})
            for key in ("RY_ID:1", "local:2")
        ),
        ("title", {"person": "local:2", "grade": "中级"}),
    )
    ids = sorted(subject("person", key) for key in ("RY_ID:1", "local:2"))
    pair = Candidate.objects.create(subject_kind="person", a=ids[0], b=ids[1], found_at=0)
    client = sign_in("370202", Role.DISTRICT)
    page = client.get(f"/registry/identities/{pair.pk}").content.decode()
    assert "欧阳一山" not in page
    answer = client.post(f"/registry/identities/{pair.pk}/names", {"ground": "correct", "purpose": "核对证书"})
    assert "欧阳一山" in answer.content.decode()
    assert "核对证书" in Leaf.objects.latest("pk").content
    assert client.post(f"/registry/identities/{pair.pk}/names", {"ground": "correct", "purpose": ""}).status_code == 422


@pytest.fixture
def coded(sign_in) -> tuple[Client, Candidate]:
    """Two enterprises with a credit code each, in the queue as one row's conflict, and who may decide about them."""
    names = zip(CODES, ("青岛海川建设有限公司", "青岛海川建设集团有限公司"), strict=True)
    record(*(("enterprise", {"enterprise": c, "uscc": c, "name": n, "region": "370202"}) for c, n in names))
    pair = sorted(subject("enterprise", code) for code in CODES)
    services.conflicts_note(kind="enterprise", pairs=[tuple(pair)], feed="示例", actor="system:test", at=AT)
    return sign_in("370200", Role.CITY), Candidate.objects.get()


def test_two_codes_without_the_tick_bring_the_form_again(coded) -> None:
    client, pair = coded
    answer = decide(client, pair, survivor=pair.b, reason="换发过执照，<已问登记机关>")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert not Merge.objects.exists()
    assert "换发过执照，&lt;已问登记机关&gt;</textarea>" in page, "what was typed stays"
    assert f'value="{pair.b}" checked' in page
    tick, _, behind = page.partition('name="codes_checked"')[2].partition("</label>")
    assert 'aria-invalid="true"' in tick
    assert "两个主体各有自己的统一社会信用代码" in behind[:200], "the reason stands beside the tick-box"
    assert decide(client, pair, reason="换发过执照", codes_checked="on").status_code == 302
    assert Merge.objects.count() == 1


@pytest.mark.parametrize(
    ("action", "given", "place"),
    [
        ("merge", {"reason": " "}, "merge-reason"),
        ("apart", {"reason": " "}, "apart-reason"),
        ("snooze", {"reason": "等执照", "until": "2025-06-01"}, "snooze-until"),
        ("snooze", {"reason": "等执照", "until": "下周"}, "snooze-until"),
    ],
)
def test_a_form_that_was_filled_in_wrongly_comes_again(pair, sign_in, action, given, place) -> None:
    answer = decide(sign_in("370200", Role.CITY), pair, action, **given)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="{place}-error"' in page
    if action == "snooze":
        assert 'value="等执照"' in page
    assert Candidate.objects.get().state == Candidate.State.OPEN


def test_who_decided_is_called_by_name(pair, sign_in) -> None:
    client = sign_in("370200", Role.CITY)
    User.objects.update(first_name="王一山")
    decide(client, pair)
    page = client.get(f"/registry/identities/{pair.pk}").content.decode()
    assert "由 王一山 处理" in page
    decide(client, pair, "undo", reason="两张执照")
    page = client.get(f"/registry/identities/{pair.pk}").content.decode()
    assert "user:" not in page
    assert page.count("· 王一山</span>") == 2, "who merged, who undid it"
