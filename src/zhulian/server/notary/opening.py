"""The one way by which somebody gets to see personal values in full: for a stated purpose, the leaf first.

`begin` writes the leaf and hands out an :class:`Opener`; nothing else may call `Secret.reveal` where a person reads the
outcome. What machinery does with values unseen stands, with reasons, in `tests/server/foundation/test_opening.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.intake.errors import masked
from zhulian.server.common.crypto import Secret
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append

GROUNDS: Final[Mapping[str, Any]] = {
    "case": _("办案核查"),
    "correct": _("数据更正"),
    "subject": _("本人查询"),
    "publish": _("依法公开"),
    "review": _("复议诉讼"),
    "audit": _("审计监督"),
    "other": _("其他"),
}
"""Kinds of purposes, as leaves keep them and as forms show them."""
LIMIT: Final = 200
_SHORTEST: Final = 2
"""Characters of a purpose that says something."""

register(
    ErrorKind("opening.ground", "没有选择查看事由", "请在列出的事由里选一项，例如：办案核查、数据更正", 422),
    ErrorKind("opening.purpose", "没有写明用途", "请写明用于什么，例如：动态核查第 3 批、行政复议、法院调取", 422),
)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What values are opened for: a kind of :data:`GROUNDS` and words. Numbers of persons in the words are masked.

    Raises:
        ZhulianError: `opening.ground`, `opening.purpose`.
    """

    ground: str
    words: str

    def __post_init__(self) -> None:
        words = masked(self.words.strip())[:LIMIT].strip()
        if self.ground not in GROUNDS:
            raise ZhulianError("opening.ground")
        if len(words) < _SHORTEST:
            raise ZhulianError("opening.purpose")
        object.__setattr__(self, "words", words)


def asked(form: QueryDict) -> Purpose:
    """The purpose that a form states, by the names that `{% opening_ground %}` and its neighbour `purpose` send.

    Raises:
        ZhulianError: `opening.ground`, `opening.purpose`.
    """
    return Purpose(form.get("ground", ""), form.get("purpose", ""))


class Opener:
    """Opens values; made by :func:`begin`, when the leaf is written."""

    def text(self, secret: Secret) -> str:
        """The plain value.

        Raises:
            ZhulianError: `crypto.tampered`, `crypto.key_missing`.
        """
        return secret.reveal()


@writes
def begin(
    *,
    action: str,
    actor: str,
    subject: str,
    purpose: Purpose,
    data: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> Opener:
    """Write the leaf (who, about what, what for), then hand out what opens values."""
    told = {**(data or {}), "ground": purpose.ground, "purpose": purpose.words}
    leaf_append(action=action, actor=actor, subject=subject, data=told, at=at)
    return Opener()
