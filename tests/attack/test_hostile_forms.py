"""Forms of the exchange filled in by an enemy or by mistake."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from zhulian.server.accounts import services
from zhulian.server.accounts.models import User
from zhulian.server.common import clock
from zhulian.server.exchange.models import Delivery, Quarantined
from zhulian.server.exchange.services import delivery_take

USCC = "91610800064834709T"


@pytest.fixture
def client(db, settings, tmp_path) -> Client:  # noqa: ARG001 - asked for by name
    settings.HOME = tmp_path
    settings.DEMO = True
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if not m.startswith("whitenoise.")]
    services.accounts_demo_create()
    client = Client()
    client.force_login(User.objects.get(username="province"))
    return client


def hand_in(client: Client, text: str, where: str = "/exchange/upload", name: str = "finance.csv") -> Delivery:
    answer = client.post(where, {"files": SimpleUploadedFile(name, text.encode()), "format": ""})
    assert answer.status_code == 302, answer.content.decode()
    delivery = Delivery.objects.latest("pk")
    while not delivery_take(delivery=delivery.pk, at=clock.now()).finished:
        pass
    return delivery


def finance(day: str) -> str:
    return f"enterprise,as_of,revenue\n{USCC},{day},1\n"


def test_a_name_longer_than_the_disk_takes(client):
    delivery = hand_in(client, finance("2024-12-31"), name="财" * 150 + ".csv")
    assert delivery.files.get().name.endswith("财.csv")


def test_records_of_impossible_numbers(client):
    delivery = hand_in(client, finance("x"))
    answer = client.post(f"/exchange/{delivery.pk}/give-up", {"row": [str(10**25), "²", "-1"], "reason": "试"})
    assert answer.status_code == 302
    assert Quarantined.objects.get().state == Quarantined.State.OPEN


def test_a_sheet_handed_in_for_the_wrong_delivery_settles_nothing_there(client):
    ours, other = hand_in(client, finance("甲")), hand_in(client, finance("乙"))
    sheet = client.post(f"/exchange/{ours.pk}/rejects/0.csv", {"ground": "correct", "purpose": "更正"}).content.decode(
        "utf-8-sig"
    )
    corrected = sheet.replace(",甲,", ",2023-12-31,")
    hand_in(client, corrected, f"/exchange/{other.pk}/correct")
    assert set(Quarantined.objects.values_list("state", flat=True)) == {Quarantined.State.OPEN}
    hand_in(client, corrected, f"/exchange/{ours.pk}/correct")
    assert Quarantined.objects.get(delivery=ours).state == Quarantined.State.CORRECTED
    assert Quarantined.objects.get(delivery=other).state == Quarantined.State.OPEN
