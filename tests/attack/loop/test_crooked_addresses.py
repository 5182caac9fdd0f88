"""Addresses of the loop's pages with what no form sends: too long, too large, no number, no such thing. Never a 500."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from server.decisions.world import Office, office

__all__ = ["office"]
LARGE, LONG = "9223372036854775808", "99999999999999999999999"
ADDRESSES = (
    f"/linkage/ledger?event={'x' * 36}",
    f"/linkage/ledger/items/events?event={'z' * 36}",
    "/linkage/ledger?enterprise=999999999999999999",
    f"/linkage/ledger?enterprise={LARGE}",
    f"/linkage/ledger?page={LONG}&since=0000-00-00&until=2026-02-31",
    f"/linkage/ledger/enterprise/{LARGE}",
    f"/linkage/ledger/why/{LONG}",
    "/linkage/ledger/export/nothing.csv",
    f"/worklist/?page={LONG}&sort=-nothing&tab=zz&kind=yy&lamp=blue",
    "/worklist/?division=%00",
    f"/worklist/?division={'3' * 400}",
    f"/worklist/?q={'建' * 3000}",
    f"/worklist/obligation/{LONG}/open",
    "/worklist/nothing/1/open",
    f"/campaigns/verifications?code={'Z' * 500}&outcome=无",
    "/campaigns/rectifications?page=-1&sort=--due",
    f"/campaigns/rectification/{LARGE}",
    f"/campaigns/batch/{LARGE}/members?at='&division={'Z' * 500}",
    f"/campaigns/batches?page={LONG}&sort=--ends&state=zz",
    f"/campaigns/public/{LARGE}/frame",
    f"/decisions/{LONG}",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_is_answered(office: Office, address: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(office.people["handler"], backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get(address).status_code in ({400} if "%00" in address else {200, 404})
