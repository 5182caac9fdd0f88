"""Fixtures of world.py, for these tests and those of the API."""

import pytest

from server.assessments.world import as_role, now, register, verdicts
from zhulian import rulebooks
from zhulian.core.rules import Library


@pytest.fixture
def no_foundations(monkeypatch):
    """An installation whose library lacks a category (地基基础, D201): all that the platform lists ship by now."""
    files = {name: data for name, data in rulebooks.files().items() if "D201" not in name}
    library = Library.load(files)
    monkeypatch.setattr(rulebooks, "library", lambda: library)


__all__ = ["as_role", "now", "register", "verdicts"]
