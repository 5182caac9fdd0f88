"""What all tests of the server share."""

from collections.abc import Iterator

import pytest
from django.test.utils import override_settings


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords are hashed slowly on purpose, a third of a second each; no test here is about how slowly."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield
