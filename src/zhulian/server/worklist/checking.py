"""What may be done with an item on the list, and why not: pure answers over facts read in one statement a kind.

Preview and doing ask the same functions, so a preview promises nothing that the doing refuses, unless somebody else
was faster: then the item's fingerprint differs, and it is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import BooleanField, Case, OuterRef, Q, Subquery, Value, When

from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.accounts.models import User
from zhulian.server.worklist.columns import NOTHING, queryset
from zhulian.server.worklist.listing import office_of, people_named
from zhulian.server.worklist.models import Entry
from zhulian.server.worklist.sources import source_of, sources

FINISHED_HERE: Final = frozenset({"obligation"})
"""Kinds that end with a written outcome, and no signature, document or other person: only these are closed in bulk."""
Ref = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the answers need. `own`: who handles it by its own row; `sender`: who handed it to `holder` last."""

    kind: str
    label: str
    pk: int
    what: str
    enterprise: int | None
    unit: int
    state: str
    state_word: str
    due: Any
    holder: int | None
    holder_name: str
    own: int | None
    sender: int | None
    waiting: bool
    doable: bool
    handed: bool

    @property
    def print(self) -> str:
        """Changes with whatever a preview showed."""
        return f"{self.kind}:{self.pk}:{self.state}:{self.holder or 0}"


def facts_of(user: Any, refs: Iterable[Ref], *, to: User | None = None) -> dict[Ref, Facts]:
    """Facts of items in the viewer's scope; what is missing is none of the viewer's."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for kind, pk in refs:
        by_kind[kind].append(pk)
    rows: list[tuple[str, dict[str, Any]]] = []
    for kind, keys in by_kind.items():
        source = source_of(kind)
        if source is None or source not in sources(user):
            continue
        sent = Entry.objects.filter(kind=kind, item=OuterRef("pk"), action__in=("hand_over", "assign"))
        found = queryset(source, user).filter(pk__in=keys)
        found = found.annotate(
            w_sender=Subquery(sent.filter(after=OuterRef("w_holder")).order_by("-pk").values("by")[:1]),
            w_waiting=_true(source.waiting),
            w_doable=_true(source.doable(user)),
            w_handed=_true(source.handed(to) if to else NOTHING),
        )
        rows += [(kind, row) for row in found.values(*_NAMES)]
    people = people_named(row["w_holder"] for _, row in rows)
    return {(kind, row["pk"]): _facts(kind, row, people.get(row["w_holder"], "")) for kind, row in rows}


_NAMES: Final = (
    "pk", "w_what", "w_enterprise", "w_unit", "w_state", "w_due", "w_holder", "w_own", "w_sender", "w_waiting",
    "w_doable", "w_handed",
)  # fmt: skip


def _true(chosen: Q) -> Case:
    return Case(When(chosen, then=Value(True)), default=Value(False), output_field=BooleanField())


def _facts(kind: str, row: dict[str, Any], holder_name: str) -> Facts:
    source = source_of(kind)
    if source is None:
        raise KeyError(kind)
    given = {name.removeprefix("w_"): value for name, value in row.items()}
    word = source.states.get(given["state"], given["state"])
    return Facts(kind=kind, label=source.label, state_word=word, holder_name=holder_name, **given)


def heads(user: Any, facts: Facts) -> bool:
    """Whether the user is the head of the unit that the item belongs to."""
    office = office_of(user)
    return office is not None and office.head_id == user.pk and facts.unit == user.unit_id


def taking(facts: Facts, user: User) -> ZhulianError | None:
    """Why the user cannot take it; None: he can."""
    if not facts.waiting:
        return ZhulianError("worklist.closed")
    if facts.holder is not None:
        return ZhulianError("worklist.held", name="您" if facts.holder == user.pk else facts.holder_name)
    if not facts.doable:
        return ZhulianError("worklist.not_for_you", why="没有这一步的权限，或者您办理过它的前一步")
    return None


def putting_back(facts: Facts, user: User) -> ZhulianError | None:
    """Why the user cannot give it back to the unit."""
    if not facts.waiting:
        return ZhulianError("worklist.closed")
    if facts.holder is None or (facts.holder != user.pk and not heads(user, facts)):
        return ZhulianError("worklist.not_yours", action="退回")
    if facts.kind == "proposal" and facts.own is not None:
        return ZhulianError("worklist.kept", kind=facts.label)
    return None


def handing(facts: Facts, user: User, to: User) -> ZhulianError | None:
    """Why the user cannot hand it to a colleague: holder, who handed it on last, and the unit's head may."""
    if not facts.waiting:
        return ZhulianError("worklist.closed")
    given_by_user = facts.holder is not None and facts.sender == user.pk
    if facts.holder != user.pk and not given_by_user and not heads(user, facts):
        return ZhulianError("worklist.not_yours", action="转办")
    name = to.get_full_name() or to.get_username()
    if to.pk == facts.holder:
        return ZhulianError("worklist.colleague", name=name, why="已经由其办理")
    if to.unit_id != facts.unit or not to.is_active:
        return ZhulianError("worklist.colleague", name=name, why="不是办理单位的在岗人员")
    if not facts.handed:
        return ZhulianError("worklist.colleague", name=name, why="没有这一步的权限，或者办理过它的前一步")
    return None


def finishing(facts: Facts, user: User) -> ZhulianError | None:
    """Why the user cannot close it with an outcome from the list."""
    if facts.kind not in FINISHED_HERE:
        return ZhulianError("worklist.action", kind=facts.label, action="办结")
    if not facts.waiting:
        return ZhulianError("worklist.closed")
    if facts.holder not in (None, user.pk):
        return ZhulianError("worklist.held", name=facts.holder_name)
    if not facts.doable:
        return ZhulianError("worklist.not_for_you", why="由其他单位办理")
    return None


def urging(facts: Facts, user: User) -> ZhulianError | None:
    """Why the user cannot urge it."""
    if not heads(user, facts):
        return ZhulianError("worklist.not_head", action="催办")
    return None if facts.waiting else ZhulianError("worklist.closed")
