"""Document numbers: one each, none lost, gaps explained."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from zhulian.server.common.models import IssuedNumber
from zhulian.server.common.numbers import gaps, number_issue, number_void


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_document_gives_its_number_back() -> None:
    with transaction.atomic():
        assert number_issue(series="核查〔2025〕", subject="case:1") == 1
    with transaction.atomic():
        assert number_issue(series="核查〔2025〕", subject="case:2") == 2
        transaction.set_rollback(True)
    with transaction.atomic():
        assert number_issue(series="核查〔2025〕", subject="case:3") == 2
        assert number_issue(series="整改〔2025〕", subject="case:3") == 1
    assert gaps("核查〔2025〕") == []
    with pytest.raises(RuntimeError):
        number_issue(series="核查〔2025〕", subject="case:4")


@pytest.mark.django_db
def test_a_voided_number_says_why_and_a_lost_one_shows() -> None:
    for n in range(3):
        number_issue(series="s", subject=f"case:{n}")
    number_void(series="s", number=2, reason="重复")
    assert IssuedNumber.objects.get(number=2).void_reason == "重复"
    assert gaps("s") == []
    IssuedNumber.objects.get(number=1).delete()
    assert gaps("s") == [1]
    with pytest.raises(IssuedNumber.DoesNotExist):
        number_void(series="s", number=9, reason="x")


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_one_each() -> None:
    given: list[int] = []

    def work(n: int) -> None:
        try:
            for i in range(10):
                with transaction.atomic():
                    given.append(number_issue(series="s", subject=f"case:{n}-{i}"))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 41))
