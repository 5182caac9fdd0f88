"""Two tabs, two clicks, two people at once; and the reference client against a running server. Rows really commit."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from server.decisions.world import FIRM, MONDAY, USCC, Office, restored
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.divisions import fill
from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.decisions import services
from zhulian.server.decisions.models import Document, Proposal, Restriction

CLIENT = Path(__file__).parents[3] / "docs" / "examples" / "eligibility_client.py"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _divisions(transactional_db) -> None:  # noqa: ARG001 - what an earlier test flushed away is filled in again
    fill()


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do these at the same time, each on a connection of its own; what came of each, sorted."""
    told: list[str] = []
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            ready.wait()
            with clock.frozen(MONDAY):
                act()
            told.append("done")
        except ZhulianError as refused:
            told.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


def test_a_double_click_signs_once(office: Office, proposed) -> None:
    row: Proposal = proposed("verify")
    for action, who in (("take", "handler"), ("submit", "handler"), ("review", "reviewer")):
        office.move(row, action, who)
    row.refresh_from_db()

    def sign() -> None:
        services.proposal_sign(proposal=row.pk, seen=row.revision, user=office.signer)

    assert at_once(*[sign] * 4) == ["decision.changed"] * 3 + ["done"]
    assert [d.number for d in Document.objects.all()] == [1]


def test_signed_while_the_facts_are_restored_it_ends_all_the_same(office: Office, proposed) -> None:
    row = proposed("stop")
    for action, who in (("take", "handler"), ("submit", "handler"), ("review", "reviewer")):
        office.move(row, action, who)
    row.refresh_from_db()
    cause = restored("site.hazard.closed", hazard_no="H1")
    at_once(
        lambda: services.proposal_sign(proposal=row.pk, seen=row.revision, user=office.signer),
        lambda: services.restrictions_end(enterprise=FIRM, cause=cause),
    )
    left = Restriction.objects.exclude(state="ended")
    assert not left.exists(), "whichever came first, nothing stands on facts that are gone"


def test_served_twice_at_once_it_is_served_once(office: Office, proposed) -> None:
    row = proposed("stop")
    document = office.to_signature(row)
    assert at_once(*[lambda: office.serve(document)] * 3) == ["done"] + ["service.twice"] * 2
    assert Restriction.objects.get().state == "effective"


def test_the_reference_client_asks_a_running_server(office: Office, proposed, live_server) -> None:
    with clock.frozen(MONDAY):
        office.to_effect(proposed("stop"))
    User.objects.filter(username="handler").update(password=_hash("a-long-password"))
    command = [sys.executable, str(CLIENT), live_server.url, "handler", USCC, "91370200000000000X", "--purpose", "bid"]
    environment = {**os.environ, "ZHULIAN_PASSWORD": "a-long-password"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stdout.splitlines() == [
        f"{USCC}  青岛甲建筑有限公司  没有生效的限制",
        "91370200000000000X  未归集，不能回答",
    ]
    environment["ZHULIAN_PASSWORD"] = "wrong"
    wrong = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert "not accepted" in wrong.stderr


def _hash(password: str) -> str:
    from django.contrib.auth.hashers import make_password

    return make_password(password)
