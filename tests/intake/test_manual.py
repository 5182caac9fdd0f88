"""The page on formats is made from the adapters' tables."""

from pathlib import Path

import pytest

from zhulian.intake import FORMAT_NAMES
from zhulian.intake.errors import KINDS
from zhulian.intake.manual import manual

PAGE = Path(__file__).resolve().parents[2] / "docs/formats.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text("utf-8") == manual(), "python -m zhulian.intake.manual > docs/formats.md"


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_every_format_has_its_section(name):
    assert any(line.startswith("## ") and f"`{name}`" in line for line in PAGE.read_text("utf-8").splitlines())


def test_every_error_of_intake_says_what_to_do():
    for kind in KINDS:
        assert len(kind.cure) >= 5, kind.code
