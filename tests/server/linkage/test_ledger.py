"""The ledger: the causal graph, totals by direction with the very list behind each number, why and why not, exports."""

from __future__ import annotations

import csv
import html
import io
import uuid

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from server.decisions.world import AT, DIVISION, FIRM, MONDAY, PROJECT
from zhulian.server.common import clock, dispatch, outbox
from zhulian.server.decisions.models import Proposal
from zhulian.server.linkage import counting, graph, narrowing
from zhulian.server.linkage.models import Judged, Obligation
from zhulian.server.linkage.narrowing import Filters
from zhulian.server.notary.models import Leaf
from zhulian.server.registry.models import Authority, Project, SafetyPermit

pytestmark = pytest.mark.usefixtures("history")
HAZARD = {"enterprise": FIRM, "project": PROJECT, "hazard_no": "H1", "level": "重大"}
RIGGED = {"enterprise": FIRM, "record_no": "R1", "effective_on": "2025-05-30"}


def tell(name: str, **data) -> uuid.UUID:
    id_ = uuid.uuid4()
    with transaction.atomic():
        outbox.append([outbox.Event(name, f"enterprise:{FIRM}", {"enterprise": FIRM} | data, id=id_)])
    while dispatch.events_dispatch():
        pass
    return id_


@pytest.fixture
def history(office):
    """A major hazard not closed in time, work stopped, the hazard closed and the stop ended; bids rigged."""
    Authority.objects.create(text="青岛市住房和城乡建设局", division=DIVISION)
    SafetyPermit.objects.update(authority="青岛市住房和城乡建设局")
    Project.objects.create(project=PROJECT, name="一号楼", region="370202", status="在建", recorded_at=AT)
    tell("site.hazard.found", **HAZARD)
    tell("site.hazard.found", **HAZARD | {"hazard_no": "H2", "level": "一般"})
    tell("site.hazard.overdue", **HAZARD)
    office.to_effect(Proposal.objects.get(effect="stop"))
    tell("site.hazard.closed", **HAZARD)
    tell("market.bid.rigged", **RIGGED)


def client(office, who: str) -> Client:
    out = Client()
    out.force_login(office.people[who], backend=settings.AUTHENTICATION_BACKENDS[0])
    return out


def read(answer) -> str:
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def numbers(user, **asked) -> dict[str, dict[str, int]]:
    rows = counting.totals(user, Filters(**asked), today=clock.today())
    return {row.domain: {cell.measure.name: cell.count for cell in row.cells} for row in rows}


def test_totals_by_direction(office):
    found = numbers(office.handler)
    site, market = found["site"], found["market"]
    assert (site["events"], site["fired"]) == (3, 2)
    assert (market["events"], market["fired"], market["proposals"], market["shares"]) == (1, 1, 2, 1)
    assert (site["obligations"], site["proposals"], site["decisions"]) == (1, 2, 1)
    assert (site["restrictions"], site["endings"]) == (1, 1)
    assert (site["due"], site["in_time"], site["overdue"]) == (2, 2, 0)
    assert found[""]["proposals"] == sum(found[d]["proposals"] for d in found if d)
    with clock.frozen(MONDAY.replace(month=9)):
        late = numbers(office.handler)
    assert (late["market"]["due"], late["market"]["in_time"], late["market"]["overdue"]) == (2, 0, 2)


def test_every_number_opens_the_list_that_it_counts(office):
    handler = client(office, "handler")
    for asked in ({"since": MONDAY}, {"until": MONDAY.replace(year=2024)}):
        for row in counting.totals(office.handler, Filters(**asked), today=clock.today()):
            for cell in row.cells if row.domain != "market" else ():
                narrow = Filters(**asked | ({"domain": row.domain} if row.domain else {}))
                listed = counting.listed(office.handler, cell.measure, narrow, today=clock.today())
                assert len(listed) == len(listed[:1000]) == cell.count, cell
    for row in counting.totals(office.handler, Filters(), today=clock.today()):
        cell = next(c for c in row.cells if c.measure.name == "due")
        assert f"共 {cell.count} 项" in read(handler.get(cell.url))
    assert handler.get("/linkage/ledger/items/none").status_code == 404


def test_the_number_of_queries_does_not_grow(office):
    def asked(run) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            run()
        return len(seen)

    def runs() -> list[int]:
        user, today = office.handler, clock.today()
        rows = list(narrowing.judged(user, Filters(), today=today))
        return [
            asked(lambda: counting.totals(user, Filters(), today=today)),
            asked(lambda: graph.forest(rows, user, today=today)),
        ]

    before = runs()
    for number in range(3):
        tell("market.bid.rigged", **RIGGED | {"record_no": f"R{number + 2}"})
        tell("site.hazard.found", **HAZARD | {"hazard_no": f"H{number + 3}"})
    assert runs() == before
    assert before[0] == len(counting.SOURCES)
    assert before[1] <= 20


def test_the_graph_goes_from_the_event_to_the_end(office):
    said = read(client(office, "handler").get(f"/linkage/ledger/enterprise/{FIRM}?domain=site"))
    order = [
        "隐患逾期未整改",
        "重大事故隐患逾期未消除的，拟责令停止施工",
        "责令停止施工",
        "责令停止施工通知书",
        "直接送达",
        "不得办理施工许可",
        "隐患整改销号",
    ]
    at = -1
    for words in order:
        at = said.find(words, at + 1)
        assert at > 0, words
    assert "handler" in said, "who handled it"
    assert "signer" in said, "who signed it"
    assert "串通投标" not in said
    nodes = [
        node.kind
        for chain in graph.forest(list(Judged.objects.all()), office.handler, today=clock.today())
        for node in chain.nodes()
    ]
    assert {"event", "proposal", "decision", "service", "restriction", "end", "obligation", "share"} <= set(nodes)


def test_what_followed_from_an_obligation_hangs_under_it(office):
    from zhulian.server.linkage import services

    tell("site.hazard.found", **HAZARD | {"hazard_no": "H9"})
    row = Obligation.objects.get(state="open")
    with clock.frozen(row.due_on.replace(year=2026)):
        services.obligations_tell_overdue(today=clock.today(), limit=10)
        while dispatch.events_dispatch():
            pass
        roots = graph.forest(list(Judged.objects.all()), office.handler, today=clock.today())
    assert "obligation.overdue" not in {chain.type for chain in roots}
    made = [p for chain in roots for b in chain.branches for p in b.paths if p.kind == "obligation" and p.pk == row.pk]
    assert [chain.type for chain in made[0].followed] == ["obligation.overdue"]
    assert made[0].overdue


def test_filters_open_ended_overdue(office):
    def rules(state: str) -> set[str]:
        rows = narrowing.judged(office.handler, Filters(state=state), today=clock.today())
        return set(rows.values_list("rule", flat=True))

    assert rules("ended") == {"major-hazard"}
    assert rules("open") == {"major-hazard-overdue", "bid-rigging"}
    assert rules("overdue") == set()
    with clock.frozen(MONDAY.replace(month=9)):
        assert rules("overdue") == {"major-hazard-overdue", "bid-rigging"}
    asked = narrowing.filters_from(
        {"domain": "x", "since": "x", "division": "3702x2", "enterprise": "-1", "event": "x"}
    )
    assert asked == Filters()
    inside, outside = (
        narrowing.judged(office.handler, Filters(division=code), today=clock.today()) for code in ("370202", "370203")
    )
    assert inside.count() == 3
    assert outside.count() == 0


def test_why_and_why_not_with_the_other_rules_asked(office):
    handler = client(office, "handler")
    silent = Judged.objects.get(rule="major-hazard", effects=[])
    said = read(handler.get(f"/linkage/ledger/why/{silent.pk}"))
    assert "为什么没有触发" in said
    assert "隐患等级：一般" in said
    assert "结果相同" in said
    said = read(handler.get(f"/linkage/ledger/why/{Judged.objects.get(rule='bid-rigging').pk}"))
    assert "为什么触发" in said
    Judged.objects.filter(pk=silent.pk).update(hash="0" * 64)
    assert "不能重新判断" in read(handler.get(f"/linkage/ledger/why/{silent.pk}"))


def test_exports_say_what_pages_say_and_leave_a_leaf(office):
    handler = client(office, "handler")
    body = handler.get("/linkage/ledger/export/totals.csv").content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(body)))
    assert lines[0][0] == "方向"
    assert lines[-1][lines[0].index("待办")] == "1"
    body = handler.get("/linkage/ledger/export/restrictions.csv?domain=site").content.decode("utf-8-sig")
    assert "责令停止施工" in body
    assert Leaf.objects.filter(action="assessments.export", subject="linkage").count() == 2
    assert handler.get("/linkage/ledger/export/none.csv").status_code == 404


@pytest.mark.parametrize("who", ["stranger", "firm"])
def test_nobody_else_sees_it(office, who):
    other = client(office, who)
    pk = Judged.objects.earliest("pk").pk
    for address in (f"/linkage/ledger/enterprise/{FIRM}", f"/linkage/ledger/why/{pk}"):
        assert other.get(address).status_code == (403 if who == "firm" else 404)
    if who == "stranger":
        assert not narrowing.judged(office.stranger, Filters(fired="all"), today=clock.today())
        assert numbers(office.stranger)[""]["events"] == 0
