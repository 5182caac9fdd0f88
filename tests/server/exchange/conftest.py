"""Files to hand in, a clerk, and an installation's home of its own."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from zhulian.server.accounts.models import Division, Grant, OrganisationUnit, User
from zhulian.server.common.permissions import Role
from zhulian.server.exchange import inbox, reading
from zhulian.server.exchange.models import Delivery

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
HEADER = ("uscc", "name", "region", "established_on", "registered_capital", "status")


def credit_code(serial: int, division: str = "370202") -> str:
    """A made-up code with right check digits (GB 32100 and GB 11714)."""
    organisation = f"{serial:08d}"
    total = sum(w * int(c) for w, c in zip((3, 7, 9, 10, 5, 8, 4, 2), organisation, strict=True))
    check = {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))
    body = f"91{division}{organisation}{check}"
    weighted = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + ALPHABET[(31 - weighted % 31) % 31]


def company(serial: int, name: str = "", **more: str) -> dict[str, str]:
    row = {
        "uscc": credit_code(serial),
        "name": name or f"青岛第{serial}建设有限公司",
        "region": "370202",
        "status": "active",
    }
    return row | more


@pytest.fixture(autouse=True)
def home(settings) -> Iterator[Path]:
    """The home of the test run; what a test leaves of plain copies goes with it, since no transaction of it commits."""
    yield Path(settings.HOME)
    reading._readers.clear()
    shutil.rmtree(inbox.work_folder(""), ignore_errors=True)


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., Path]:
    def write(rows: Sequence[dict[str, str]], name: str = "enterprise.csv", header: Sequence[str] = HEADER) -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def take(db) -> Callable[..., Delivery]:  # noqa: ARG001 - deliveries are rows
    """Hand files in and take them to the end, as the command line does."""
    from zhulian.server.common import clock
    from zhulian.server.exchange.receiving import files_receive
    from zhulian.server.exchange.services import delivery_take

    def taken(*paths: Path, corrects: Delivery | None = None, format_name: str | None = None) -> Delivery:
        delivery = files_receive(paths=paths, format_name=format_name, actor="system:test", corrects=corrects)
        while not delivery_take(delivery=delivery.pk, at=clock.now()).finished:
            pass
        return Delivery.objects.get(pk=delivery.pk)

    return taken


@pytest.fixture
def clerk(db) -> Callable[..., User]:  # noqa: ARG001 - users are rows
    """A clerk of a housing authority with a grant for its division."""

    def make(division: str = "370202", role: Role = Role.DISTRICT) -> User:
        unit = OrganisationUnit.objects.create(name=f"{division} 住建局", division=Division.objects.get(pk=division))
        user = User.objects.create_user(f"clerk{division}{role}", password="a-long-password", role=role, unit=unit)
        Grant.objects.create(unit=unit, function="market", division_id=division, action="*")
        return user

    return make
