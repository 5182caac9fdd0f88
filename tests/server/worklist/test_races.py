"""领取下一件 by several officers at once: rows really commit, and nobody gets what another has."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from server.decisions.world import MONDAY
from zhulian.server.accounts.divisions import fill
from zhulian.server.common import clock
from zhulian.server.worklist import services
from zhulian.server.worklist.models import Lock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _divisions(transactional_db) -> None:  # noqa: ARG001 - what an earlier test flushed away is filled in again
    fill()


def test_officers_who_ask_at_once_never_get_the_same(office, proposed, obliged):
    """Two officers ask until nothing is left; every item of both kinds is had once."""
    items = {("obligation", obliged(day).pk) for day in (1, 2, 2)}
    items |= {("proposal", proposed(name).pk) for name in ("verify", "rectify")}
    got: dict[str, list[tuple[str, int]]] = {"handler": [], "reviewer": []}
    ready = threading.Barrier(len(got))

    def run(who: str) -> None:
        try:
            ready.wait()
            with clock.frozen(MONDAY):
                while (ref := services.item_take_next(user=office.people[who])) is not None:
                    got[who].append(ref)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(who,)) for who in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = got["handler"] + got["reviewer"]
    assert len(taken) == len(set(taken)) == len(items)
    assert set(taken) == items
    locks = {(lock.kind, lock.item): lock.user_id for lock in Lock.objects.all()}
    assert locks == {ref: office.people[who].pk for who, refs in got.items() for ref in refs}
