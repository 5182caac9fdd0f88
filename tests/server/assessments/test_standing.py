"""尚无规则 stands apart from 数据不足: the first is nobody's to cure, the second waits for the enterprise's data."""

from __future__ import annotations

import datetime as dt

import pytest

from server.assessments.world import AT, NOW, hold
from zhulian.core.kernel.dates import STILL_KNOWN
from zhulian.server.accounts.models import User
from zhulian.server.assessments import selectors
from zhulian.server.assessments.models import Assessment
from zhulian.server.portal import desk

TODAY: dt.date = NOW.date()


@pytest.fixture
def unruled(register, verdicts, as_role, no_foundations):  # noqa: ARG001 - recorded verdicts, signed-in users
    """A code without a rulebook beside the recorded verdicts, and one whose data are missing."""
    hold(register.short, "D201C", register.source)
    model = Assessment.objects.first()
    told = {"run": model.run, "purpose": model.purpose, "as_of": TODAY, "reason": model.reason, "flagged": False}
    told |= {"verdict": "unknown", "recorded_at": AT, "superseded_at": STILL_KNOWN, "digest": "x"}
    Assessment.objects.create(**told, enterprise=register.short, code="D201C")
    Assessment.objects.create(**told, enterprise=register.met, code="D101A", rule_version=model.rule_version or "2015")
    return register


def test_totals_and_filters_keep_them_apart(as_role, unruled):  # noqa: ARG001 - recorded verdicts
    as_role("province")
    user = User.objects.get(username="province")

    def codes(**filters: str) -> list[str]:
        return [row.code for row in selectors.listed(user, selectors.Filters(**filters), today=TODAY)]

    found = selectors.totals(selectors.listed(user, selectors.Filters(), today=TODAY))
    assert (found["unknown"], found[selectors.UNRULED]) == (1, 1)
    assert found["pairs"] == sum(found[standing] for standing, _ in selectors.STANDINGS)
    assert codes(verdict="unknown") == ["D101A"]
    assert codes(verdict=selectors.UNRULED) == ["D201C"]
    assert codes()[-1] == "D201C", "what nobody can cure comes last"


def test_the_pages_say_which_is_which(as_role, unruled):
    client = as_role("province")
    said = client.get("/assessments/").content.decode()
    assert "标准还没有收入规则库" in said
    panorama = client.get(f"/assessments/enterprise/{unruled.short}").content.decode()
    assert "尚无规则的资质 1 项" in panorama
    figures = {
        f.label: f.count
        for s in desk.of(User.objects.get(username="province"), today=TODAY).sections
        for f in s.figures
    }
    assert (figures["数据不足"], figures["尚无规则"]) == (1, 1)
