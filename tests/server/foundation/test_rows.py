"""The second wall on any engine: which tables it guards is decided for every model, and SQLite says it has none."""

from __future__ import annotations

import pytest
import typer
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from typer.testing import CliRunner

from zhulian.cli import serve
from zhulian.cli.app import app
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import checks, rows
from zhulian.server.common.rows.guards import GUARDS, OPEN
from zhulian.server.common.rows.services import rows_off, rows_on

GUARDED = {guard.table: guard for guard in GUARDS}


def label(model) -> str:
    return f"{model.__module__.split('.')[2]}.{model.__name__}"


def belongs(model) -> bool:
    """Whether its rows name an enterprise or hang on a row that is guarded."""
    fields = model._meta.concrete_fields
    return any(f.name == "enterprise" or f.related_model in GUARDED for f in fields)


def test_every_model_of_an_enterprise_is_guarded_or_open_for_a_reason():
    ours = [model for model in apps.get_models() if model.__module__.startswith("zhulian.")]
    found = {label(model) for model in ours if belongs(model)}
    assert found - {guard.model for guard in GUARDS} == set(OPEN)
    assert {guard.model for guard in GUARDS} <= found
    assert all(OPEN.values())


def test_a_forgotten_model_would_be_found():
    finance = apps.get_model("registry.Finance")
    assert belongs(finance)
    assert belongs(apps.get_model("decisions.Defence"))
    assert not belongs(apps.get_model("accounts.Division"))


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.model)
def test_what_a_guard_names_is_there(guard):
    names = {field.name for field in guard.table._meta.concrete_fields}
    first = {path.split("__")[0] for path in guard.through}
    assert {*guard.divisions, *guard.units, *first} <= names
    assert guard.enterprise or guard.through, "nobody would see a row"
    assert bool(guard.enterprise) == ("enterprise" in names)


def test_a_hole_needs_a_reason():
    with pytest.raises(ValueError, match="say why"), rows.unrestricted(""):
        pass


def test_without_a_request_nothing_is_said():
    assert rows.prologue() == ""
    with rows.unrestricted("nobody asks"):
        assert rows.prologue() == ""


@pytest.mark.engine("sqlite")
@pytest.mark.django_db
def test_sqlite_says_that_there_is_no_second_wall(settings):
    for service in (rows_on, rows_off):
        with pytest.raises(ZhulianError, match="SQLite 没有行级策略"):
            service(actor="system:test")
    for command, code in (("on", 2), ("off", 2), ("check", 1)):
        done = CliRunner().invoke(app, ["rows", command])
        assert done.exit_code == code
        assert "没有行级策略" in done.output.replace("：", "")
    settings.ROW_POLICIES = True
    with pytest.raises(ImproperlyConfigured, match="SQLite"):
        checks.refuse_start()
    with pytest.raises(typer.Exit):
        serve._check_rows()
