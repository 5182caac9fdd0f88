"""Normal forms of text as it arrives: full-width digits, stray spaces, look-alike dashes.

Names are compared in the form that :func:`squash` gives; what a source wrote is kept as it was.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_SPACES: Final = dict.fromkeys(map(ord, " \t\r\n\u00a0\u3000\u200b\ufeff"))
_BRACKETS: Final = str.maketrans({"（": "(", "）": ")", "【": "[", "】": "]", "—": "-", "－": "-", "～": "~"})


def clean(value: str) -> str:
    """NFKC (full-width digits and letters become ASCII) without surrounding white space.

    Chinese punctuation that NFKC would change, such as （）, is restored where it encloses Chinese text only
    by :func:`squash`; `clean` is for codes, numbers and dates.
    """
    return unicodedata.normalize("NFKC", value.replace("\u200b", "").replace("\ufeff", "")).strip()


def squash(value: str) -> str:
    """Key for comparing names: NFKC, brackets unified, all white space removed, upper case.

    Normalised again at the end, because a letter and an accent may meet only when the space between them is gone:
    the key of a key must be the key.
    """
    compact = unicodedata.normalize("NFKC", value).translate(_BRACKETS).translate(_SPACES).upper()
    return unicodedata.normalize("NFKC", compact)
