"""State words and colours, numbers and masks: what a reader takes at a glance."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from zhulian.core.kernel.verdicts import LABELS
from zhulian.core.tables import table
from zhulian.server.exchange.models import Delivery, DeliveryFile, Quarantined
from zhulian.server.portal import masking, states
from zhulian.server.portal.templatetags import zl


@pytest.mark.parametrize(("verdict", "word"), LABELS.items())
def test_verdicts_have_the_words_of_the_kernel(verdict, word):
    assert str(states.verdict_state(verdict).word) == word


@pytest.mark.parametrize("value", ["", None, "Met", "nonsense"])
def test_what_is_no_verdict_is_never_shown_as_met(value):
    assert states.verdict_state(value) == states.UNKNOWN


@pytest.mark.parametrize(
    ("remaining", "colour"), [(12, "met"), (4, "met"), (3, "pending"), (0, "pending"), (-1, "short"), (None, "unknown")]
)
def test_lamps_go_by_remaining_working_days(remaining, colour):
    assert states.lamp_state(remaining).colour == colour


def test_a_lamp_that_is_done_is_done_whatever_the_days():
    assert states.lamp_state(-9, done=True).word == "已完成"


@pytest.mark.parametrize(
    ("days", "colour"), [(91, "met"), (90, "pending"), (0, "pending"), (-1, "short"), ("", "unknown")]
)
def test_expiry(days, colour):
    assert zl.expiry_state(days).colour == colour


WORDS = [
    *table("qualification").column("status").options,
    *table("safety_permit").column("status").options,
    *(label for choices in (Delivery.State, DeliveryFile.State, Quarantined.State) for label in choices.labels),
]


@pytest.mark.parametrize("word", WORDS)
def test_every_status_of_the_contract_has_its_state(word):
    assert word in states.STATUSES


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (2345, "2,345"), (12034, "1.2 万"), (None, "—"), ("x", "—")])
def test_numbers_for_reading(value, text):
    assert zl.number(value) == text


def test_a_second_click_on_a_heading_reverses_and_goes_to_the_first_page():
    request = RequestFactory().get("/", {"sort": "name", "page": "3", "q": "建设"})
    link = zl.sort_link({"request": request}, "name")
    assert link == {"url": "?sort=-name&q=%E5%BB%BA%E8%AE%BE", "direction": "ascending"}


@pytest.mark.parametrize(
    ("owner", "name", "shown"),
    [
        ("张小明", "张小明住宅楼", "张**住宅楼"),
        ("欧阳小明", "欧阳小明厂房", "欧***厂房"),
        ("青岛某某置业有限公司", "某某花园", "某某花园"),
        ("教育局", "教育局综合楼", "教育局综合楼"),
        ("实验小学", "实验小学教学楼", "实验小学教学楼"),
        ("", "某某花园", "某某花园"),
    ],
)
def test_a_private_owner_is_masked_in_the_project_name(owner, name, shown):
    assert masking.project_name(name, owner) == shown
