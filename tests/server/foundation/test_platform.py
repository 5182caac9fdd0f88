"""Rules over the whole server: the clock, the leaves, the pages."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest
from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

import zhulian.server
from zhulian.server.common import checks, outbox

SERVER = Path(zhulian.server.__file__).parent
NOW = re.compile(r"timezone\.now|date\.today\(|datetime\.now\(|datetime\.today\(|utcnow\(|auto_now|time\.time\(")
INLINE = (
    re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", re.IGNORECASE),
    re.compile(r"<style[\s>]", re.IGNORECASE),
    re.compile(r"\sstyle\s*=", re.IGNORECASE),
    re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    re.compile(r"javascript:", re.IGNORECASE),
    re.compile(r"hx-on|hx-vals\s*=\s*[\"']js:", re.IGNORECASE),
)
NO_LEAF = {
    "notary.services.leaf_append": "the leaf itself",
    "assessments.services.difference": "compares, writes nothing",
}


def test_only_the_clock_asks_the_time() -> None:
    asking = [
        f"{path.relative_to(SERVER)}:{number}"
        for path in SERVER.rglob("*.py")
        if path.name != "clock.py" and "migrations" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if NOW.search(line)
    ]
    assert asking == []


def service_modules(app: AppConfig) -> list[ModuleType]:
    """Every `services.py` of an app, those of its parts too."""
    root = Path(app.path)
    parts = sorted(path.relative_to(root).with_suffix("").parts for path in root.rglob("services.py"))
    return [importlib.import_module(".".join((app.name, *part))) for part in parts]


def services() -> list[tuple[str, object]]:
    """Every public function defined in a `services.py`."""
    out = []
    for app in apps.get_app_configs():
        if not app.name.startswith("zhulian."):
            continue
        for module in service_modules(app):
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module.__name__ and not name.startswith("_"):
                    out.append((f"{module.__name__.removeprefix('zhulian.server.')}.{name}", function))
    return out


def test_every_service_leaves_a_leaf_or_nothing() -> None:
    """`@writes` enforces at run time that what is written is in the ledger; here: that every service has it."""
    found = services()
    assert len(found) > 8
    assert {name for name, f in found if not hasattr(f, "zhulian_writes")} == set(NO_LEAF)


def test_services_take_names_only() -> None:
    positional = [
        name
        for name, f in services()
        if hasattr(f, "zhulian_writes")
        for p in inspect.signature(f).parameters.values()
        if p.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    assert positional == []


@pytest.mark.parametrize("pattern", INLINE, ids=lambda p: p.pattern[:20])
def test_no_template_has_an_inline_script_or_style(pattern: re.Pattern[str]) -> None:
    templates = list(SERVER.rglob("*.html"))
    assert templates
    assert [str(p.relative_to(SERVER)) for p in templates if pattern.search(p.read_text(encoding="utf-8"))] == []


def test_a_handler_of_an_event_that_nobody_declares_stops_the_start(monkeypatch) -> None:
    assert checks.every_handler_has_an_event() == []
    checks.refuse_start()
    monkeypatch.setattr(outbox, "handlers", {"facts.chnaged": {"some.handler": lambda _event: None}})
    (found,) = checks.every_handler_has_an_event()
    assert "some.handler handles facts.chnaged" in found.msg
    with pytest.raises(ImproperlyConfigured, match=r"facts\.chnaged"):
        call_command("work", once=True)


def test_an_event_type_means_one_thing() -> None:
    outbox.event_type("facts.changed", outbox.event_types["facts.changed"])
    with pytest.raises(ValueError, match="declared twice"):
        outbox.event_type("facts.changed", "something else")
