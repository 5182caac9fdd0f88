"""The queue of pairs: filled by comparing blocks and by conflicts of identity, emptied by people.

Nothing here merges on its own. A decision names the version of the pair that the person saw: two tabs, a double click
or a change in between decide nothing twice.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db.models import Q

from zhulian.core.kernel.dates import from_micros, micros
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common.writing import writes
from zhulian.server.notary.opening import Purpose, begin
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.matching.blocking import block
from zhulian.server.registry.matching.comparisons import PROPOSED, Profile, digest_of, features_of
from zhulian.server.registry.matching.locating import division_of
from zhulian.server.registry.matching.profiles import profiles
from zhulian.server.registry.merging.services import REASON_LIMIT, merge_undo, subjects_merge
from zhulian.server.registry.models import MODELS, Candidate, MatchMark, Merge, Provisional, Source, Subject
from zhulian.server.registry.provisional import provisional_sync

STEP_SECONDS: Final = 0.1
"""The subject at which time runs out is finished: at a city's size another 90 ms, and a step stays below 200 ms."""
LOCK: Final = dt.timedelta(minutes=15)
"""How long a pair stays with whoever took it; then the next person may."""
_OPEN: Final = (Candidate.State.OPEN, Candidate.State.SNOOZED)


@dataclass(frozen=True, slots=True)
class Compared:
    """What a step did: subjects compared, subjects that still wait."""

    done: int
    left: int


@writes
def blocks_compare(*, at: dt.datetime, actor: str, seconds: float = STEP_SECONDS) -> Compared:
    """Compare some of the marked subjects with those of their blocks, for about `seconds`.

    When more subjects with sure keys changed than there are provisional ones, the provisional ones are compared
    instead: every pair has one, and they are fewer.
    """
    _fewer()
    started, done, found = time.monotonic(), 0, 0
    marks = list(MatchMark.objects.order_by("subject")[:100])
    for mark in marks:
        found += _compare(mark, at)
        mark.delete()
        done += 1
        if time.monotonic() - started > seconds:
            break
    if done:
        data = {"subjects": done, "pairs": found}
        leaf_append(action="registry.identity.compare", actor=actor, subject="registry:identities", data=data, at=at)
    return Compared(done, MatchMark.objects.count())


def _fewer() -> None:
    for kind in PROPOSED:
        unsure = Provisional.objects.filter(kind=kind)
        sure = MatchMark.objects.filter(kind=kind).exclude(subject__in=unsure.values("subject"))
        if (count := unsure.count()) and sure.count() > count:
            sure.delete()
            marks = [MatchMark(subject=subject, kind=kind) for subject in unsure.values_list("subject", flat=True)]
            MatchMark.objects.bulk_create(marks, batch_size=500, ignore_conflicts=True)


def _compare(mark: MatchMark, at: dt.datetime) -> int:
    """One subject with its block; how many pairs are proposed. At least one of a pair is provisional."""
    known = Candidate.objects.filter(Q(a=mark.subject) | Q(b=mark.subject))
    waiting = {row.b if row.a == mark.subject else row.a: row for row in known}
    partners = block(mark.kind, mark.subject)
    if not Provisional.objects.filter(subject=mark.subject).exists():
        unsure = Provisional.objects.filter(subject__in=partners).values_list("subject", flat=True)
        chosen = set(unsure)
        partners = [partner for partner in partners if partner in chosen]
    partners = list(dict.fromkeys([*partners, *waiting]))
    if not partners:
        return 0
    read = profiles(mark.kind, mark.subject, partners)
    return sum(_judge(read[mark.subject], read[other], waiting.get(other), at) for other in partners)


def _judge(one: Profile, other: Profile, row: Candidate | None, at: dt.datetime) -> bool:
    """Propose, refresh or drop one pair; whether it stands in the queue now."""
    first, second = sorted((one, other), key=lambda p: p.subject)
    features = features_of(first, second)
    score = sum(feature.points for feature in features)
    if row is None:
        if score >= PROPOSED[one.kind]:
            _propose(first, second, score, [asdict(f) for f in features], at)
            return True
        return False
    if row.state == Candidate.State.MERGED:
        return False
    digest = digest_of(first, second)
    if row.state == Candidate.State.DIFFERENT and row.digest == digest:
        return False
    if row.origin == Candidate.Origin.SIMILAR and score < PROPOSED[one.kind]:
        if row.state in _OPEN:
            row.delete()
        return False
    fresh = {"score": score, "features": [asdict(f) for f in features], "digest": digest}
    if row.state == Candidate.State.DIFFERENT:
        fresh["state"] = Candidate.State.OPEN
    _update(row, fresh)
    return True


def _propose(first: Profile, second: Profile, score: int, features: list[dict[str, Any]], at: dt.datetime) -> None:
    Candidate.objects.create(
        subject_kind=first.kind,
        a=first.subject,
        b=second.subject,
        score=score,
        features=features,
        digest=digest_of(first, second),
        feed=_feed((first.subject, second.subject), first.kind),
        a_division=division_of(first.kind, first.subject),
        b_division=division_of(second.kind, second.subject),
        found_at=micros(at),
    )


def _feed(pair: Sequence[int], kind: str) -> str:
    """Who told of the provisional one: the feed of its row, or of its identity."""
    unsure = Provisional.objects.filter(subject__in=pair).order_by("-subject").values_list("subject", flat=True).first()
    subject = unsure or max(pair)
    model: Any = MODELS[kind]
    source = model.objects.known().filter(**{kind: subject}).values_list("source_id", flat=True).first()
    if source is None:
        source = Subject.objects.get(pk=subject).identities.order_by("pk").values_list("source_id", flat=True).first()
    return Source.objects.filter(pk=source).values_list("feed", flat=True).first() or ""


def _update(row: Candidate, fresh: dict[str, Any]) -> None:
    fresh["a_division"], fresh["b_division"] = (division_of(row.subject_kind, subject) for subject in row.pair)
    if any(getattr(row, name) != value for name, value in fresh.items()):
        for name, value in fresh.items():
            setattr(row, name, value)
        row.version += 1
        row.save()


@writes
def conflicts_note(*, kind: str, pairs: Iterable[tuple[int, int]], feed: str, actor: str, at: dt.datetime) -> int:
    """Pairs that one row claimed to be one by two sure keys; how many are new or open again."""
    noted = 0
    for a, b in sorted({(min(pair), max(pair)) for pair in pairs}):
        row = Candidate.objects.filter(a=a, b=b).first()
        if row is None:
            read = profiles(kind, b, [a])
            features = features_of(read[a], read[b])
            _propose(read[a], read[b], sum(f.points for f in features), [asdict(f) for f in features], at)
            Candidate.objects.filter(a=a, b=b).update(origin=Candidate.Origin.CONFLICT, feed=feed[:80])
            noted += 1
        elif row.state in _OPEN and row.origin != Candidate.Origin.CONFLICT:
            _update(row, {"origin": Candidate.Origin.CONFLICT})
            noted += 1
    if noted:
        data = {"pairs": noted, "feed": feed}
        leaf_append(action="registry.identity.conflict", actor=actor, subject="registry:identities", data=data, at=at)
    return noted


@writes
def pairs_propose(*, kind: str, pairs: Iterable[tuple[int, int]], actor: str, at: dt.datetime) -> int:
    """Pairs found otherwise than by their blocks, scored like any other; how many are new in the queue."""
    fresh = 0
    for a, b in sorted(pairs):
        row = Candidate.objects.filter(a=a, b=b).first()
        read = profiles(kind, b, [a])
        fresh += _judge(read[a], read[b], row, at) and row is None
    if fresh:
        data = {"pairs": fresh}
        leaf_append(action="registry.identity.propose", actor=actor, subject="registry:identities", data=data, at=at)
    return fresh


@writes
def candidate_merge(
    *,
    candidate: int,
    version: int,
    survivor: int,
    reason: str,
    codes_checked: bool,
    actor: str,
    at: dt.datetime,
) -> Merge:
    """The pair is one: merge it. The same decision said twice is the same merge.

    Raises:
        ZhulianError: `identity.changed`, `identity.survivor`, and those of `subjects_merge`.
    """
    row = Candidate.objects.select_for_update().get(pk=candidate)
    if row.state == Candidate.State.MERGED and row.merge and row.decided_by == actor and row.merge.survivor == survivor:
        return row.merge
    _check(row, version)
    if survivor not in row.pair:
        raise ZhulianError("identity.survivor")
    gone = row.b if survivor == row.a else row.a
    merge = subjects_merge(survivor=survivor, gone=gone, reason=reason, codes_checked=codes_checked, actor=actor, at=at)
    _decide(row, Candidate.State.MERGED, reason, actor, at, merge=merge)
    _follow(gone, survivor)
    return merge


def _follow(gone: int, survivor: int) -> None:
    """Other pairs of the one that is gone are now the survivor's, unless it has them already."""
    for row in Candidate.objects.filter(Q(a=gone) | Q(b=gone), state__in=_OPEN):
        other = row.b if row.a == gone else row.a
        a, b = min(other, survivor), max(other, survivor)
        if a == b or Candidate.objects.filter(a=a, b=b).exists():
            row.delete()
        else:
            _update(row, {"a": a, "b": b})
    provisional_sync(Subject.objects.get(pk=survivor).kind, [survivor])


@writes
def candidate_undo(*, candidate: int, reason: str, actor: str, at: dt.datetime) -> Merge:
    """Take the merge of a pair back; the pair waits for a decision again.

    Raises:
        ZhulianError: `identity.not_merged`, `identity.no_reason`.
    """
    row = Candidate.objects.select_for_update().get(pk=candidate)
    if row.state != Candidate.State.MERGED or row.merge_id is None:
        raise ZhulianError("identity.not_merged")
    merge = merge_undo(merge=row.merge_id, reason=reason, actor=actor, at=at)
    _decide(row, Candidate.State.OPEN, reason, actor, at, merge=None)
    return merge


@writes
def candidate_keep_apart(*, candidate: int, version: int, reason: str, actor: str, at: dt.datetime) -> None:
    """The pair are two: they are not proposed again until what was compared changes.

    Raises:
        ZhulianError: `identity.changed`, `identity.no_reason`.
    """
    row = Candidate.objects.select_for_update().get(pk=candidate)
    if row.state == Candidate.State.DIFFERENT and row.decided_by == actor:
        return
    _check(row, version)
    _reasoned(reason)
    _decide(row, Candidate.State.DIFFERENT, reason, actor, at, merge=None)
    _note(row, "registry.identity.apart", {"reason": reason.strip()[:REASON_LIMIT]}, actor, at)


@writes
def candidate_reopen(*, candidate: int, reason: str, actor: str, at: dt.datetime) -> None:
    """A pair judged different, or left for later, waits for a decision again.

    Raises:
        ZhulianError: `identity.changed`, `identity.no_reason`.
    """
    row = Candidate.objects.select_for_update().get(pk=candidate)
    if row.state not in {Candidate.State.DIFFERENT, Candidate.State.SNOOZED}:
        raise ZhulianError("identity.changed")
    _reasoned(reason)
    _decide(row, Candidate.State.OPEN, reason, actor, at, merge=None)
    _note(row, "registry.identity.reopen", {"reason": reason.strip()[:REASON_LIMIT]}, actor, at)


@writes
def candidate_snooze(*, candidate: int, version: int, until: dt.date, reason: str, actor: str, at: dt.datetime) -> None:
    """Leave the pair until a day.

    Raises:
        ZhulianError: `identity.changed`, `identity.no_reason`, `identity.snooze`.
    """
    row = Candidate.objects.select_for_update().get(pk=candidate)
    _check(row, version)
    _reasoned(reason)
    today = from_micros(micros(at)).date()
    if not today < until <= today + dt.timedelta(days=366):
        raise ZhulianError("identity.snooze")
    row.snoozed_until = until
    _decide(row, Candidate.State.SNOOZED, reason, actor, at, merge=None)
    data = {"until": until.isoformat(), "reason": reason.strip()[:REASON_LIMIT]}
    _note(row, "registry.identity.snooze", data, actor, at)


@writes
def candidate_claim(*, candidates: Sequence[int], user: int, actor: str, at: dt.datetime) -> int | None:
    """Take the first of these pairs that nobody works on; None when all are taken."""
    rows = Candidate.objects.select_for_update(skip_locked=True).filter(pk__in=candidates)
    free = Q(locked_until=None) | Q(locked_until__lte=at) | Q(locked_by=user)
    found = {row.pk: row for row in rows.filter(free, state__in=_OPEN)}
    chosen = next((found[pk] for pk in candidates if pk in found), None)
    if chosen is None:
        return None
    chosen.locked_by_id, chosen.locked_until = user, at + LOCK
    chosen.save(update_fields=["locked_by", "locked_until"])
    _note(chosen, "registry.identity.claim", {}, actor, at)
    return chosen.pk


@writes
def snoozed_wake(*, today: dt.date, actor: str, at: dt.datetime) -> int:
    """Pairs whose day has come wait again."""
    rows = Candidate.objects.filter(state=Candidate.State.SNOOZED, snoozed_until__lte=today)
    if not rows.exists():
        return 0
    woken = rows.update(state=Candidate.State.OPEN)
    data = {"pairs": woken}
    leaf_append(action="registry.identity.wake", actor=actor, subject="registry:identities", data=data, at=at)
    return woken


@writes
def names_open(*, candidate: int, purpose: Purpose, actor: str, at: dt.datetime) -> None:
    """Somebody looks at the names of a pair of persons, and what for."""
    row = Candidate.objects.get(pk=candidate)
    begin(
        action="registry.identity.names",
        actor=actor,
        subject=f"candidate:{row.pk}",
        purpose=purpose,
        data={"a": row.a, "b": row.b},
        at=at,
    )


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise ZhulianError("identity.no_reason")


def _check(row: Candidate, version: int) -> None:
    if row.version != version or row.state not in _OPEN:
        raise ZhulianError("identity.changed")


def _decide(
    row: Candidate, state: Candidate.State, reason: str, actor: str, at: dt.datetime, *, merge: Merge | None
) -> None:
    row.state, row.reason, row.decided_by, row.decided_at = state, reason.strip()[:REASON_LIMIT], actor, micros(at)
    row.merge, row.version = merge, row.version + 1
    row.locked_by, row.locked_until = None, None
    row.save()


def _note(row: Candidate, action: str, data: dict[str, Any], actor: str, at: dt.datetime) -> None:
    pair = {"a": row.a, "b": row.b}
    leaf_append(action=action, actor=actor, subject=f"candidate:{row.pk}", data={**pair, **data}, at=at)
