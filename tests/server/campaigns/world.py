"""An order to rectify in effect, a verification told to the firm, and verdicts as the runner would record them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from server.decisions.world import FIRM, Office
from zhulian.core.kernel.dates import STILL_KNOWN, micros
from zhulian.server.accounts.models import EnterpriseMembership
from zhulian.server.assessments.models import Assessment, Run
from zhulian.server.campaigns import services
from zhulian.server.campaigns.evidence import Given, take
from zhulian.server.campaigns.models import Rectification, Verification
from zhulian.server.common import clock, dispatch
from zhulian.server.common.models import Event

CODE, OTHER_FIRM = "D101B", 72


def pdf(name: str = "劳动合同.pdf", content: bytes = b"%PDF-1.7 new people") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def files() -> list[Given]:
    return take([pdf()])


def carry_on() -> None:
    """Dispatch what is told, until nothing is left."""
    while dispatch.events_dispatch():
        pass
    assert not Event.objects.exclude(state=Event.State.DONE).exists()


def verdict(value: str, enterprise: int = FIRM, code: str = CODE) -> Assessment:
    """The recorded verdict becomes this one."""
    at = micros(clock.now())
    Assessment.objects.filter(enterprise=enterprise, code=code, superseded_at=STILL_KNOWN).update(superseded_at=at)
    run = Run.objects.create(as_of=clock.today(), purpose="动态核查", everyone=False, started_at=at)
    return Assessment.objects.create(
        run=run,
        enterprise=enterprise,
        code=code,
        purpose="动态核查",
        as_of=clock.today(),
        verdict=value,
        reason={},
        shortfall="" if value == "met" else "建造师缺 2 人",
        digest=f"{value}{at}",
        flagged=value == "short",
        recorded_at=at,
    )


def file(row: Rectification, office: Office) -> Rectification:
    row.refresh_from_db()
    return services.rectification_file(
        rectification=row.pk, seen=row.revision, text="已补齐两名建造师", files=files(), user=office.firm
    )


def move(row: Rectification, action: str, office: Office, who: str, note: str = "") -> Rectification:
    row.refresh_from_db()
    return services.rectification_move(
        rectification=row.pk, action=action, seen=row.revision, user=office.people[who], note=note
    )


@pytest.fixture(autouse=True)
def home(settings, tmp_path) -> None:
    settings.HOME = tmp_path
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if not m.startswith("whitenoise.")]


@pytest.fixture
def ordered(office: Office, proposed) -> Iterator[Rectification]:
    """Served on the firm, opened by the event; the clock stands on the day after."""
    EnterpriseMembership.objects.create(user=office.rival, enterprise=OTHER_FIRM)
    order = office.to_effect(proposed("rectify"))
    with clock.frozen(order.effective_from + dt.timedelta(days=1)):
        verdict("short")
        carry_on()
        yield Rectification.objects.get()


@pytest.fixture
def checked(office: Office, proposed) -> Iterator[Verification]:
    """A verification signed and served, so announced."""
    EnterpriseMembership.objects.create(user=office.rival, enterprise=OTHER_FIRM)
    row = proposed("verify")
    document = office.to_signature(row)
    carry_on()
    office.serve(document)
    carry_on()
    return Verification.objects.get()


@pytest.fixture
def signed_in(office: Office) -> Callable[[str], Client]:
    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(office.people[who], backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return sign_in
