"""Merging two subjects, and undoing it: a person's decision, with reason, in one transaction.

Rows, identities, search tokens, provisional marks, events and the leaf commit together. The writers' lock of the
registry is held, so nothing arrives in between; the subjects' own rows are locked for whoever decides at the same
time. A crash here leaves nothing of the merge.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from zhulian.core.kernel.dates import micros
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.common import outbox
from zhulian.server.common.writing import writes
from zhulian.server.notary.services import leaf_append
from zhulian.server.registry.events import MERGED, PARTED, facts_changed
from zhulian.server.registry.finding import tokens_write
from zhulian.server.registry.merging import errors  # noqa: F401 - declares them
from zhulian.server.registry.merging.forest import Edge, Forest
from zhulian.server.registry.merging.moving import Plan, forest_load, plan, write
from zhulian.server.registry.merging.selectors import rows_of
from zhulian.server.registry.models import Identity, Merge, Subject, SubjectKind
from zhulian.server.registry.provisional import provisional_sync
from zhulian.server.registry.storage import writer_lock

REASON_LIMIT: Final = 500
SINGLE: Final = {"uscc": "统一社会信用代码", "id_no": "身份证号码"}
"""Keys of which a subject has one only: two of them need a word of whoever merges."""
_LATEST: Final = 2**62
"""Number of a merge that is not stored yet: after all others."""


@writes
def subjects_merge(
    *, survivor: int, gone: int, reason: str, codes_checked: bool = False, actor: str, at: dt.datetime
) -> Merge:
    """From now on two subjects are one. `codes_checked`: two credit codes, or ID numbers, were found to be of one.

    Raises:
        ZhulianError: `identity.no_reason`, `.survivor`, `.kinds`, `.merged_already`, `.two_codes`.
    """
    text = _reason(reason)
    writer_lock()
    kind = _locked(survivor, gone)
    before = forest_load([survivor, gone])
    if survivor in before.edges or gone in before.edges:
        raise ZhulianError("identity.merged_already")
    if not codes_checked:
        _one_code(survivor, gone)
    counts = rows_of(kind, gone)
    after = before.joined(Edge(gone, survivor, _LATEST))
    _rearrange(kind, before, after, at=at, about=(survivor, gone))
    merge = Merge.objects.create(
        subject_kind=kind, survivor=survivor, gone=gone, reason=text, actor=actor, at=micros(at), moved=counts
    )
    _finish(kind, before, after, survivor)
    data = {"survivor": survivor, "gone": gone, "kind": kind, "reason": text, "moved": dict(counts)}
    leaf_append(action="registry.subject.merge", actor=actor, subject=f"{kind}:{survivor}", data=data, at=at)
    outbox.append([outbox.Event(MERGED, f"{kind}:{survivor}", {"merge": merge.pk, "gone": gone})])
    return merge


@writes
def merge_undo(*, merge: int, reason: str, actor: str, at: dt.datetime) -> Merge:
    """Take a merge back: both are again what they were, with what has arrived since on the side of the survivor.

    Raises:
        ZhulianError: `identity.no_reason`, `identity.not_merged`.
    """
    text = _reason(reason)
    writer_lock()
    row = Merge.objects.select_for_update().filter(pk=merge, undone_at=None).first()
    if row is None:
        raise ZhulianError("identity.not_merged")
    before = forest_load([row.gone])
    after = before.parted(row.gone)
    row.undone_at, row.undone_by, row.undo_reason = micros(at), actor, text
    _rearrange(row.subject_kind, before, after, at=at, about=(row.survivor, row.gone))
    row.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    _finish(row.subject_kind, before, after, row.gone)
    data = {"merge": row.pk, "survivor": row.survivor, "gone": row.gone, "reason": text}
    subject = f"{row.subject_kind}:{row.gone}"
    leaf_append(action="registry.subject.part", actor=actor, subject=subject, data=data, at=at)
    outbox.append([outbox.Event(PARTED, subject, {"merge": row.pk, "survivor": row.survivor})])
    return row


def _reason(text: str) -> str:
    reason = text.strip()[:REASON_LIMIT]
    if not reason:
        raise ZhulianError("identity.no_reason")
    return reason


def _locked(survivor: int, gone: int) -> str:
    """The kind of both, their rows locked in the order of their ids."""
    found = list(Subject.objects.select_for_update().filter(pk__in=[survivor, gone]).order_by("pk"))
    if len(found) != 2:
        raise ZhulianError("identity.no_pair")
    kinds = {row.kind for row in found}
    if len(kinds) != 1:
        raise ZhulianError("identity.kinds")
    return kinds.pop()


def _one_code(survivor: int, gone: int) -> None:
    rows = Identity.objects.filter(subject_id__in=[survivor, gone], kind__in=SINGLE, active=True)
    by_kind: dict[str, dict[int, str]] = {}
    for subject, kind, value in rows.order_by("pk").values_list("subject_id", "kind", "value"):
        by_kind.setdefault(kind, {})[subject] = value
    for kind, values in by_kind.items():
        if len(values) == 2:
            first, second = (value if kind == "uscc" else "（已加密）" for value in values.values())
            raise ZhulianError("identity.two_codes", label=SINGLE[kind], first=first, second=second)


def _rearrange(kind: str, before: Forest, after: Forest, *, at: dt.datetime, about: Sequence[int]) -> Plan:
    """Rows and their events."""
    members = {member for subject in about for member in before.cluster(subject)}
    done = plan(kind, before, after, members)
    touched = write(done, at=micros(at))
    affects = tuple(f"{kind}:{subject}" for subject in about)
    outbox.append(facts_changed(touched.tables_of, touched.persons, affects=affects))
    return done


def _finish(kind: str, before: Forest, after: Forest, subject: int) -> None:
    """Identities, provisional marks and search tokens after the rows."""
    members = {*before.cluster(subject), *after.cluster(subject)}
    _identities(members, after)
    provisional_sync(kind, members)
    if kind == SubjectKind.ENTERPRISE:
        tokens_write(members)


def _identities(members: Iterable[int], after: Forest) -> None:
    """Every identity names the subject in whom its own member lives on."""
    rows = Identity.objects.select_for_update().filter(subject_id__in=members)
    changed = []
    for row in rows.order_by("pk"):
        own = row.member or row.subject_id
        root = after.root(own)
        member = own if own != root else None
        if (root, member) != (row.subject_id, row.member):
            row.subject_id, row.member = root, member
            changed.append(row)
    Identity.objects.bulk_update(changed, ["subject", "member"], batch_size=500)
