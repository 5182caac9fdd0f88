"""Which licences the locked packages are under, as their own metadata say, and whether that is permitted.

A package says it by a licence expression (SPDX), else by a short licence field, else by its trove classifiers; several
classifiers all bind. What is not permitted in `requirements/audit.toml` needs an exception there, with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from importlib.metadata import Distribution
from typing import Any

from packaging.utils import canonicalize_name

_PREFIX = "License :: "
_SHORT = 60
"""Characters: a longer licence field is the text of a licence, not its name."""


def said(distribution: Distribution) -> list[str]:
    """What a package says of its licence, in its own words or as an SPDX expression; all of it binds; may be empty."""
    told = distribution.metadata
    if "License-Expression" in told:
        return [told["License-Expression"]]
    field = told["License"].strip() if "License" in told else ""
    if field and len(field) <= _SHORT and "\n" not in field:
        return [field]
    classifiers = [text.rpartition(" :: ")[2] for text in told.get_all("Classifier") or [] if text.startswith(_PREFIX)]
    return [text for text in classifiers if text != "OSI Approved"]


def permitted(text: str, allowed: Collection[str]) -> bool:
    """Whether an SPDX expression can be kept by permitted licences only: one side of each OR, both of each AND."""
    words = re.findall(r"[()]|[^\s()]+", text)
    try:
        found = _either(words, allowed)
    except IndexError:
        return False
    return found and not words


def problem(distribution: Distribution, *, ships: bool, policy: Mapping[str, Any]) -> str:
    """Why a package's licence is not permitted; empty when it is."""
    found = said(distribution)
    words = " AND ".join(found)
    exception = policy.get("exceptions", {}).get(canonicalize_name(distribution.name))
    if exception is None:
        names = policy["names"]
        if found and all(permitted(names.get(text, text), policy["allowed"]) for text in found):
            return ""
        return f"its licence is not permitted: {words or 'it says none'}"
    if exception["says"] != words:
        return f"its exception was made for {exception['says']!r}, now it says {words!r}"
    if ships and not exception["ships"]:
        return f"{exception['licence']} is permitted in development only, and it stands in base.lock"
    return ""


def _either(words: list[str], allowed: Collection[str]) -> bool:
    found = _both(words, allowed)
    while words and words[0] == "OR":
        words.pop(0)
        found = _both(words, allowed) or found
    return found


def _both(words: list[str], allowed: Collection[str]) -> bool:
    found = _one(words, allowed)
    while words and words[0] == "AND":
        words.pop(0)
        found = _one(words, allowed) and found
    return found


def _one(words: list[str], allowed: Collection[str]) -> bool:
    word = words.pop(0)
    if word != "(":
        return word in allowed
    found = _either(words, allowed)
    return words.pop(0) == ")" and found
