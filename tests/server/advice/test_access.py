"""Every page × every role × own and other division × own and other enterprise: what is not yours is not there."""

from __future__ import annotations

import pytest

from server.assessments.test_access import OTHERS, OWN, POWERLESS
from server.assessments.world import WHO
from zhulian.server.advice.models import Draft
from zhulian.server.advice.urls import urlpatterns

pytestmark = pytest.mark.usefixtures("register")

PAGES = {
    "checkup": "/advice/{pk}",
    "what_if": "/advice/{pk}/what-if",
    "next": "/advice/{pk}/next",
    "cure": "/advice/{pk}/next/D105A",
    "expiring": "/advice/{pk}/expiring",
    "expiring_export": "/advice/{pk}/expiring.csv",
    "people": "/advice/{pk}/people",
    "people_export": "/advice/{pk}/people.csv",
    "leaving": "/advice/{pk}/leaving",
    "works": "/advice/{pk}/works",
    "works_export": "/advice/{pk}/works.csv",
}
POSTS = {
    "change": ("/advice/{pk}/what-if/change", {"do": "add", "is": "Assets", "wan": "100"}),
    "draft": ("/advice/{pk}/what-if/draft", {"name": "方案"}),
}


QUICK = {"next", "expiring", "draft"}
"""Asked by every role that may; the others once for each side of the counter: the same decorator and scope guard all."""


def fetch(client, name, pk):
    if name in POSTS:
        address, fields = POSTS[name]
        return client.post(address.format(pk=pk), fields)
    return client.get(PAGES[name].format(pk=pk))


def test_the_tables_above_name_every_page():
    assert {p.name for p in urlpatterns} == set(PAGES) | set(POSTS)


@pytest.mark.parametrize("name", [*PAGES, *POSTS])
@pytest.mark.parametrize("who", WHO)
def test_pages(register, as_role, who, name):
    client = as_role(who)
    done = 302 if name in POSTS else 200
    refused = 403 if who in POWERLESS else 404
    seen, unseen = (register.short, register.far) if who in OWN else (register.far, register.short)
    if who in OWN | OTHERS and (name in QUICK or who in {"enterprise", "other-province"}):
        assert fetch(client, name, seen).status_code == done
    for pk in (unseen, 10**15, *([] if who in OWN | OTHERS else [seen])):
        assert fetch(client, name, pk).status_code == refused


@pytest.mark.parametrize("name", [*PAGES, *POSTS])
def test_nobody_signed_in_goes_to_the_sign_in_page(register, client, name):
    response = fetch(client, name, register.short)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login")
    assert not Draft.objects.exists()
