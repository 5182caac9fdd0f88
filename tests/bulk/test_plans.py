"""The shelf of printed plans: found again, and never in the way."""

import datetime as dt
import sqlite3

import pytest

from zhulian import rulebooks
from zhulian.bulk import plans
from zhulian.core.rules import plan

DAY = dt.date(2026, 6, 30)


@pytest.fixture(autouse=True)
def fresh():
    """No plan in memory, no shelf; and none afterwards."""
    plan.keep_on(None)
    plan.statement.cache_clear()
    yield
    plan.keep_on(None)
    plan.statement.cache_clear()


@pytest.fixture
def printed(monkeypatch):
    """How many plans were printed."""
    found, print_statement = [], plan.print_statement

    def counting(query, dialect):
        found.append(dialect)
        return print_statement(query, dialect)

    monkeypatch.setattr(plan, "print_statement", counting)
    return found


def _statement(which="main"):
    rule = rulebooks.library().rule("D101B", "动态核查", DAY)
    return plan.statement(rule, plan.ONE, "sqlite", which)


def _restart():
    plan.statement.cache_clear()


def test_a_plan_is_printed_once_for_all_processes(printed, tmp_path):
    plans.keep_in(tmp_path)
    first = _statement(), _statement("critical")
    _restart()
    assert (_statement(), _statement("critical")) == first
    assert len(printed) == 2


def test_the_rules_of_the_law_are_told_apart(printed, tmp_path):
    plans.keep_in(tmp_path)
    library = rulebooks.library()
    texts = {
        (scope, dialect, purpose): plan.statement(library.rule("D101B", purpose, DAY), scope, dialect).sql
        for scope in (plan.ALL_HOLDERS, plan.ONE)
        for dialect in ("sqlite", "postgres")
        for purpose in ("动态核查", "申报")
    }
    assert len(set(texts.values())) == len(texts) == len(printed)


def test_without_a_home_nothing_is_made(tmp_path):
    plans.keep_in(tmp_path / "none")
    _statement()
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("harm", ["garbage", "other table", "hostile text", "deleted", "a folder"])
def test_a_damaged_shelf_costs_time_only(tmp_path, harm):
    plans.keep_in(tmp_path)
    first = _statement()
    (file,) = (tmp_path / "cache").glob("plans-*.sqlite")
    if harm == "hostile text":
        with sqlite3.connect(file) as connection:
            connection.execute('UPDATE plan SET text = \'{"not": "a plan"\'')
        connection.close()
    else:
        file.unlink()
    if harm == "garbage":
        file.write_bytes(b"no database" * 1000)
    if harm == "other table":
        with sqlite3.connect(file) as connection:
            connection.execute("CREATE TABLE plan (word INTEGER)")
        connection.close()
    if harm == "a folder":
        file.mkdir()
    _restart()
    assert _statement() == first


def test_a_read_only_folder_is_no_error(tmp_path):
    (tmp_path / "cache").write_text("in the way")
    plans.keep_in(tmp_path)
    assert _statement().columns


def test_files_of_other_releases_are_removed(tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "plans-0000.sqlite").write_bytes(b"old")
    plans.keep_in(tmp_path)
    _statement()
    assert [f.name for f in (tmp_path / "cache").glob("plans-*")] == [f"plans-{plans.fingerprint()}.sqlite"]
