"""The head of the panorama says what stands against an enterprise, with the page behind each word."""

from __future__ import annotations

import re

import pytest

from server.decisions.test_pages import signed_in, text
from server.decisions.world import DIVISION, FIRM, MONDAY, Office, proposed
from server.linkage.test_loop import event, tell
from zhulian.server.assessments.badges import badges
from zhulian.server.campaigns.models import Rectification
from zhulian.server.common import clock
from zhulian.server.linkage import judging

__all__ = ["proposed", "signed_in"]
HERE = f"/assessments/enterprise/{FIRM}"


def test_each_is_counted_and_leads_to_its_page(office: Office, proposed, signed_in) -> None:
    mark = office.to_effect(proposed("mark"))
    ban = office.to_effect(proposed("suspend"), days=30)
    with clock.frozen(max(mark.effective_from, ban.effective_from)):
        work = Rectification.objects.create(
            restriction=mark,
            event=mark.proposal.event,
            enterprise=FIRM,
            division=DIVISION,
            unit=office.unit,
            opened_at=clock.now(),
        )
        for who in ("handler", "firm"):
            links = re.findall(r'<a class="zl-tag" href="([^"]+)">(\S+) 1', text(signed_in(who), HERE))
            assert links == [
                (f"/decisions/enterprise/{FIRM}", "资质异常标注"),
                (f"/decisions/enterprise/{FIRM}", "限制措施"),
                (f"/campaigns/rectification/{work.pk}", "限期整改"),
            ]
            assert all(signed_in(who).get(url).status_code == 200 for url, _label in links)
        hidden = [badge.label for badge in badges(FIRM, office.stranger, today=clock.today())]
        assert hidden == ["资质异常标注", "限制措施"], "whoever may not open a rectification is not told of it"


def test_a_flag_says_that_it_has_no_effect_and_goes_with_its_cause(
    office: Office, signed_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "facts_of", lambda _about, names: dict.fromkeys(names, True))
    assert badges(FIRM, office.handler, today=MONDAY) == []
    tell(event("qualification.fell_short", code="D101B", shortfall="注册建造师差 2 人"))
    with clock.frozen(MONDAY):
        assert f'<a class="zl-tag" href="{HERE}?tab=timeline">日常标识 1（没有法律效力）</a>' in text(
            signed_in("firm"), HERE
        )
    tell(event("qualification.recovered", code="D101B"))
    assert badges(FIRM, office.handler, today=MONDAY) == []
