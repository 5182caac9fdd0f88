"""Code tables: complete, closed, readable by the names and old codes that sources use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhulian.core.kernel import codes
from zhulian.core.kernel.errors import ZhulianError

ALL_DIVISIONS = sorted(codes.divisions())


def test_all_610_codes_of_the_platform_are_there():
    table = codes.qualification_codes()
    assert len(table) == 610
    assert table["D101A"].name == "建筑工程施工总承包一级"
    assert {c.root for c in table.values()} == set(codes.ROOT_NAMES)


def test_codes_are_letters_and_digits_without_stray_spaces():
    """One row of the platform's table ends in a tab; nobody would ever have matched it."""
    for code, row in codes.qualification_codes().items():
        assert code.isalnum(), repr(code)
        assert row.name == row.name.strip() != ""


@pytest.mark.parametrize(
    ("code", "category", "grade", "level"),
    [
        ("D101A", "D101", "A", "一级"),
        ("D110T", "D110", "T", "特级"),
        ("D203X", "D203", "X", "不分等级"),
        ("A30618", "A30618", "", None),
        ("D23601X", "D23601", "X", "不分等级"),
    ],
)
def test_a_code_tells_category_and_grade(code, category, grade, level):
    row = codes.qualification_codes()[codes.parse_qualification_code(code)]
    assert (row.category, row.grade, row.level) == (category, grade, level)


def test_codes_are_taken_as_people_write_them():
    assert codes.parse_qualification_code(" ｄ１０１ａ ") == "D101A"


@pytest.mark.parametrize("value", ["", "D101", "D101Z", "建筑工程"])
def test_other_texts_are_no_codes(value):
    with pytest.raises(ZhulianError) as caught:
        codes.parse_qualification_code(value)
    assert caught.value.code == "code.qualification"


def test_divisions_form_one_tree():
    assert len(ALL_DIVISIONS) == 3349  # 3,351 rows of the list, three codes of which stand twice, and 兵团
    for code in ALL_DIVISIONS:
        line = codes.lineage(code)
        assert line[0] == code
        assert codes.divisions()[line[-1]].level == "province"
        assert len(line) <= 3


@given(st.sampled_from(ALL_DIVISIONS))
def test_a_division_is_found_by_the_name_we_show(code):
    name = codes.division_name(code)
    if name == codes.division_name(codes.lineage(code)[-1]):  # 市辖区 and the like are shown as their province
        assert codes.parse_division(name) == codes.lineage(code)[-1]
    else:
        assert codes.parse_division(name) == code


@pytest.mark.parametrize("old", sorted(codes.RENUMBERED))
def test_old_codes_lead_to_a_division_in_force(old):
    assert old not in codes.divisions()
    assert codes.parse_division(old) == codes.RENUMBERED[old]
    assert codes.RENUMBERED[old] in codes.divisions()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("469003", "460400"),
        ("４６９００３", "460400"),
        ("山东", "370000"),
        ("内蒙古", "150000"),
        ("广西", "450000"),
        ("新疆", "650000"),
        ("宁夏", "640000"),
        ("陕西省-榆林市", "610800"),
        ("陕西省-榆林市-榆阳区", "610802"),
        ("榆林市", "610800"),
        ("660000", "660000"),
        ("新疆生产建设兵团", "660000"),
        ("北京市朝阳区", "110105"),
    ],
)
def test_divisions_by_code_and_name(value, code):
    assert codes.parse_division(value) == code


@pytest.mark.parametrize("value", ["", "999999", "朝阳区", "市辖区", "省直辖县级行政区划", "37020"])
def test_unknown_and_ambiguous_divisions_are_refused(value):
    with pytest.raises(ZhulianError) as caught:
        codes.parse_division(value)
    assert caught.value.code == "code.division"


def test_names_are_shown_without_fillers():
    assert codes.division_name("370202") == "山东省青岛市市南区"
    assert codes.division_name("110101") == "北京市东城区"
    assert codes.division_name("469005") == "海南省文昌市"
    assert codes.division_name("659006") == "新疆维吾尔自治区铁门关市"
    assert codes.division_name("469003") == "469003"


def test_every_grade_word_of_construction_has_a_rank():
    words = {row.level for row in codes.qualification_codes().values() if row.root == "D"}
    assert words - set(codes.GRADE_ORDER) == {"不分等级"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("山东省住房和城乡建设厅", "370000"),
        ("青岛市行政审批服务局", "370200"),
        ("山东省青岛市行政审批服务局", "370200"),
        ("榆林市城乡建设规划局", "610800"),
        ("青岛市市南区住房和城乡建设局", "370202"),
        ("山东省青岛市市南区住房和城乡建设局", "370202"),
        ("北京市住房和城乡建设委员会", "110000"),
        ("北京市朝阳区住房和城乡建设委员会", "110105"),
        (" 广西壮族自治区 住房和城乡建设厅", "450000"),
        ("新疆生产建设兵团住房和城乡建设局", "660000"),
        ("吉林省住房和城乡建设厅", "220000"),
        ("吉林市住房和城乡建设局", "220200"),
        ("山东省", "370000"),
        ("朝阳区住房和城乡建设局", None),  # several cities have one
        ("市辖区住建局", None),
        ("中华人民共和国住房和城乡建设部", None),
        ("住房和城乡建设部", None),
        ("上海铁路局", None),  # a short name is not the division
        ("省住房和城乡建设厅", None),
        ("", None),
    ],
)
def test_an_authority_is_of_the_longest_division_that_it_is_named_by(text: str, code: str | None):
    assert codes.authority_division(text) == code


def test_every_division_is_found_by_its_full_name():
    for division in codes.divisions():
        name = codes.division_name(division)
        found = codes.authority_division(f"{name}住房和城乡建设局")
        assert found is None or codes.division_name(found) == name, name
