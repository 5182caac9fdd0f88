"""Eligibility for tender platforms, permit systems and other provinces: single and batch, in the one API.

`server.urls` puts the router into the API.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from zhulian.core.kernel.dates import parse_date
from zhulian.core.kernel.errors import ZhulianError
from zhulian.server.assessments.api import GUARDED_ERRORS, Day
from zhulian.server.common import clock
from zhulian.server.common.permissions import requires
from zhulian.server.decisions import schemas, selectors
from zhulian.server.decisions.eligibility import LIMIT, Asked
from zhulian.server.decisions.permissions import ASK

router = Router(tags=["承揽资格"])


@router.get(
    "/eligibility/{uscc}",
    response={200: schemas.EligibilityOut, **GUARDED_ERRORS},
    summary="承揽资格（单个）",
)
@requires(ASK)
def eligibility(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    uscc: str,
    purpose: Annotated[
        schemas.Purpose | None, Query(description="必填：bid 投标、contract 承揽、permit 施工许可、declare 申报")
    ] = None,
    code: Annotated[str, Query(max_length=10, description="资质代码，如 D101B")] = "",
    on: Day = None,
) -> Any:
    """May this enterprise bid, contract, get a construction permit, declare, today or on a day?"""
    if purpose is None:
        raise ZhulianError("eligibility.purpose")
    found = selectors.eligibility(uscc.upper(), purpose, code, on=_day(on))
    if not found.known:
        raise ZhulianError("eligibility.none", uscc=uscc)
    return found.as_json()


@router.post(
    "/eligibility",
    response={200: schemas.EligibilityList, **GUARDED_ERRORS},
    summary="承揽资格（批量，至多 1,000 家）",
)
@requires(ASK)
def eligibility_batch(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    questions: schemas.Questions | None = None,
    on: Day = None,
) -> Any:
    """Many at once; an enterprise that is not in the register is answered with `known` false."""
    # Optional in the signature, so that who may not ask is told that before what is missing.
    if questions is None:
        raise ZhulianError("eligibility.purpose")
    if len(questions.items) > LIMIT:
        raise ZhulianError("eligibility.many", most=LIMIT)
    if any("\0" in text for q in questions.items for text in (q.uscc, q.code)):  # PostgreSQL does not even look for one
        raise ZhulianError("request.nul")
    day = _day(on)
    asked = [Asked(q.uscc.upper(), q.purpose, q.code) for q in questions.items]
    return {"on": day.isoformat(), "items": [e.as_json() for e in selectors.eligibility_many(asked, on=day)]}


def _day(text: str | None) -> dt.date:
    return parse_date(text) if text else clock.today()
