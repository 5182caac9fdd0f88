"""The second wall in PostgreSQL: what a forgotten filter shows, what a foreign row lets happen, what a connection keeps."""

from __future__ import annotations

import datetime as dt

import pytest
import typer
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path
from typer.testing import CliRunner

from server.decisions.world import AT, FIRM, MONDAY, PROJECT, Office, office, proposed
from server.foundation.walls import wall
from zhulian.cli import serve
from zhulian.cli.app import app
from zhulian.core.kernel.dates import FOREVER, STILL_KNOWN
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server import urls
from zhulian.server.accounts.models import EnterpriseMembership, Grant, OrganisationUnit, User
from zhulian.server.common import checks, clock, rows
from zhulian.server.common.permissions import Role, public
from zhulian.server.common.rows import checking, policies, services
from zhulian.server.common.rows.services import rows_off, rows_on
from zhulian.server.decisions.models import Proposal, Restriction, Step
from zhulian.server.decisions.models import Service as Served
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Authority, Contract, Enterprise, Finance, Project, Qualification

pytestmark = pytest.mark.engine("postgresql")  # SQLite has no row policies (test_rows.py: it says so)
__all__ = ["office", "proposed", "wall"]

THEIRS = 901


@pytest.fixture
def figures(wall, office) -> Office:  # noqa: ARG001 - the wall first: no policy is made while rows wait for a check
    """The firm's figures, and those of a firm far away that nobody of the office has to do with."""
    Enterprise.objects.create(enterprise=THEIRS, name="西安乙公司", region="610100", recorded_at=AT)
    for enterprise in (FIRM, THEIRS):
        Finance.objects.create(enterprise=enterprise, as_of=dt.date(2024, 12, 31), net_assets=1, recorded_at=AT)
    return office


def seen(user, model=Finance, column="enterprise") -> set:
    """What a query without any filter shows a user."""
    with rows.asked_by(user):
        return set(model.objects.values_list(column, flat=True))


def no_such_row():
    """What PostgreSQL says to who writes a row that would not exist for him."""
    return pytest.raises(ProgrammingError, match="row-level security")


def broken() -> None:
    """A query, then a failure."""
    Finance.objects.count()
    message = "broken"
    raise ValueError(message)


def officer(division: str, role: Role = Role.CITY, **grant) -> User:
    user = User.objects.create_user(f"of{division}{role}", role=role)
    Grant.objects.create(user=user, function="market", division_id=division, action="audit.*", **grant)
    return user


def state() -> tuple[str, str]:
    """Role and user as PostgreSQL has them, asked beside our cursor."""
    with connection.connection.cursor() as cursor:
        row = cursor.execute("SELECT current_setting('role'), current_setting('zhulian.user', true)").fetchone()
    return row[0], row[1] or ""


class TestReading:
    def test_a_forgotten_filter_shows_only_ones_own(self, figures):
        assert seen(figures.firm) == {FIRM}
        assert seen(figures.handler) == {FIRM}
        assert seen(officer("610000", Role.PROVINCE)) == {THEIRS}
        assert seen(officer("370000", Role.PROVINCE)) == {FIRM}

    def test_others_and_nobody_see_nothing(self, figures):
        for user in (figures.rival, figures.stranger, officer("370600"), AnonymousUser(), None):
            assert seen(user) == set()
        assert set(Finance.objects.values_list("enterprise", flat=True)) == {FIRM, THEIRS}

    @pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.PUBLIC}, {"role": Role.ADMINISTRATOR}])
    def test_who_is_nobody_any_more_sees_nothing(self, figures, change):
        for user in (figures.firm, figures.handler):
            User.objects.filter(pk=user.pk).update(**change)
            assert seen(user) == set()

    def test_grants_and_memberships_count_on_their_days(self, figures):
        late = officer("610100", valid_from=MONDAY + dt.timedelta(days=1))
        over = officer("610102", Role.DISTRICT, valid_until=MONDAY)
        Enterprise.objects.filter(enterprise=THEIRS).update(region="610102")
        assert seen(late) == seen(over) == set()
        EnterpriseMembership.objects.filter(user=figures.firm).update(valid_until=MONDAY + dt.timedelta(days=1))
        with clock.frozen(MONDAY + dt.timedelta(days=1)):
            assert seen(late) == {THEIRS}
            assert seen(figures.firm) == set()

    @pytest.mark.usefixtures("figures")
    def test_every_jurisdiction_of_the_app_counts(self):
        granting, building = officer("440000", Role.PROVINCE), officer("350200")
        assert seen(granting) == seen(building) == set()
        Authority.objects.create(text="广东省住房和城乡建设厅", division="440000")
        paper = Qualification.objects.create(
            enterprise=THEIRS, code="D101B", certificate_no="C9", status="有效", recorded_at=AT,
            authority="广东省住房和城乡建设厅",
        )  # fmt: skip
        Project.objects.create(project=PROJECT, project_code="P", name="楼", region="350203", recorded_at=AT)
        Contract.objects.create(contract_no="H1", project=PROJECT, enterprise=THEIRS, recorded_at=AT)
        assert seen(granting) == seen(building) == {THEIRS}
        Qualification.objects.filter(pk=paper.pk).update(status="注销")
        assert seen(granting) == set()

    def test_a_matter_of_ones_division_or_unit_is_seen_wherever_the_firm_is(self, figures, proposed):
        row = proposed("mark")
        Proposal.objects.filter(pk=row.pk).update(enterprise=THEIRS, division="610100")
        figures.move(row, "take", "handler")
        assert seen(figures.handler, Proposal, "pk") == {row.pk}, "of his unit"
        assert seen(officer("370202", Role.DISTRICT), Proposal, "pk") == set()
        elsewhere = officer("610100")
        assert seen(elsewhere, Proposal, "pk") == {row.pk}
        assert seen(elsewhere, Step, "proposal") == {row.pk}, "what hangs on it"
        assert seen(figures.rival, Step, "proposal") == set()
        theirs = OrganisationUnit.objects.create(name="西安市住房和城乡建设局", division_id="610100")
        Proposal.objects.filter(pk=row.pk).update(unit=theirs)
        assert seen(figures.handler, Proposal, "pk") == seen(figures.handler, Step, "proposal") == set()

    def test_what_took_effect_is_public_the_way_to_it_is_not(self, figures, proposed):
        row = proposed("mark")
        figures.to_signature(row)
        decided = Restriction.objects.get(proposal=row)
        assert decided.effective_from is None
        assert seen(figures.rival, Restriction, "pk") == set()
        assert seen(figures.firm, Restriction, "pk") == {decided.pk}
        with clock.frozen(decided.document.signed_on):
            figures.serve(decided.document)
        assert seen(None, Restriction, "pk") == {decided.pk}
        assert seen(None, Proposal) == seen(None, Served, "pk") == set()

    def test_a_declared_hole_is_as_long_as_its_context(self, figures):
        with rows.asked_by(figures.rival):
            with rows.unrestricted("the test compares"):
                assert Finance.objects.count() == 2
            assert Finance.objects.count() == 0


class TestWriting:
    def test_foreign_rows_are_not_there_to_be_changed(self, figures):
        with rows.asked_by(figures.firm):
            assert Finance.objects.update(net_assets=7) == 1
            assert Finance.objects.filter(enterprise=THEIRS).delete()[0] == 0
        assert dict(Finance.objects.values_list("enterprise", "net_assets")) == {FIRM: 7, THEIRS: 1}

    def test_nothing_is_written_into_a_foreign_enterprise(self, figures):
        with rows.asked_by(figures.firm):
            with no_such_row(), transaction.atomic():
                Finance.objects.create(enterprise=THEIRS, as_of=MONDAY, recorded_at=AT)
            with no_such_row(), transaction.atomic():
                Finance.objects.filter(enterprise=FIRM).update(enterprise=THEIRS)
            Finance.objects.create(enterprise=FIRM, as_of=MONDAY, recorded_at=AT)
        assert Finance.objects.filter(enterprise=FIRM).count() == 2

    def test_many_at_once_and_what_goes_round_django(self, figures):
        sql = "INSERT INTO finance (fact_from, fact_until, recorded_at, superseded_at, enterprise, as_of) VALUES (%s, %s, 1, %s, %s, %s)"
        with rows.asked_by(figures.firm):
            with connection.cursor() as cursor:
                cursor.executemany(sql, [(MONDAY, FOREVER, STILL_KNOWN, FIRM, MONDAY)])
            with no_such_row(), transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(sql, [(MONDAY, FOREVER, STILL_KNOWN, THEIRS, MONDAY)])
            raw = connection.connection.cursor()
            assert raw.execute("SELECT count(*) FROM finance").fetchone() == (2,)
            assert raw.execute(b"SELECT DISTINCT enterprise FROM finance").fetchall() == [(FIRM,)]
            assert {row.enterprise for row in Finance.objects.all().iterator()} == {FIRM}


class TestConnection:
    def test_a_rollback_does_not_take_the_user_away(self, figures):
        with rows.asked_by(figures.firm):
            with pytest.raises(IntegrityError), transaction.atomic():
                connection.cursor().execute("INSERT INTO finance (enterprise) VALUES (%s)", [FIRM])
            assert state() == ("zhulian_rows", str(figures.firm.pk))
            assert Finance.objects.count() == 1
            with pytest.raises(ValueError, match="broken"), transaction.atomic(), rows.unrestricted("fails inside"):
                broken()
            assert Finance.objects.count() == 1
        assert state() == ("none", "")

    def test_an_exception_leaves_nobody_behind(self, figures):
        with pytest.raises(ValueError, match="broken"), rows.asked_by(figures.firm):
            broken()
        assert state() == ("none", "")
        assert Finance.objects.count() == 2

    def test_a_connection_that_lives_on_never_has_the_user_of_before(self, figures):
        """Outside of any transaction, as requests read: what is said ends with the statement, whatever comes of it."""
        lasting = connection.copy()
        try:
            with rows.asked_by(figures.firm):
                for sql in ("SELECT current_setting('role')", "SELECT current_setting('zhulian.user')"):
                    with lasting.cursor() as cursor:
                        cursor.execute(sql)
                        assert cursor.fetchone()[0] in {"zhulian_rows", str(figures.firm.pk)}
                with pytest.raises(ProgrammingError), lasting.cursor() as cursor:
                    cursor.execute("SELECT * FROM no_such_table")
            beside = lasting.connection.cursor()
            asked = "SELECT current_setting('role'), coalesce(current_setting('zhulian.user', true), ''), current_user"
            assert beside.execute(asked).fetchone() == ("none", "", lasting.settings_dict["USER"])
            with rows.asked_by(None):
                role, user, _ = lasting.connection.cursor().execute(asked).fetchone()
            assert (role, user) == ("zhulian_rows", "")
        finally:
            lasting.close()


@public
def forgets(request):  # noqa: ARG001 - Django's signature
    """A view whose writer forgot whose rows these are."""
    return HttpResponse(",".join(str(row.enterprise) for row in Finance.objects.order_by("enterprise")))


@public
def streams(request):  # noqa: ARG001 - Django's signature
    """The same, made while it is sent."""
    return StreamingHttpResponse(f"{row.enterprise}," for row in Finance.objects.order_by("enterprise"))


@public
def fails(request):  # noqa: ARG001 - Django's signature
    """A view that breaks down after its query."""
    broken()


class Addresses:
    """The site's addresses and three bad ones."""

    handler404, handler500 = urls.handler404, urls.handler500
    urlpatterns = (*urls.urlpatterns, path("forgets", forgets), path("streams", streams), path("fails", fails))


class TestRequests:
    @pytest.fixture
    def ask(self, figures, settings):
        settings.ROOT_URLCONF = Addresses

        def ask(who: str | None, address: str) -> str:
            client = Client(raise_request_exception=False)
            if who:
                client.force_login(figures.people[who], backend=settings.AUTHENTICATION_BACKENDS[0])
            answer = client.get(address)
            return b"".join(answer).decode()

        return ask

    def test_one_after_the_other_over_one_connection(self, ask):
        assert ask("firm", "/forgets") == str(FIRM)
        assert ask("rival", "/forgets") == ""
        assert ask(None, "/forgets") == ""
        assert ask("handler", "/forgets") == str(FIRM)
        assert state() == ("none", "")

    def test_after_a_failure_the_next_is_himself(self, ask):
        assert "broken" not in ask("firm", "/fails")
        assert ask("rival", "/forgets") == ""
        assert state() == ("none", "")

    def test_what_streams_is_still_asked_by_its_reader(self, ask):
        assert ask("firm", "/streams") == f"{FIRM},"
        assert ask("rival", "/streams") == ""
        assert state() == ("none", "")


@pytest.mark.usefixtures("wall")
class TestCommand:
    def test_on_is_repeatable_and_off_takes_everything_away(self):
        tables = len(checking.standing())
        assert checking.problems() == []
        assert rows_on(actor="system:test") == tables
        assert checking.problems() == []
        assert rows_off(actor="system:test") == tables
        assert checking.standing() == {}
        assert len(checking.problems()) > tables
        assert rows_off(actor="system:test") == 0
        assert rows_on(actor="system:test") == tables
        assert checking.problems() == []
        assert Leaf.objects.filter(action__in=["common.rows.on", "common.rows.off"]).count() >= 4

    def test_the_command_says_what_is_missing(self):
        assert CliRunner().invoke(app, ["rows", "check"]).exit_code == 0
        assert f"{len(checking.standing())} 张表" in CliRunner().invoke(app, ["rows", "off"]).output
        done = CliRunner().invoke(app, ["rows", "check"])
        assert done.exit_code == 1
        assert "表 finance 的策略没有生效" in done.output
        assert "zhulian rows on" in done.output
        assert "26 张表" in CliRunner().invoke(app, ["rows", "on"]).output

    @pytest.mark.parametrize(
        ("sql", "says"),
        [
            ("ALTER TABLE finance DISABLE ROW LEVEL SECURITY", "表 finance 的策略没有生效"),
            ("DROP POLICY zhulian_rows ON finance", "表 finance 的策略没有生效"),
            ("COMMENT ON POLICY zhulian_rows ON finance IS 'older'", "不是现在的版本"),
            ("COMMENT ON FUNCTION zhulian_tops() IS 'older'", "函数 zhulian_tops"),
            ("REVOKE DELETE ON finance FROM zhulian_rows", "没有表 finance 的权限"),
            ("CREATE POLICY zhulian_rows ON common_job USING (true)", "表 common_job 的策略已经不需要"),
            ("ALTER ROLE zhulian_rows BYPASSRLS", "不受行级策略约束"),
            ("ALTER TABLE finance OWNER TO zhulian_rows", "拥有表"),
        ],
    )
    def test_every_gap_is_found_and_closes_the_server(self, sql, says, capfd):
        checks.refuse_start()
        serve._check_rows()
        connection.cursor().execute(sql)
        assert any(says in line for line in checking.problems())
        with pytest.raises(ImproperlyConfigured, match=says):
            checks.refuse_start()
        with pytest.raises(typer.Exit):
            serve._check_rows()
        assert says in "".join(capfd.readouterr().err.split("\n"))

    def test_a_login_without_the_rights_is_told_what_to_ask_for(self, settings):
        connection.cursor().execute("CREATE ROLE zhulian_visitor; SET LOCAL SESSION AUTHORIZATION zhulian_visitor")
        with pytest.raises(ZhulianError, match="不是表的所有者"):
            rows_off(actor="system:test")
        settings.ROW_ROLE = "zhulian_other"
        with pytest.raises(ZhulianError, match="CREATE ROLE zhulian_other NOLOGIN"):
            rows_on(actor="system:test")

    def test_the_role_owns_nothing_and_may_not_change_tables(self, figures):
        with rows.asked_by(figures.handler), pytest.raises(ProgrammingError), transaction.atomic():
            connection.cursor().execute("ALTER TABLE finance DISABLE ROW LEVEL SECURITY")

    def test_policies_ask_the_jurisdictions_of_the_app(self):
        text = policies.condition(next(g for g in policies.GUARDS if g.model == "registry.Finance"))
        assert text.count("EXISTS") == 3
        assert "4242" not in text
        assert str(clock.today()) not in text


@pytest.mark.django_db
def test_a_table_in_use_is_waited_for_and_then_nothing_changes(monkeypatch):
    monkeypatch.setattr(services, "_WAIT", "SET LOCAL lock_timeout = '50ms'")
    reader = connection.copy()
    try:
        reader.set_autocommit(False)
        reader.cursor().execute("SELECT count(*) FROM finance")
        with pytest.raises(ZhulianError, match="被长时间占用"):
            rows_on(actor="system:test")
        reader.rollback()
        assert rows_on(actor="system:test") == len(checking.standing())
    finally:
        reader.close()


@pytest.mark.usefixtures("figures")
def test_a_table_without_guard_is_as_before():
    with rows.asked_by(None):
        assert Enterprise.objects.filter(enterprise__in=[FIRM, THEIRS]).count() == 2
