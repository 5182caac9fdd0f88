"""The dictionary page says what the contract says."""

from pathlib import Path

from zhulian.core.tables import INDICATORS, TABLES
from zhulian.core.tables.dictionary import markdown

PAGE = Path(__file__).resolve().parents[3] / "docs/data-dictionary.md"


def test_the_page_is_the_contract():
    again = "python -m zhulian.core.tables.dictionary > docs/data-dictionary.md"
    assert PAGE.read_text(encoding="utf-8") == markdown(), f"the contract changed; write the page again: {again}"


def test_every_table_column_and_indicator_is_there():
    page = markdown()
    for one in TABLES.values():
        section = page.split(f"## `{one.name}` ")[1].split("\n## ")[0]
        for column in one.columns:
            assert f"| `{column.name}` | {column.label} |" in section
    for indicator in INDICATORS.values():
        assert f"| `{indicator.name}` | {indicator.label} |" in page
