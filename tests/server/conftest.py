"""What all tests of the server share."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.signals import pre_save
from django.test.utils import override_settings

from zhulian.core.linkage import EVENT_TYPES
from zhulian.server.common import outbox
from zhulian.server.common.rows import policies
from zhulian.server.common.rows.services import rows_on
from zhulian.server.notary import wording
from zhulian.server.notary.models import Leaf


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:  # noqa: ARG001 - pytest-django's own
    """The role of the row policies; with `ZHULIAN_ROW_POLICIES=1` every test runs behind them (PostgreSQL)."""
    if connection.vendor == "postgresql":
        # Committed, so that a second connection knows it; a role made inside a test is gone with the test.
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [settings.ROW_ROLE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {policies.role()} NOLOGIN")
                cursor.execute(f"GRANT {policies.role()} TO session_user")
    if settings.ROW_POLICIES:
        with django_db_blocker.unblock():
            rows_on(actor="system:test")
            Leaf.objects.all().delete()  # tests begin with an empty ledger


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords are hashed slowly on purpose, a third of a second each; no test here is about how slowly."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def every_action_has_words() -> Iterator[None]:
    """Whatever a test makes the server leave in the ledger can be read in Chinese."""

    def read(instance: Leaf, **_: object) -> None:
        own = instance.action.startswith("test.") or instance.action in {"a", "a.b.c", "t.act"}
        assert own or wording.known(instance.action), f"notary.wording has no words for {instance.action}"

    pre_save.connect(read, sender=Leaf)
    yield
    pre_save.disconnect(read, sender=Leaf)


@pytest.fixture(scope="session", autouse=True)
def told_as_declared() -> Iterator[None]:
    """Whatever a test makes the server tell says what the catalogue declares of its type: no more, and all it must."""
    store = outbox._row

    def checked(event: outbox.Event, *more: object) -> object:
        kind = EVENT_TYPES.get(event.type)
        if kind is not None:
            extra = event.data.keys() - {f.name for f in kind.fields}
            missing = {f.name for f in kind.fields if f.required} - event.data.keys()
            assert not extra, f"{event.type} tells {sorted(extra)}, which core.linkage.events does not declare"
            assert not missing, f"{event.type} does not tell {sorted(missing)}"
        return store(event, *more)

    outbox._row = checked
    yield
    outbox._row = store
