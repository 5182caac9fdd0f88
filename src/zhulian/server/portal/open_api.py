"""Open data in the API: restrictions and their endings, page by page."""

from __future__ import annotations

from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from zhulian.server.assessments.schemas import Problem
from zhulian.server.common import clock
from zhulian.server.common.permissions import public
from zhulian.server.portal import open_data

router = Router(tags=["公开"])
LIMIT: Final = 1000
"""Most items of a page."""
LAST: Final = 2**63 - 1
"""The greatest number that a row can have."""


class RestrictionOut(Schema):
    """An effective restriction or mark, or one that was; the page of open data says what the fields mean."""

    number: int
    enterprise: str
    uscc: str
    kind: str
    scope: str = Field(description="企业、资质、工程项目")
    code: str
    refuses: str
    clause: str
    document_no: str
    authority: str
    effective_from: str
    until: str | None
    state: str
    ended_on: str | None
    end_cause: str


class RestrictionPage(Schema):
    """A page in the order of numbers; `next` goes into `after` for the next one."""

    on: str
    items: list[RestrictionOut]
    next: int | None


@router.get(
    "/restrictions",
    response={200: RestrictionPage, 400: Problem, 404: Problem, 422: Problem},
    summary="生效过的标注和限制措施及其结束",
)
@public
def restrictions(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    limit: Annotated[int, Query(ge=1, le=LIMIT)] = 100,
    after: Annotated[int, Query(ge=0, le=LAST, description="上一页的 next")] = 0,
) -> Any:
    """What took effect, with how it ended: nothing that is only proposed, decided or not served."""
    on = clock.today()
    items, more = open_data.page(after=after, limit=limit, on=on)
    return {"on": on.isoformat(), "items": items, "next": more}
