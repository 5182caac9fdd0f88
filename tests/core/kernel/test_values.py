"""Verdicts, canonical JSON, text forms, reasons and the error catalogue."""

import json
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zhulian.core.kernel.canonical import canonical_bytes, sha256_of
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, catalogue, fill, kind_of, register
from zhulian.core.kernel.reasons import Citation, Reason
from zhulian.core.kernel.text import clean, squash
from zhulian.core.kernel.verdicts import Verdict, all_of, any_of, at_least

MET, SHORT, UNKNOWN = Verdict.MET, Verdict.SHORT, Verdict.UNKNOWN
VERDICTS = st.lists(st.sampled_from(Verdict))


@given(VERDICTS)
def test_one_short_makes_short_one_unknown_makes_unknown(found):
    expected = SHORT if SHORT in found else UNKNOWN if UNKNOWN in found else MET
    assert all_of(found) is expected


@given(VERDICTS)
def test_any_is_all_seen_in_a_mirror(found):
    mirror = {MET: SHORT, SHORT: MET, UNKNOWN: UNKNOWN}
    assert any_of(found) is mirror[all_of([mirror[v] for v in found])]


NUMBERS = st.integers(0, 30)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_verdict_holds_for_every_figure_between_the_bounds(required, low, spread):
    high = low + spread
    truths = {figure >= required for figure in range(low, high + 1)}
    expected = UNKNOWN if len(truths) == 2 else MET if truths == {True} else SHORT
    assert at_least(required, low, high) is expected


@given(NUMBERS, NUMBERS)
def test_not_enough_data_is_never_short(required, low):
    assert at_least(required, low, None) is (MET if low >= required else UNKNOWN)
    assert at_least(None, low, low) is UNKNOWN
    assert at_least(required, None, None) is UNKNOWN


def test_verdicts_have_the_words_of_the_mission():
    assert [v.label for v in (MET, SHORT, UNKNOWN)] == ["达标", "不达标", "数据不足"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(string.ascii_letters + "资质"), inner, max_size=4)
    ),
)


@given(JSON)
def test_canonical_bytes_are_json_and_do_not_depend_on_order(value):
    assert json.loads(canonical_bytes(value)) == value
    if isinstance(value, dict):
        assert canonical_bytes(dict(reversed(value.items()))) == canonical_bytes(value)


def test_a_golden_hash():
    assert canonical_bytes({"b": [1, None], "a": "筑联"}) == '{"a":"筑联","b":[1,null]}'.encode()
    assert sha256_of({"b": 1, "a": 2}) == "d3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c76af7a772"


def test_integers_that_json_cannot_carry_are_refused():
    with pytest.raises(Exception, match="exceeds"):
        canonical_bytes(2**53)


def test_clean_and_squash():
    assert clean("\ufeff　１２３ＡＢ\u200b ") == "123AB"
    assert squash("青岛 某某（集团）有限公司") == squash("青岛某某(集团)有限公司")
    assert squash("Ａ—Ｂ 公司") == "A-B公司"


@given(st.text())
@example("u \u0308")
@example("u\u200b\u0308")
@example("\u0390")
def test_normal_forms_are_stable(text):
    assert clean(clean(text)) == clean(text)
    assert squash(squash(text)) == squash(text)


@pytest.mark.parametrize("kind", catalogue(), ids=lambda kind: kind.code)
def test_every_error_can_be_told(kind):
    params = {
        field: f"⟨{field}⟩" for t in (kind.text, kind.cure) for _, field, _, _ in string.Formatter().parse(t) if field
    }
    error = ZhulianError(kind.code, **params)
    for value in params.values():
        assert value in str(error)
    assert "…" not in str(error)
    assert any("\u4e00" <= c <= "\u9fff" for c in kind.text)
    assert kind.cure
    assert 400 <= kind.status < 600


def test_a_missing_parameter_does_not_hide_the_message():
    assert fill("「{value}」不对", {}) == "「…」不对"


def test_a_code_means_one_thing():
    kind = kind_of("value.date")
    register(kind)
    with pytest.raises(ValueError, match=r"value\.date"):
        register(ErrorKind("value.date", "别的", "别的"))


def test_values_with_braces_are_shown_as_they_are():
    assert "{x}" in ZhulianError("value.date", value="{x}").text


def test_a_reason_is_plain_values_with_its_citation():
    leaf = Reason(
        "constructors",
        "注册建造师",
        SHORT,
        8,
        2,
        2,
        6,
        "人",
        Citation("建市〔2014〕159号", "水利水电三级", "excerpt"),
        ("缺 6 人。",),
    )
    tree = Reason("root", "三级", SHORT, children=(leaf,))
    told = tree.as_json()
    assert told["children"][0] == {
        "id": "constructors",
        "label": "注册建造师",
        "verdict": "short",
        "required": 8,
        "found_at_least": 2,
        "found_at_most": 2,
        "short_by": 6,
        "unit": "人",
        "citation": "建市〔2014〕159号水利水电三级",
        "evidence": "excerpt",
        "notes": ["缺 6 人。"],
    }
    assert [r.id for r in tree.walk()] == ["root", "constructors"]
    assert (told["citation"], told["evidence"]) == ("", "")
    assert json.loads(canonical_bytes(told)) == told
