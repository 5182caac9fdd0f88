"""By what an enterprise is found: its names, former and merged ones too, and its numbers."""

from __future__ import annotations

from collections.abc import Iterable

from zhulian.server.common import search
from zhulian.server.registry.merging.selectors import member_names
from zhulian.server.registry.models import Enterprise, Qualification, SafetyPermit


def tokens_write(enterprises: Iterable[int]) -> None:
    """Make the search tokens of these enterprises those of their names, former and merged ones too, and numbers."""
    ids = sorted(enterprises)
    names: dict[int, dict[str, None]] = {e: {} for e in ids}
    codes: dict[int, dict[str, None]] = {e: {} for e in ids}
    for enterprise, name, uscc in (
        Enterprise.objects.known().filter(enterprise__in=ids).values_list("enterprise", "name", "uscc")
    ):
        names[enterprise][name] = None
        if uscc:
            codes[enterprise][uscc] = None
    for enterprise, others in member_names(ids).items():
        names[enterprise].update(dict.fromkeys(others))
    for model, column in ((Qualification, "certificate_no"), (SafetyPermit, "permit_no")):
        rows = model.objects.known().filter(enterprise__in=ids, **{f"{column}__isnull": False})
        for enterprise, number in rows.values_list("enterprise", column):
            codes[enterprise][number] = None
    search.tokens_set("enterprise", {e: search.Texts(tuple(names[e]), tuple(codes[e])) for e in ids})
