"""How long things are kept: a table of what may expire; the days are the installation's own.

No figure of law stands here: which document sets a term for which record is for the installation to say, together
with the figure, in the file named by `ZHULIAN_RETENTION`. What it does not name is kept.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import SignInFailure
from zhulian.server.exchange.models import DeliveryFile, Quarantined
from zhulian.server.messages.models import Notice
from zhulian.server.notary.models import Opening
from zhulian.server.privacy import catalogue  # noqa: F401 - errors register themselves

_OPEN: Final = Quarantined.State.OPEN


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that may expire. `rows`: those older than a moment. `held`: how a hold names what it protects."""

    id: str
    label: str
    what: str
    rows: Callable[[dt.datetime], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind with the installation's days and where they are from; days None: kept."""

    kind: Kind
    days: int | None
    basis: str


def _failures(before: dt.datetime) -> QuerySet[Any]:
    return SignInFailure.objects.filter(at__lt=before)


def _originals(before: dt.datetime) -> QuerySet[Any]:
    """Originals of finished deliveries of which nothing waits for a correction any more."""
    rows = DeliveryFile.objects.filter(stored__isnull=False, delivery__finished_at__lt=before)
    return rows.exclude(delivery__in=Quarantined.objects.filter(state=_OPEN).values("delivery"))


def _quarantined(before: dt.datetime) -> QuerySet[Any]:
    rows = Quarantined.objects.filter(raw__isnull=False, delivery__finished_at__lt=before)
    return rows.exclude(state=_OPEN)


def _notices(before: dt.datetime) -> QuerySet[Any]:
    return Notice.objects.filter(made_at__lt=before)


def _openings(before: dt.datetime) -> QuerySet[Any]:
    return Opening.objects.filter(leaf__at__lt=before)


KINDS: Final = (
    Kind("sign_in_failures", "登录失败的记录", "用户名、来源地址", _failures),
    Kind("originals", "归集的原始文件", "已处理完毕、没有待更正记录的批次的原件；登记簿里的数据保留", _originals),
    Kind("quarantined", "已处理的隔离记录原文", "已更正、已放弃的记录的原文；原因和去向保留", _quarantined),
    Kind("notices", "站内消息", "发给每个人的消息；它所说的事项保留", _notices),
    Kind("openings", "留痕账本里个人信息的明文", "删除后承诺不能再打开，证明仍然成立", _openings),
)


def rules() -> tuple[Rule, ...]:
    """Every kind with what the installation's file says of it.

    Raises:
        ZhulianError: `privacy.schedule`.
    """
    given = read(settings.RETENTION)
    return tuple(Rule(kind, given.get(kind.id, (None, ""))[0], given.get(kind.id, (None, ""))[1]) for kind in KINDS)


def read(path: str) -> dict[str, tuple[int, str]]:
    """Kind → days and basis, as a file says them; an empty path says nothing.

    Raises:
        ZhulianError: `privacy.schedule`.
    """
    if not path:
        return {}
    try:
        told = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ZhulianError("privacy.schedule", path=path, why=error) from None
    known = {kind.id for kind in KINDS}
    out = {}
    for name, row in told.items():
        days, basis = (row.get("days"), row.get("basis")) if isinstance(row, dict) else (None, None)
        if name not in known:
            raise ZhulianError(
                "privacy.schedule", path=path, why=f"没有「{name}」这一类，可用：{'、'.join(sorted(known))}"
            )
        if not isinstance(days, int) or isinstance(days, bool) or days < 1:
            raise ZhulianError("privacy.schedule", path=path, why=f"{name}.days 应是不小于 1 的整数")
        if not isinstance(basis, str) or not basis.strip():
            raise ZhulianError("privacy.schedule", path=path, why=f"{name}.basis 应写明依据的文件")
        out[name] = (days, basis.strip())
    return out
