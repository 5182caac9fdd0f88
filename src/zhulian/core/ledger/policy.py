"""Whose signatures make a checkpoint trusted (C2SP tlog-policy): logs, witnesses, groups, a quorum.

log <verifier key> [<url>]
witness <name> <verifier key> [<url>]
group <name> any|all|<number> <member> …
quorum <name>|none
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zhulian.core.ledger.errors import LedgerError
from zhulian.core.ledger.notes import Note, Verifier

_NONE = "none"


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: the name that the policy gives it, its key, and where it is asked, if anywhere."""

    name: str
    key: Verifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Read from text by :func:`parse`. `groups`: name → how many of which members."""

    logs: tuple[Verifier, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str = _NONE

    def signed_by(self, note: Note) -> frozenset[str]:
        """Names of the witnesses whose cosignatures of the note hold; one that does not hold counts as none."""
        found = set()
        for witness in self.witnesses:
            try:
                witness.key.check(note)
            except LedgerError:
                continue
            found.add(witness.name)
        return frozenset(found)

    def satisfied(self, note: Note) -> bool:
        """Whether enough witnesses have cosigned."""
        return self._holds(self.quorum, self.signed_by(note))

    def _holds(self, name: str, signed: frozenset[str]) -> bool:
        if name not in self.groups:
            return name == _NONE or name in signed
        threshold, members = self.groups[name]
        return sum(self._holds(member, signed) for member in members) >= threshold


def parse(text: str) -> Policy:
    """Read a policy; `#` begins a comment.

    Raises:
        LedgerError: `policy.line`, naming the line, and what a key raises.
    """
    out = Policy()
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        try:
            out = _READ[words[0]](out, words[1:])
        except (KeyError, IndexError, ValueError) as error:
            why = str(error) if isinstance(error, LedgerError) else "see the form of lines in tlog-policy"
            raise LedgerError("policy.line", f"line {number}, {line.strip()[:80]!r}: {why}") from None
    if out.quorum != _NONE and not _known(out, out.quorum):
        raise LedgerError("policy.line", f"the quorum {out.quorum} is neither a witness nor a group")
    return out


def _known(policy: Policy, name: str) -> bool:
    return name in policy.groups or any(w.name == name for w in policy.witnesses)


def _fresh(policy: Policy, name: str) -> str:
    if name == _NONE or _known(policy, name):
        raise LedgerError("policy.line", f"the name {name} is taken")
    return name


def _log(policy: Policy, words: list[str]) -> Policy:
    return Policy((*policy.logs, Verifier.parse(words[0])), policy.witnesses, policy.groups, policy.quorum)


def _witness(policy: Policy, words: list[str]) -> Policy:
    name, key, url = [*words, ""][:3]
    made = Witness(_fresh(policy, name), Verifier.parse(key), url)
    if not made.key.witness:
        raise LedgerError("policy.line", "the key is of a log, not of a witness")
    return Policy(policy.logs, (*policy.witnesses, made), policy.groups, policy.quorum)


def _group(policy: Policy, words: list[str]) -> Policy:
    name, threshold, *members = words
    if not members or len(set(members)) != len(members) or not all(_known(policy, m) for m in members):
        raise LedgerError("policy.line", "members are witnesses or groups named before, each once")
    count = {"any": 1, "all": len(members)}.get(threshold) or int(threshold)
    if not 1 <= count <= len(members):
        raise LedgerError("policy.line", f"{count} of {len(members)} is no threshold")
    groups = {**policy.groups, _fresh(policy, name): (count, tuple(members))}
    return Policy(policy.logs, policy.witnesses, groups, policy.quorum)


def _quorum(policy: Policy, words: list[str]) -> Policy:
    return Policy(policy.logs, policy.witnesses, policy.groups, words[0])


_READ = {"log": _log, "witness": _witness, "group": _group, "quorum": _quorum}
