"""Leaves as a reader may see them, scope in the query; slow over millions only where nothing narrows."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from zhulian.core.kernel.dates import SHANGHAI, parse_date
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import User
from zhulian.server.accounts.selectors import member_enterprises, names_of_actors
from zhulian.server.audit.permissions import OWN, VIEW
from zhulian.server.common import clock, scopes
from zhulian.server.common.permissions import Role, allowed, permission, role_of
from zhulian.server.decisions.names import enterprise_names
from zhulian.server.notary import wording
from zhulian.server.notary.models import Leaf
from zhulian.server.notary.opening import GROUNDS
from zhulian.server.registry.models import Enterprise

PAGE: Final = 50
MOST: Final = 10_000
"""Rows counted; beyond it the page says so."""
KINDS: Final = (
    ("", _("全部")),
    ("seen", _("查看")),
    ("taken", _("导出、下载")),
    ("changed", _("办理、更改")),
    ("sign_in", _("登录")),
    ("system", _("系统自动")),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for; texts as typed. `before`, `after`: the number of the leaf from which one pages on."""

    kind: str = ""
    area: str = ""
    actor: str = ""
    subject: str = ""
    since: str = ""
    until: str = ""
    before: str = ""
    after: str = ""

    @property
    def active(self) -> bool:
        """Whether anything narrows the list."""
        return any((self.kind, self.area, self.actor, self.subject, self.since, self.until))


@dataclass(frozen=True, slots=True)
class Line:
    """A leaf in words. `link`: of the page of its subject, empty where it has none."""

    leaf: Leaf
    words: str
    actor: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page, newest first, with where to go on; `total`: how many at most `MOST`."""

    lines: list[Line]
    older: int | None
    newer: int | None
    total: int

    @property
    def many(self) -> bool:
        """Whether there are more than were counted."""
        return self.total > MOST


def in_scope(user: Any) -> QuerySet[Leaf]:
    """Leaves that a user may read: administrators all, regulators their divisions' officers' and enterprises'."""
    if not allowed(user, VIEW):
        return Leaf.objects.none()
    if role_of(user) is Role.ADMINISTRATOR:
        return Leaf.objects.all()
    officers = User.objects.filter(unit__division__in=scopes.divisions(user, VIEW))
    firms = Enterprise.objects.at(clock.today()).filter(scopes.enterprises(user, VIEW))
    by = _named("user:", officers.order_by(), "pk")
    about = _named("enterprise:", firms.order_by(), "enterprise")
    return Leaf.objects.filter(Q(actor__in=by) | Q(subject__in=about))


def own(user: Any) -> QuerySet[Leaf]:
    """What persons did about the enterprises that a user acts for.

    What the platform concluded by itself is told when an office tells it, and not here.
    """
    if not allowed(user, OWN):
        return Leaf.objects.none()
    mine = [f"enterprise:{row['enterprise']}" for row in member_enterprises(user=user)]
    return Leaf.objects.filter(subject__in=mine, actor__startswith="user:")


def _named(prefix: str, rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    """Numbers as leaves write them, as a subquery of one column."""
    named: QuerySet[Any] = rows.annotate(named=Concat(Value(prefix), Cast(field, CharField()))).values("named")
    return named


def page(rows: QuerySet[Leaf], filters: Filters) -> Page:
    """The page that the filters ask for: by number of the leaf, so that what arrives meanwhile moves nothing."""
    found = narrowed(rows, filters)
    back = filters.after.isdecimal()
    if back:
        held = list(found.filter(pk__gt=int(filters.after[:18])).order_by("pk")[: PAGE + 1])
        more, shown = len(held) > PAGE, held[:PAGE][::-1]
    else:
        start = found.filter(pk__lt=int(filters.before[:18])) if filters.before.isdecimal() else found
        held = list(start.order_by("-pk")[: PAGE + 1])
        more, shown = len(held) > PAGE, held[:PAGE]
    paged = bool(filters.before or filters.after)
    older = shown[-1].pk if shown and (more or back) else None
    newer = shown[0].pk if shown and ((more and back) or (paged and not back)) else None
    return Page(lines(shown), older, newer, found.order_by()[: MOST + 1].count())


def lines(rows: Sequence[Leaf]) -> list[Line]:
    """Leaves with words and names: a fixed number of queries."""
    persons = (name for leaf in rows for name in (leaf.actor, leaf.subject) if name.startswith("user:"))
    actors = names_of_actors(persons)
    named = _subjects(leaf.subject for leaf in rows)
    return [
        Line(
            leaf,
            wording.words(leaf.action),
            wording.SYSTEM if leaf.actor.startswith("system:") else actors.get(leaf.actor, leaf.actor),
            named.get(leaf.subject) or actors.get(leaf.subject) or wording.subject(leaf.subject),
            _reason(leaf),
        )
        for leaf in rows
    ]


def _subjects(subjects: Iterable[str]) -> dict[str, str]:
    ids = {s: int(s.partition(":")[2]) for s in set(subjects) if s.startswith("enterprise:") and s[11:].isdecimal()}
    names = enterprise_names(set(ids.values()), clock.today())
    return {subject: names[number] for subject, number in ids.items() if names.get(number)}


_REASONS: Final = ("purpose", "reason", "note")


def _reason(leaf: Leaf) -> str:
    """Why, where the leaf says so."""
    data = json.loads(leaf.content).get("data", {})
    why = next((str(data[name]) for name in _REASONS if isinstance(data.get(name), str) and data[name]), "")
    ground = GROUNDS.get(data.get("ground", "")) if isinstance(data.get("ground", ""), str) else None
    return f"{ground}：{why}" if ground else why


_EARLIEST, _LATEST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)
"""No leaf lies beyond; the first and last days of the calendar cannot be counted on from, nor told in another zone."""


def narrowed(rows: QuerySet[Leaf], filters: Filters) -> QuerySet[Leaf]:
    """The rows that the filters ask for.

    Raises:
        ZhulianError: `date.*` for a day that is none.
    """
    out = rows.filter(_kind(filters.kind))
    if filters.area in wording.AREAS:
        out = out.filter(action__startswith=f"{filters.area}.")
    if filters.actor:
        out = out.filter(actor__in=_actors(filters.actor))
    if filters.subject:
        out = out.filter(subject__in=_about(filters.subject))
    if filters.since:
        out = out.filter(at__gte=_midnight(filters.since))
    if filters.until:
        out = out.filter(at__lt=_midnight(filters.until) + dt.timedelta(days=1))
    return out


def _midnight(text: str) -> dt.datetime:
    day = min(max(parse_date(text), _EARLIEST), _LATEST)
    return dt.datetime.combine(day, dt.time(), tzinfo=SHANGHAI)


def _ends(verbs: Iterable[str]) -> Q:
    return functools.reduce(lambda a, b: a | b, (Q(action__endswith=f".{verb}") for verb in sorted(verbs)))


def _kind(kind: str) -> Q:
    seen, taken, sign_in = _ends(wording.SEEN), _ends(wording.TAKEN), Q(action__startswith="accounts.sign_in.")
    system = Q(actor__startswith="system:")
    return {
        "seen": seen,
        "taken": taken,
        "sign_in": sign_in,
        "system": system,
        "changed": ~seen & ~taken & ~sign_in & ~system,
    }.get(kind, Q())


def _actors(text: str) -> list[str]:
    """Who is meant: an actor as stored, a user name or a part of a person's name."""
    if ":" in text:
        return [text]
    users = User.objects.filter(Q(username=text) | Q(first_name__contains=text)).values_list("pk", flat=True)[:200]
    return [f"user:{pk}" for pk in users]


def _about(text: str) -> list[str]:
    """What is meant: a subject as stored, or enterprises by a part of their name."""
    if ":" in text:
        return [text]
    found = Enterprise.objects.at(clock.today()).filter(name__contains=text).values_list("enterprise", flat=True)[:200]
    return [f"enterprise:{number}" for number in found]


def one(user: Any, pk: int) -> Leaf:
    """A leaf in the user's scope.

    Raises:
        ZhulianError: `audit.none`.
    """
    leaf = in_scope(user).filter(pk=pk).first()
    if leaf is None:
        raise ZhulianError("audit.none")
    return leaf


def content(leaf: Leaf) -> list[tuple[str, str]]:
    """The data of a leaf as lines: path and value; what was committed to is told as such."""
    told = json.loads(leaf.content)
    return [*_flat("", told["data"]), *_under(told.get("under", {}))]


def _under(under: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Under which permission and by which grants it was done; leaves of before, and of the system, say none."""
    if under:
        row = permission(under["permission"])
        yield str(_("凭权限")), row.label if row else under["permission"]
        yield str(_("凭授权")), "、".join(str(_("第 %d 号") % number) for number in under["grants"])


def _flat(path: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict) and set(value) == {"commitment"}:
        yield path, str(_("个人信息，已作承诺：%s…") % value["commitment"][:12])
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _flat(f"{path}.{name}".lstrip("."), item)
    elif isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _flat(f"{path}[{number}]", item)
    else:
        yield path, "" if value is None else str(value)


def unit_names(rows: Sequence[Leaf]) -> dict[str, str]:
    """Actor → the unit it acts in, for readers who are not told the officer's name."""
    ids = {int(leaf.actor[5:]) for leaf in rows if leaf.actor.startswith("user:") and leaf.actor[5:].isdecimal()}
    users = User.objects.filter(pk__in=ids).select_related("unit")
    return {user.actor: user.unit.name if user.unit else str(_("本企业或者公众")) for user in users}
