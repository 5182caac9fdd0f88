"""The rules of linkage in words: every rule of the book, with its conditions, owners, clocks and clauses."""

from __future__ import annotations

import datetime as dt
import html

import pytest
from django.test import Client

from zhulian import rulebooks
from zhulian.core.linkage import CopyEffect, FlagEffect, ObligationEffect, ProposalEffect
from zhulian.core.linkage.acts import POWERS, Seat
from zhulian.server.portal import linkage_rules

pytestmark = pytest.mark.django_db
TODAY = dt.date(2025, 6, 2)


def page(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_every_power_and_seat_has_its_words():
    assert set(linkage_rules.POWERS) == set(POWERS)
    assert set(linkage_rules.SEATS) == set(Seat)


def test_the_list_has_every_rule_once_under_where_it_starts():
    book = rulebooks.linkage_book().rules
    groups = linkage_rules.listed(today=TODAY)
    assert sorted(one.rule.id for group in groups for one in group.rules) == sorted(book)
    assert all(one.shown.version.when.domain is group.domain for group in groups for one in group.rules)
    said = page("/rules/linkage")
    assert all(f'href="/rules/linkage/{name}"' in said for name in book)
    only = page("/rules/linkage?domain=market")
    assert "/rules/linkage/bid-rigging" in only
    assert "/rules/linkage/major-hazard" not in only
    assert "没有符合的规则" in page("/rules/linkage?document=月球")
    assert "/rules/linkage" in page("/rules")


@pytest.mark.parametrize("name", sorted(rulebooks.linkage_book().rules))
def test_a_rule_says_all_that_its_text_says(name):
    shown = linkage_rules.rule(name, today=TODAY)
    assert shown is not None
    assert shown.shown.in_force
    version = shown.shown.version
    assert len(shown.shown.conditions) == len(version.conditions) + len(version.exempts)
    for effect, worded in zip(version.effects, shown.shown.effects, strict=True):
        assert worded.citation == effect.citation
        if isinstance(effect, (ProposalEffect, ObligationEffect, CopyEffect)) and effect.within:
            assert worded.within == str(effect.within.clock)
            assert worded.by_office == effect.within.by_office
        if isinstance(effect, FlagEffect):
            assert any("没有法律效力" in line for line in worded.details)
        if isinstance(effect, ProposalEffect) and effect.refuses:
            assert all(any(r.label in line for line in worded.details) for r in effect.refuses)


def test_the_page_of_a_rule_has_conditions_owner_clock_clause_and_version():
    said = page("/rules/linkage/major-hazard-overdue")
    for words in (
        "隐患逾期未整改",
        "隐患等级为重大",
        "责令停止施工",
        "项目所在地的主管部门",
        "1 个工作日",
        "由机关设定，法规未规定",
        "可以先行生效：国务院令第393号第四十三条",
        "隐患整改销号",
        "自 2004-02-01 起",
        "现行",
    ):
        assert words in said, words
    assert "满足其中之一" in page("/rules/linkage/accident-bar")
    assert "没有另外的条件" in page("/rules/linkage/bid-rigging")
    assert Client().get("/rules/linkage/none").status_code == 404
