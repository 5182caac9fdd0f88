"""Who is meant: the rules of identity, the same for the server's table `identity` and for bulk's dictionaries.

A sure key (credit code, platform id, ID number, project code) identifies a subject. A name identifies one only
within a province, and provisionally: the subject that it found or made becomes confirmed when a sure key is
told together with that name. Two sure keys of one row must not belong to two subjects; merging is a person's act.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import Key, name_key
from zhulian.core.tables import Kind, Table
from zhulian.intake.model import Value
from zhulian.intake.validate import KEY_COLUMNS, LABELS, province_of


@dataclass(frozen=True, slots=True)
class Match:
    """What the keys of a row say. `subject` None: make a new one. `attach`: keys that it gains."""

    subject: int | None
    attach: tuple[Key, ...]
    confirmed: bool
    """Whether a sure key is among them, so that the subject is no longer provisional."""


def subject_of(table: Table) -> str:
    """The kind of subject that the table is about itself (`enterprise`), empty for tables that only refer."""
    return table.name if table.name == table.subject else ""


def own_keys(table: Table, values: Mapping[str, Value]) -> tuple[Key, ...]:
    """All keys that a row of a subject's own table tells of it, sure ones first, each once."""
    subject = subject_of(table)
    keys: list[Key] = []
    if isinstance(own := values.get(subject), Key):
        keys.append(own)
    keys += [Key(name, text) for name in KEY_COLUMNS[subject] if isinstance(text := values.get(name), str)]
    if subject == "enterprise" and isinstance(name := values.get("name"), str) and values.get("region"):
        keys.append(name_key(name, province_of(str(values["region"]))))
    return tuple(sorted(dict.fromkeys(keys), key=lambda key: not key.sure))


@cache
def reference_columns(table: Table) -> tuple[tuple[str, str], ...]:
    """(column, kind of subject) of every REF column of a table."""
    return tuple((c.name, c.refers) for c in table.columns if c.kind is Kind.REF)


def match(
    subject: str, keys: tuple[Key, ...], known: Mapping[Key, int], sure_of: Mapping[int, frozenset[str]]
) -> Match:
    """The subject that keys mean, by what is known of them. `sure_of`: kinds of sure keys that a subject has.

    A name that belongs to a subject with another key of the same sure kind is a namesake: it is left there.

    Raises:
        ZhulianError: `identity.conflict` when two sure keys belong to two subjects.
    """
    sure = [k for k in keys if k.sure]
    found = {known[k]: k for k in reversed(sure) if k in known}
    if len(found) > 1:
        first, second = sorted(found.values())[:2]
        raise ZhulianError("identity.conflict", first=first, second=second, label=LABELS[subject])
    if found:
        chosen: int | None = next(iter(found))
    else:
        named = (known[k] for k in keys if not k.sure and k in known)
        kinds = {k.kind for k in sure}
        chosen = next((s for s in named if not kinds & sure_of.get(s, frozenset())), None)
    return Match(chosen, tuple(k for k in keys if k not in known), bool(sure))
