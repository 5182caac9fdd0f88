"""Four people decide about the same pair at once: one decision stands, the others are told."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from server.registry.people import AT
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.registry.matching import services
from zhulian.server.registry.models import Candidate, Merge, Subject


@pytest.mark.django_db(transaction=True)
def test_one_decision_stands() -> None:
    a, b = (Subject.objects.create(kind="enterprise", created_at=0).pk for _ in range(2))
    pair = Candidate.objects.create(subject_kind="enterprise", a=a, b=b, found_at=0)
    told: list[str] = []

    def decide(number: int) -> None:
        survivor = (a, b)[number % 2]
        try:
            services.candidate_merge(
                candidate=pair.pk,
                version=pair.version,
                survivor=survivor,
                reason="同一张执照",
                codes_checked=False,
                actor=f"user:{number}",
                at=AT,
            )
            told.append("merged")
        except ZhulianError as refused:
            told.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["identity.changed"] * 3 + ["merged"]
    assert Merge.objects.count() == 1
