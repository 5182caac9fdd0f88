"""What the installation brings along is used."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODULES = {
    "django-allauth[mfa,socialaccount]": "allauth",
    "django-cotton": "django_cotton",
    "django-htmx": "django_htmx",
    "django-ninja": "ninja",
    "psycopg[binary]": "django.db.backends.postgresql",
    "python-calamine": "python_calamine",
    "python-docx": "docx",
    "python-stdnum": "stdnum",
    "pyyaml": "yaml",
}
"""Distributions whose module is called otherwise."""


def test_every_dependency_is_used() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[<>=]", line)[0] for line in project["dependencies"]]
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    unused = [n for n in names if not re.search(rf"""(import |from |["']){re.escape(MODULES.get(n, n))}\b""", text)]
    assert unused == []
