"""The timeline of an enterprise: by day, the same rows for both sides, and nothing that offices have not told yet."""

from __future__ import annotations

import datetime as dt

import pytest

from server.decisions.test_pages import signed_in, text
from server.decisions.world import AT, DIVISION, FIRM, MONDAY, PROJECT, Office
from server.linkage.test_loop import HAZARD, event, tell
from zhulian.server.common import clock
from zhulian.server.decisions.models import Proposal
from zhulian.server.linkage import judging, timeline
from zhulian.server.linkage.models import Obligation
from zhulian.server.registry.models import Authority, Project, Qualification

__all__ = ["signed_in"]
HERE = f"/assessments/enterprise/{FIRM}?tab=timeline"


@pytest.fixture(autouse=True)
def _loop(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order to rectify after falling short, and a major hazard that an officer has to look after."""
    del office
    monkeypatch.setattr(judging, "facts_of", lambda _about, names: dict.fromkeys(names, True))
    Authority.objects.create(text="青岛市住房和城乡建设局", division=DIVISION)
    Qualification.objects.update(authority="青岛市住房和城乡建设局")
    Project.objects.create(project=PROJECT, name="一号楼", region="370202", status="在建", recorded_at=AT)
    tell(event("qualification.fell_short", code="D101B", shortfall="注册建造师差 2 人"))
    tell(event("site.hazard.found", **HAZARD))


def kinds(*, own: bool, today: dt.date = MONDAY, kind: str = "", domain: str = "", viewer: object = None) -> list[str]:
    found = timeline.timeline(FIRM, viewer, own=own, kind=kind, domain=domain, today=today)
    return [entry.node.kind for _year, entries in found.years for entry in entries]


def test_before_its_notice_a_proposal_is_the_offices_own(office: Office) -> None:
    assert {"event", "flag", "share", "proposal", "obligation"} <= set(kinds(own=False, viewer=office.handler))
    assert set(kinds(own=True, viewer=office.firm)) == {"event", "flag", "share"}
    assert kinds(own=True, viewer=office.firm).count("event") == 1, "the hazard made work for an officer only"
    row = Proposal.objects.get(effect="rectify")
    letter = office.to_notice(row)
    told = kinds(own=True, viewer=office.firm)
    assert {"notice", "service"} <= set(told)
    assert "proposal" not in told
    found = timeline.timeline(FIRM, office.firm, own=True, kind="notice", domain="", today=MONDAY)
    ((year, (entry,)),) = found.years
    assert (year, entry.node.url) == (2025, f"/decisions/document/{letter.pk}")
    assert entry.node.who == "", "who drafted is not told"


def test_it_is_narrowed_by_kind_and_direction(office: Office) -> None:
    assert set(kinds(own=False, viewer=office.handler, kind="flag")) == {"flag"}
    site = kinds(own=False, viewer=office.handler, domain="site")
    assert "obligation" in site
    assert "flag" not in site
    assert kinds(own=False, viewer=office.handler, kind="restriction") == []


def test_what_stands_says_why_and_what_ends_it(office: Office) -> None:
    flag, share = timeline.standing(FIRM, today=MONDAY)
    assert (flag.kind, flag.code, flag.since) == ("日常标识", "D101B", MONDAY)
    assert "注册建造师差 2 人" in flag.why
    assert "恢复达标" in flag.ends
    assert share.kind == "抽查比例"
    tell(event("qualification.recovered", code="D101B"))
    assert timeline.standing(FIRM, today=MONDAY) == []
    assert kinds(own=True, viewer=office.firm).count("end") == 2, "the flag's and the share's"


def test_the_last_day_of_a_term_is_not_told_before_it_comes(office: Office) -> None:
    tell(event("market.bid.rigged", record_no="R9", effective_on="2025-05-30"))
    assert "end" not in kinds(own=False, viewer=office.handler)
    later = MONDAY + dt.timedelta(days=400)
    assert "end" in kinds(own=False, viewer=office.handler, today=later)


def test_both_sides_open_it_on_the_panorama_and_strangers_do_not(office: Office, signed_in) -> None:
    del office
    with clock.frozen(MONDAY):
        officer, firm = text(signed_in("handler"), HERE), text(signed_in("firm"), HERE)
        work = Obligation.objects.get().what
        assert work in officer
        assert work not in firm
        for page in (officer, firm):
            assert "资质条件不足" in page
            assert "注册建造师差 2 人" in page
        assert "没有符合条件的记录" in text(signed_in("firm"), f"{HERE}&kind=restriction")
        assert signed_in("rival").get(HERE).status_code == 403


def test_it_asks_a_fixed_number_of_questions(office: Office, django_assert_num_queries) -> None:
    def ask() -> None:
        timeline.timeline(FIRM, office.handler, own=False, kind="", domain="", today=MONDAY)

    with django_assert_num_queries(15) as asked:
        ask()
    for number in range(5):
        tell(event("site.hazard.found", **{**HAZARD, "hazard_no": f"N{number}"}))
    with django_assert_num_queries(len(asked)):
        ask()
