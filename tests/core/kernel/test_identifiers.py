"""Identifiers against real vectors, the forms people send, and their masked look."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import (
    Key,
    birth_on,
    is_masked,
    mask_id,
    mask_name,
    name_key,
    parse_key,
    parse_phone,
    parse_resident_id,
    parse_uscc,
    sex,
)

REAL_CODES = (
    "913702007277950437",
    "91440101190437587Y",
    "91610800064834709T",
    "9111000010228709XY",
    "91110000101510712K",
)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def resident_id(body: str) -> str:
    """GB 11643 written out: weights and the map of remainders, independent of the code under test."""
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, ID_WEIGHTS, strict=True)) % 11]


@pytest.mark.parametrize("code", REAL_CODES)
def test_real_credit_codes_pass(code):
    assert parse_uscc(code) == code


@pytest.mark.parametrize(
    "written", ["９１６１０８０００６４８３４７０９Ｔ", " 91610800064834709t ", "91610800-064834709T"]
)
def test_credit_codes_are_taken_as_people_write_them(written):
    assert parse_uscc(written) == "91610800064834709T"


@pytest.mark.parametrize(
    "code",
    [
        "",
        "G1011010801041490J",
        "91610800064834709",
        "91610800064834709TT",
        "91610800O64834709T",
        "91610800064834709.",
        "某某公司",
    ],
)
def test_other_texts_are_no_credit_codes(code):
    with pytest.raises(ZhulianError) as caught:
        parse_uscc(code)
    assert caught.value.code == "id.uscc"


@given(st.sampled_from(REAL_CODES), st.integers(8, 17), st.sampled_from(USCC_ALPHABET))
def test_one_wrong_character_is_always_noticed(code, place, char):
    changed = code[:place] + char + code[place + 1 :]
    if changed == code:
        assert parse_uscc(changed) == code
    else:
        with pytest.raises(ZhulianError):
            parse_uscc(changed)


def test_letters_of_other_registering_authorities_are_no_error():
    """N is the agriculture department; python-stdnum refuses every letter in the first eight places."""
    body = "N2370200MF0000123"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    check = USCC_ALPHABET[-sum(USCC_ALPHABET.index(c) * w for c, w in zip(body, weights, strict=True)) % 31]
    assert parse_uscc(body + check) == body + check


@given(st.dates(dt.date(1900, 1, 1), dt.date(2020, 12, 31)), st.integers(0, 999))
def test_resident_ids_give_birthday_and_sex(born, order):
    number = resident_id(f"370202{born:%Y%m%d}{order:03d}")
    assert parse_resident_id(number) == number
    assert birth_on(number) == born
    assert sex(number) == ("男" if order % 2 else "女")


def test_a_county_younger_than_its_holder_is_no_error():
    """户籍地 codes are those of the day of issue; python-stdnum compares them with the year of birth."""
    number = resident_id("37021219600101001")  # 崂山区 has had its code since 1994
    assert parse_resident_id(number) == number


def test_fifteen_digits_become_eighteen():
    assert parse_resident_id("370202800229123") == resident_id("37020219800229123")


def test_full_width_digits_and_a_small_x_are_normalised():
    number = next(n for i in range(99) if (n := resident_id(f"370202198001010{i:02d}")).endswith("X"))
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    assert parse_resident_id(wide) == parse_resident_id(number.lower()) == number


@pytest.mark.parametrize("body", ["37020219800230123", "37020219801301123", "07020219800101123"])
def test_impossible_birthdays_and_regions_are_refused(body):
    with pytest.raises(ZhulianError) as caught:
        parse_resident_id(resident_id(body))
    assert caught.value.code == "id.resident"


@pytest.mark.parametrize("value", ["", "123", "3702021980010112345", "37020219800101123A", "370202800230123"])
def test_other_texts_are_no_resident_ids(value):
    with pytest.raises(ZhulianError) as caught:
        parse_resident_id(value)
    assert caught.value.code == "id.resident"


def test_a_wrong_number_is_shown_masked_in_its_own_error():
    with pytest.raises(ZhulianError) as caught:
        parse_resident_id("370202198001011230")
    assert "19800101" not in str(caught.value)


@pytest.mark.parametrize(
    "value", ["612701198******13", "612701＊＊＊＊＊＊＊＊1234", "6127xxxxxxxxxx1234", "6127●●●●●●●●●●1234"]
)
def test_masked_numbers_are_told_from_wrong_ones(value):
    assert is_masked(value)
    with pytest.raises(ZhulianError) as caught:
        parse_resident_id(value)
    assert caught.value.code == "id.masked"


def test_a_whole_number_is_not_masked():
    assert not is_masked(resident_id("37020219800101123"))


def test_masks_hide_the_middle():
    assert mask_id("370900198001011234") == "3709**********1234"
    assert mask_name("张三丰") == "张**"
    assert mask_name("张") == "张*"


@pytest.mark.parametrize("code", REAL_CODES)
def test_a_bare_credit_code_is_a_sure_key(code):
    assert parse_key(code) == parse_key(f"uscc:{code}") == Key("uscc", code)
    assert str(parse_key(code)) == code
    assert parse_key(code).sure


@given(st.sampled_from(["QY_ID", "RY_ID", "project_code"]), st.from_regex(r"[0-9A-Za-z@]{1,30}", fullmatch=True))
def test_keys_survive_writing_and_reading(kind, value):
    key = Key(kind, value)
    assert parse_key(str(key)) == key


def test_a_name_is_a_key_that_is_not_sure():
    key = name_key("青岛 某某（集团）有限公司", "370200")
    assert key == Key("name", "青岛某某(集团)有限公司@370200")
    assert not key.sure
    assert parse_key(str(key)) == key


def test_a_bare_name_is_no_key():
    with pytest.raises(ZhulianError) as caught:
        parse_key("青岛某某有限公司")
    assert caught.value.code == "id.uscc"


@pytest.mark.parametrize(
    ("written", "digits"),
    [("13800001234", "13800001234"), ("+86 138-0000-1234", "13800001234"), ("０５３２-8580 0000", "053285800000")],
)
def test_a_phone_is_its_digits(written, digits):
    assert parse_phone(written) == digits


@pytest.mark.parametrize(
    ("written", "code"), [("138****1234", "id.masked"), ("12345", "value.phone"), ("=1", "value.phone")]
)
def test_what_is_no_phone_is_refused(written, code):
    with pytest.raises(ZhulianError) as refusal:
        parse_phone(written)
    assert refusal.value.code == code
