"""Numbers as the standards print them: GB 32100, GB 11643, certificate, permit and project numbers.

All are drawn from a seeded generator; they belong to nobody.
"""

from __future__ import annotations

import datetime as dt
import random
from functools import cache
from typing import Final

from stdnum.cn import ric, uscc

from zhulian.core.kernel.codes import divisions, lineage

PROVINCE_CHARACTERS: Final = {
    "11": "京", "12": "津", "13": "冀", "14": "晋", "15": "蒙", "21": "辽", "22": "吉", "23": "黑", "31": "沪", "32": "苏",
    "33": "浙", "34": "皖", "35": "闽", "36": "赣", "37": "鲁", "41": "豫", "42": "鄂", "43": "湘", "44": "粤", "45": "桂",
    "46": "琼", "50": "渝", "51": "川", "52": "贵", "53": "云", "54": "藏", "61": "陕", "62": "甘", "63": "青", "64": "宁",
    "65": "新",
}  # fmt: skip
"""The one-character short name of each province."""
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def province_character(region: str) -> str:
    """The one-character short name of a division's province, 鲁."""
    return PROVINCE_CHARACTERS[region[:2]]


def credit_code(region: str, founded: dt.date, rng: random.Random) -> str:
    """A credit code of an enterprise (91) with both check digits right; new firms since October 2015 begin MA."""
    if founded >= dt.date(2015, 10, 1):
        body = "MA" + "".join(rng.choice(_USCC_ALPHABET) for _ in range(6))
    else:
        body = "".join(rng.choice("0123456789") for _ in range(8))
    rest = 11 - sum(w * _ORG_ALPHABET.index(c) for w, c in zip(_ORG_WEIGHTS, body, strict=True)) % 11
    front = f"91{region}{body}{'X' if rest == 10 else str(rest % 11)}"
    return front + str(uscc.calc_check_digit(front))


@cache
def birthplaces() -> tuple[str, ...]:
    """Counties of Shandong, without the development zones: nobody is born in one."""
    return tuple(c for c in divisions() if c[:2] == "37" and not c.endswith("00") and c[4] != "7")


def resident_id(place: str, born: dt.date, sequence: int, *, male: bool) -> str:
    """A resident ID with a right check digit; `sequence` below 500 distinguishes people of a place and birthday."""
    body = f"{place}{born:%Y%m%d}{sequence * 2 + male:03d}"
    return body + str(ric.calc_check_digit(f"{body}0"))


def certificate_no(level: int, region: str, number: int) -> str:
    """Certificate of qualification: D, level of the authority (1 部 2 省 3 市), province, six digits."""
    return f"D{level}{region[:2]}{number:06d}"


def safety_permit_no(region: str, year: int, number: int) -> str:
    """Work-safety permit: (鲁)JZ安许证字〔2023〕020001."""
    return f"({province_character(region)})JZ安许证字〔{year}〕{region[2:4]}{number:04d}"


def registration_no(region: str, grade: int, year: int, number: int) -> str:
    """Constructor's registration: province character, grade, province code, year, serial."""
    return f"{province_character(region)}{grade}{region[:2]}{year}{number:06d}"


def project_code(region: str, on: dt.date, kind: str, number: int) -> str:
    """Project code of the national platform: division, day, kind (01 building, 02 municipal, 99 other), serial."""
    return f"{region}{on:%y%m%d}{kind}{number:02d}"


def city_of(region: str) -> str:
    """The prefecture-level division above a county; itself for a city."""
    return next((c for c in lineage(region) if c.endswith("00") and not c.endswith("0000")), region)
