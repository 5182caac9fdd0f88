"""Every page × every role × own and other division × own and other enterprise."""

from __future__ import annotations

import pytest

from server.assessments.world import FAR, SHORT, WHO
from zhulian.server.assessments.urls import urlpatterns
from zhulian.server.notary.models import Leaf

pytestmark = pytest.mark.usefixtures("register")

OWN = {"province", "city", "district", "enterprise"}
"""Who may see the enterprise `short`."""
OTHERS = {"other-province", "other-enterprise"}
"""Who may see the enterprise `far`."""
POWERLESS = {"administrator", "public-user"}

PAGES = {
    "enterprise": "/assessments/enterprise/{pk}",
    "assessment": "/assessments/enterprise/{pk}/D105A",
    "people": "/assessments/enterprise/{pk}/D105A/people",
    "months": "/assessments/enterprise/{pk}/D105A/months",
    "assessment_export": "/assessments/enterprise/{pk}/D105A/export.csv",
    "names": "/assessments/enterprise/{pk}/names",
}
LISTS = {"list": "/assessments/", "list_export": "/assessments/export.csv"}
API = ("/api/v1/enterprises/{key}/assessments", "/api/v1/enterprises/{key}/assessments/D105A")


CONTRACTS = {"contracts", "contracts_export", "contract", "limits"}
"""Who sees which contract is tested in test_contracts."""


def test_the_table_below_names_every_page():
    assert {p.name for p in urlpatterns} == set(PAGES) | set(LISTS) | CONTRACTS


def fetch(client, name: str, address: str):
    return client.post(address, {"ground": "case", "purpose": "核查"}) if name == "names" else client.get(address)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", WHO)
def test_enterprise_pages(register, as_role, who, name):
    client = as_role(who)
    done = 302 if name == "names" else 200
    assert fetch(client, name, PAGES[name].format(pk=register.short)).status_code == (done if who in OWN else 403)
    assert fetch(client, name, PAGES[name].format(pk=register.far)).status_code == (done if who in OTHERS else 403)


@pytest.mark.parametrize("name", [*PAGES, *LISTS])
def test_nobody_signed_in_goes_to_the_sign_in_page(register, client, name):
    response = fetch(client, name, (PAGES | LISTS)[name].format(pk=register.short))
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login")
    assert not Leaf.objects.filter(action="assessments.names.open").exists()


@pytest.mark.usefixtures("verdicts")
@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("who", WHO)
def test_lists_hold_only_what_is_in_scope(as_role, who, name):
    response = as_role(who).get(LISTS[name])
    assert response.status_code == (403 if who in POWERLESS else 200)
    text = response.content.decode()
    assert ("青岛甲水利工程有限公司" in text) == (who in OWN)
    assert ("青岛乙水利工程有限公司" in text) == (who in OWN - {"enterprise"})
    assert ("西安丙建筑有限公司" in text) == (who in OTHERS)


@pytest.mark.parametrize("address", API)
@pytest.mark.parametrize("who", WHO)
def test_api(as_role, who, address):
    client = as_role(who)
    assert client.get(address.format(key=SHORT)).status_code == (200 if who in OWN else 403)
    assert client.get(address.format(key=FAR)).status_code == (200 if who in OTHERS else 403)


@pytest.mark.parametrize("address", API)
def test_api_without_a_session(client, address):
    response = client.get(address.format(key=SHORT))
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "access.sign_in"


def test_a_grant_that_has_ended_opens_nothing(register, as_role, now):
    from zhulian.server.accounts.models import Grant

    client = as_role("district")
    Grant.objects.update(valid_until=now.date())
    assert client.get(f"/assessments/enterprise/{register.short}").status_code == 403
