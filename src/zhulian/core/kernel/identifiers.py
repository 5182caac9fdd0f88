"""Identifiers: unified social credit code (GB 32100-2015), resident ID (GB 11643-1999), platform ids.

The check digits are python-stdnum's; ours are the shapes, the normal forms and what is told to the person who
sent a bad one. stdnum's own shapes are narrower than the standards: it refuses the letters that GB 32100 has for
some registering authorities, and resident IDs whose county code is younger than their holder. A natural key in a file is either a bare credit code or `kind:value`
(`QY_ID:002105291239451309`, `name:某某建设有限公司@610800`): see :class:`Key`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from stdnum.cn import ric, uscc

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.text import clean, squash

_USCC: Final = re.compile(r"[1-9ANY][0-9A-HJ-NP-RTUWXY][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
"""Authority, kind, division, organisation code and check digit; no I, O, S, V, Z. A, N and Y are authorities too."""
_RESIDENT_ID: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
_MASK: Final = re.compile(r"[*＊●xX]{2,}")
_PHONE: Final = re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}[0-9]{7,8}")
_KEY: Final = re.compile(r"^(?P<kind>[A-Za-z_]+):(?P<value>.+)$")


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A natural key of a subject: a row of `identity` in the making."""

    kind: str
    value: str

    def __str__(self) -> str:
        return self.value if self.kind == "uscc" else f"{self.kind}:{self.value}"

    @property
    def sure(self) -> bool:
        """Whether the key alone identifies a subject; a name in a division does not."""
        return self.kind not in {"name", "local"}


_waived: ContextVar[frozenset[str]] = ContextVar("waived credit codes", default=frozenset())


@contextmanager
def codes_waived(codes: frozenset[str]) -> Iterator[None]:
    """Inside, these credit codes are taken although their check character is wrong.

    Three in a thousand certificates bear such a code; the shell keeps who recorded and who confirmed each.
    """
    token = _waived.set(codes)
    try:
        yield
    finally:
        _waived.reset(token)


def is_uscc_shape(text: str) -> bool:
    """Whether a text has the alphabet and the length of a credit code, whatever its check character."""
    return _USCC.fullmatch(text) is not None


def parse_uscc(value: str) -> str:
    """The 18-character credit code in its normal form.

    Raises:
        ZhulianError: `id.uscc` when the alphabet, the length or the check digit (over all 17 places) is wrong and
            no waiver (:func:`codes_waived`) is in force.
    """
    text = clean(value).upper().replace(" ", "").replace("-", "")
    if not _USCC.fullmatch(text) or (text[-1] != uscc.calc_check_digit(text[:-1]) and text not in _waived.get()):
        raise ZhulianError("id.uscc", value=value)
    return text


def parse_resident_id(value: str) -> str:
    """The 18-character resident ID; a 15-digit one (GB 11643-1989) is converted, century 19.

    Raises:
        ZhulianError: `id.masked` for a masked number, `id.resident` for a wrong one.
    """
    text = clean(value).upper().replace(" ", "")
    if _MASK.search(text):
        raise ZhulianError("id.masked", value=value)
    if re.fullmatch(r"[0-9]{15}", text):
        body = f"{text[:6]}19{text[6:]}"
        text = body + _resident_check_digit(body)
    if not _RESIDENT_ID.fullmatch(text) or text[-1] != _resident_check_digit(text[:-1]) or not _has_birthday(text):
        raise ZhulianError("id.resident", value=mask_id(text))
    return text


def _resident_check_digit(body: str) -> str:
    """Check character of the 17 places before it; stdnum's function wants all 18 and looks at 17."""
    return str(ric.calc_check_digit(f"{body}0"))


def _has_birthday(resident_id: str) -> bool:
    try:
        birth_on(resident_id)
    except ValueError:
        return False
    return True


def is_masked(value: str) -> bool:
    """Whether a number has been masked by its source (`612701198******13`)."""
    return bool(_MASK.search(clean(value)))


def mask_id(value: str) -> str:
    """Masked form shown by default: `3709**********1234`."""
    return value if len(value) < 9 else f"{value[:4]}{'*' * (len(value) - 8)}{value[-4:]}"


def mask_name(value: str) -> str:
    """Masked form of a person's name shown by default: `张**`. At least one star, never the length of one."""
    return value[:1] + "*" * max(1, len(value) - 1)


def parse_phone(value: str) -> str:
    """A mobile number (11 digits) or a landline with its area code, digits only; +86 and separators are dropped.

    Raises:
        ZhulianError: `id.masked` for a masked number, `value.phone` for what is none.
    """
    text = clean(value)
    if is_masked(text):
        raise ZhulianError("id.masked", value=value)
    digits = re.sub(r"[\s()-]", "", text).removeprefix("+86")
    if not _PHONE.fullmatch(digits):
        raise ZhulianError("value.phone", value=f"{text[:3]}…")
    return digits


def birth_on(resident_id: str) -> dt.date:
    """Date of birth in an 18-character resident ID."""
    return dt.date(int(resident_id[6:10]), int(resident_id[10:12]), int(resident_id[12:14]))


def sex(resident_id: str) -> str:
    """男 or 女: the 17th digit is odd for men."""
    return "男" if int(resident_id[16]) % 2 else "女"


def parse_key(value: str) -> Key:
    """A natural key as files write it: a bare credit code, or `kind:value`.

    Raises:
        ZhulianError: `id.uscc` when a bare value is no credit code.
    """
    match = _KEY.match(value.strip())
    if match is None:
        return Key("uscc", parse_uscc(value))
    kind, text = match["kind"], match["value"].strip()
    return Key("uscc", parse_uscc(text)) if kind == "uscc" else Key(kind, text)


def name_key(name: str, division: str | None) -> Key:
    """Provisional key of a subject known only by its name and where it is registered."""
    return Key("name", f"{squash(name)}@{division or ''}")
