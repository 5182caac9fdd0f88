"""What loads, what is refused, and which version binds."""

from __future__ import annotations

import datetime as dt

import pytest

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.rules import Library, Missing
from zhulian.core.rules.model import OfficerClause, PeopleClause, WorksClause

BUILDING = """
subject: 建筑工程施工总承包
code: D101
versions:
  - id: "2015"
    from: 2015-01-01
    published_at: 2014-11-06
    source: {document: 建市〔2014〕159号, title: 建筑业企业资质标准, evidence: excerpt}
    grades:
      B:
        clauses:
          - {id: net-assets, label: 净资产, measure: net_assets, at_least: 4000万元}
          - {id: constructors, label: 注册建造师, group: engineering, count: registration, where: {specialty: [建筑工程, 机电工程]}, at_least: 12人}
          - {id: titles, label: 职称人员, group: engineering, count: title, where: {grade: 中级+}, at_least: null, covering: {specialty: [结构, 电气]}}
          - {id: lead, label: 技术负责人, officer: 技术负责人, years: 8年, any: [{title: 高级, specialty: 结构}, {registration: 一级注册建造师}]}
          - {id: works, label: 企业工程业绩, works: enterprise, lookback_years: 5, choose: 1, of: [{id: area, label: 面积, any: [{indicator: area_m2, at_least: 3.5万㎡}]}]}
      C:
        clauses:
          - {id: constructors, label: 注册建造师, group: engineering, count: registration, at_least: 5人}
          - {id: site-staff, label: 现场管理人员, group: site, count: post_certificate, at_least: 15人}
  - id: "226"
    from: 2016-11-01
    published_at: 2016-10-14
    source: {document: 建市〔2016〕226号, evidence: excerpt}
    amends: "2015"
    remove: {B: [constructors, titles]}
    replace: {C: [{id: constructors, label: 注册建造师, group: engineering, count: registration, at_least: 4人}]}
  - id: "53"
    from: 2018-11-05
    published_at: 2018-11-05
    source: {document: 建办市〔2018〕53号, evidence: excerpt}
    amends: "226"
    remove: {C: [site-staff]}
"""


def library(text: str = BUILDING) -> Library:
    return Library.load({"qualification/D101-building.yaml": text.encode()})


def rule(code: str, day: dt.date, purpose: str = "动态核查", known_at: dt.datetime | None = None):
    found = library().rule(code, purpose, day, known_at)
    assert not isinstance(found, Missing), found
    return found


def ids(*arguments, **options):
    return [clause.id for clause in rule(*arguments, **options).clauses]


def test_figures_are_exact_and_at_scale():
    clauses = {c.id: c for c in rule("D101B", dt.date(2015, 6, 1), "申报").clauses}
    assert clauses["net-assets"].at_least == 4_000_0000 * 100
    works = clauses["works"]
    assert isinstance(works, WorksClause)
    assert works.kinds[0].alternatives[0].at_least == 35_000 * 1000
    titles, lead = clauses["titles"], clauses["lead"]
    assert isinstance(titles, PeopleClause)
    assert isinstance(lead, OfficerClause)
    assert titles.at_least is None
    assert titles.where == (("grade", ("中级", "副高级", "正高级")),)
    assert lead.alternatives[0][0].where == (("grade", ("副高级", "正高级")), ("specialty", ("结构",)))


def test_226_and_53_change_what_binds():
    assert "constructors" in ids("D101B", dt.date(2016, 10, 31))
    assert ids("D101B", dt.date(2016, 11, 1)) == ["net-assets", "lead"]
    assert ids("D101C", dt.date(2018, 11, 4)) == ["constructors", "site-staff"]
    assert ids("D101C", dt.date(2018, 11, 5)) == ["constructors"]


def test_amendments_are_materialised():
    assert [c.at_least for c in rule("D101C", dt.date(2017, 1, 1)).clauses] == [4, 15]
    assert str(rule("D101C", dt.date(2017, 1, 1)).clauses[0].citation) == "建市〔2016〕226号"
    assert str(rule("D101C", dt.date(2017, 1, 1)).clauses[1].citation) == "建市〔2014〕159号"


def test_works_bind_on_application_only():
    assert "works" in ids("D101B", dt.date(2016, 1, 1), "申报")
    assert "works" not in ids("D101B", dt.date(2016, 1, 1), "动态核查")


def test_law_was_not_known_before_it_was_published():
    before = dt.datetime(2016, 10, 13, 23, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert "constructors" in ids("D101B", dt.date(2016, 12, 1), known_at=before)
    assert "constructors" not in ids("D101B", dt.date(2016, 12, 1), known_at=before + dt.timedelta(hours=1))
    assert library().next_change("D101B", dt.date(2016, 1, 1), before) is None
    assert library().next_change("D101B", dt.date(2016, 1, 1)) == dt.date(2016, 11, 1)


@pytest.mark.parametrize(
    ("code", "day", "says"),
    [
        ("D105C", dt.date(2020, 1, 1), "没有 D105C"),
        ("D101B", dt.date(2014, 12, 31), "没有已知的现行标准"),
        ("D101A", dt.date(2020, 1, 1), "没有该等级"),
    ],
)
def test_no_rule_says_why(code, day, says):
    found = library().rule(code, "动态核查", day)
    assert isinstance(found, Missing)
    assert says in found.reason


def test_hash_follows_content_only():
    day = dt.date(2016, 1, 1)
    other = Library.load({"renamed.yaml": BUILDING.encode()}).rule("D101B", "申报", day)
    changed = library(BUILDING.replace("4000万元", "4001万元")).rule("D101B", "申报", day)
    assert rule("D101B", day, "申报").hash == other.hash != changed.hash


@pytest.mark.parametrize(
    ("old", "new", "code", "names"),
    [
        (
            "measure: net_assets,",
            "measure: net_assets, atleast: 1元,",
            "rulebook.key_unknown",
            ["2015", "B", "atleast"],
        ),
        ("label: 净资产, ", "", "rulebook.key_missing", ["net-assets", "label"]),
        (", at_least: 12人", "", "rulebook.key_missing", ["constructors", "at_least"]),
        ("4000万元", "4000", "rulebook.quantity", ["net-assets", "at_least"]),
        ("4000万元", "4000人", "rulebook.quantity", ["net-assets", "元"]),
        ("4000万元", "0.001元", "rulebook.quantity", ["net-assets"]),
        ("12人", "约12人", "rulebook.quantity", ["constructors"]),
        ("中级+", "中级以上", "rulebook.value", ["titles", "grade"]),
        (
            "source: {document: 建市〔2016〕226号, evidence: excerpt}",
            "source: {evidence: excerpt}",
            "rulebook.citation",
            ["226"],
        ),
        ("    source: {document: 建市〔2016〕226号, evidence: excerpt}\n", "", "rulebook.citation", ["226"]),
        ('amends: "226"', 'amends: "225"', "rulebook.reference", ["53", "225"]),
        ("remove: {C: [site-staff]}", "remove: {C: [site]}", "rulebook.reference", ["53", "site"]),
        ("count: title, ", "count: title, measure: net_assets, ", "rulebook.value", ["titles"]),
        ("evidence: excerpt}\n    grades", "evidence: hearsay}\n    grades", "rulebook.value", ["evidence", "hearsay"]),
        ("{id: lead,", "{id: works,", "rulebook.duplicate", ["works"]),
        ("published_at: 2014-11-06", "published_at: 2015-11-06", "rulebook.value", ["published_at"]),
        ("{id: net-assets, label", "{id: net-assets, id: x, label", "rulebook.yaml", ["D101-building.yaml"]),
        ("subject: 建", "subject: [建", "rulebook.yaml", ["D101-building.yaml"]),
        ("indicator: area_m2", "indicator: area", "rulebook.value", ["works", "area", "indicator"]),
        ("officer: 技术负责人", "officer: 技术总监", "rulebook.value", ["lead", "技术总监"]),
    ],
)
def test_refused_with_place_and_cure(old, new, code, names):
    assert old in BUILDING
    with pytest.raises(ZhulianError) as refused:
        library(BUILDING.replace(old, new, 1))
    assert refused.value.code == code
    assert "D101-building.yaml" in refused.value.text
    assert refused.value.cure
    for name in names:
        assert name in str(refused.value)


def test_bytes_that_are_no_text():
    with pytest.raises(ZhulianError, match="不是有效的 YAML"):
        Library.load({"a.yaml": "subject: 建筑".encode("gbk")})


def test_two_files_for_one_code():
    with pytest.raises(ZhulianError) as refused:
        Library.load({"a.yaml": BUILDING.encode(), "b.yaml": BUILDING.encode()})
    assert refused.value.code == "rulebook.duplicate"
