"""The verdict as it stood when somebody acted on it: whole, with rule version and digest, so that it can be shown again.

Officer and enterprise keep the same thing, made by the same engine from the same rows (promise 4).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from zhulian.core.kernel.verdicts import Verdict
from zhulian.server.assessments import selectors, verification
from zhulian.server.assessments.moments import Moment
from zhulian.server.assessments.reasons import digest_of, missing_sentence, reason_from, shortfall_sentence
from zhulian.server.assessments.verification import ClauseLine, clause_lines, document_of
from zhulian.server.common import clock
from zhulian.server.registry.merging.selectors import survivor_of


def snapshot(enterprise: int, code: str, as_of: dt.date) -> dict[str, Any]:
    """The verdict on a pair as of a day, by what is known now. Without a code there is nothing to judge: empty."""
    if not code:
        return {}
    found = verification.assess(survivor_of(enterprise), code, Moment(as_of))
    return {
        "as_of": as_of.isoformat(),
        "at": clock.now().isoformat(),
        "verdict": found.verdict.value,
        "sentence": shortfall_sentence(found.reason) or missing_sentence(found.reason),
        "rule_version": found.rule_version,
        "rule_hash": found.rule_hash,
        "document": document_of(code, found.rule_version),
        "digest": digest_of(found.verdict, found.reason, found.rule_version, found.rule_hash),
        "reason": found.reason.as_json(),
    }


def lines(kept: dict[str, Any] | None) -> list[ClauseLine]:
    """The clause table of a snapshot."""
    return clause_lines(reason_from(kept["reason"])) if kept else []


def restored(enterprise: int, code: str) -> bool:
    """Whether the recorded verdict on the pair is met now; not enough data is not compliant."""
    rows = selectors.verdicts_of(survivor_of(enterprise)).filter(code=code) if code else None
    return rows is not None and rows.filter(verdict=Verdict.MET.value).exists()
