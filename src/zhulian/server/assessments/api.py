"""The API, version 1: search, public profiles, assessments, rulebooks.

Open operations give open columns only. Assessments need a signed-in session and the enterprise in scope; both are
decided where the pages decide them. Every refusal is problem+json (RFC 9457) with a code of the error catalogue.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Query
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer

from zhulian import rulebooks
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.server.assessments import documents, schemas, selectors, verification
from zhulian.server.assessments.moments import VERIFICATION, Moment, moment_from
from zhulian.server.assessments.permissions import VIEW
from zhulian.server.assessments.publishing import certificate, public_profile, rulebook, rulebook_detail
from zhulian.server.common import clock
from zhulian.server.common.errors import MEDIA_TYPE, problems_install
from zhulian.server.common.permissions import public, requires
from zhulian.server.portal import selectors as portal

PREFIX: Final = "/api/v1/"
LIMIT: Final = 100
"""Most items of a page."""

register(
    ErrorKind("api.enterprise", "没有「{key}」这家企业", "请用 18 位统一社会信用代码，或先用 /search 查找", 404),
    ErrorKind("api.rulebook", "规则库中没有「{code}」", "请用 GET /api/v1/rulebooks 查看已有的规则", 404),
    ErrorKind("api.query", "没有查询内容", "请在 q 中填写企业名称、拼音首字母、信用代码或证书编号", 400),
)

SECURITY: Final = {
    "key": {"type": "http", "scheme": "bearer", "description": "API 密钥（我的账号 › API 密钥），范围须含该操作的权限"},
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "浏览器登录后的会话"},
}
"""How guarded operations are opened: either will do."""

Day = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="日期，如 2025-12-31", format="date"),
]
Purpose = Literal["动态核查", "申报"]


class Api(NinjaAPI):
    """Ninja, except that errors are declared as what they are: problem+json."""

    def get_root_path(self, path_params: dict[str, Any]) -> str:  # noqa: ARG002 - ninja's signature
        """Where the API lives; the page that ninja would serve there is not ours."""
        return PREFIX

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        """The OpenAPI document with the media type of error responses corrected."""
        schema = super().get_openapi_schema(**given)
        schema.setdefault("components", {})["securitySchemes"] = SECURITY
        for operations in schema["paths"].values():
            for operation in operations.values():
                guarded = {401, 403} <= set(map(int, operation["responses"]))
                operation["security"] = [{name: []} for name in SECURITY] if guarded else []
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in response.get("content", {}):
                        response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        return schema


class ChineseJson(JSONRenderer):
    """JSON in UTF-8: Chinese as it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.json_dumps_params = {"ensure_ascii": False}


api = Api(
    title="筑联 API",
    version="1",
    description="企业公开信息、资质核查结论与标准。日期均为中国日期；出错时返回 application/problem+json。",
    docs_url=None,
    docs_decorator=public,
    urls_namespace="api",
    renderer=ChineseJson(),
)
problems_install(api)


def urls() -> list[URLResolver | URLPattern]:
    """The API's addresses without ninja's own page at its root."""
    return [pattern for pattern in api.urls[0] if getattr(pattern, "name", "") != "api-root"]


OPEN_ERRORS: Final = {400: schemas.Problem, 404: schemas.Problem, 422: schemas.Problem}
GUARDED_ERRORS: Final = {**OPEN_ERRORS, 401: schemas.Problem, 403: schemas.Problem}


@api.get("/search", response={200: schemas.FoundPage, **OPEN_ERRORS}, summary="查找企业", tags=["公开"])
@public
def search(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    q: Annotated[str, Query(description="名称、曾用名、拼音首字母、信用代码或证书编号", max_length=100)],
    limit: Annotated[int, Query(ge=1, le=LIMIT)] = 20,
    after: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Any:
    """Enterprises that match, best first."""
    q = q.strip()
    if not q:
        raise ZhulianError("api.query")
    hits, total = selectors.search_results(q, limit=limit, after=after, today=clock.today())
    more = after + limit
    return {"items": hits, "total": total, "next": more if more < total else None}


@api.get("/enterprises/{key}", response={200: schemas.Enterprise, **OPEN_ERRORS}, summary="企业公开信息", tags=["公开"])
@public
def enterprise(request: HttpRequest, key: str) -> Any:  # noqa: ARG001 - ninja's signature
    """The public profile."""
    return public_profile(_profile(key))


@api.get(
    "/enterprises/{key}/qualifications",
    response={200: schemas.Qualifications, **OPEN_ERRORS},
    summary="企业资质",
    tags=["公开"],
)
@public
def qualifications(request: HttpRequest, key: str) -> Any:  # noqa: ARG001 - ninja's signature
    """What is held and what has ended."""
    found = _profile(key)
    return {
        "key": found.key,
        "held": [certificate(c) for c in found.qualifications],
        "ended": [certificate(c) for c in found.ended],
    }


@api.get(
    "/enterprises/{key}/assessments",
    response={200: schemas.Assessments, **GUARDED_ERRORS},
    summary="企业全部资质的核查结论",
    tags=["核查"],
)
@requires(VIEW)
def assessments(
    request: HttpRequest, key: str, as_of: Day = None, known_at: Day = None, purpose: Purpose = VERIFICATION
) -> Any:
    """Everything held on the day, assessed now."""
    moment = _moment(as_of, known_at, purpose)
    row = _in_scope(request, key, moment)
    found = verification.assess_all(row.enterprise, moment)
    return {
        "key": key,
        "as_of": moment.as_of.isoformat(),
        "known_at": moment.known_at.isoformat() if moment.known_at else None,
        "purpose": moment.purpose,
        "items": [documents.assessment_json(row, a) for a in found],
    }


@api.get(
    "/enterprises/{key}/assessments/{code}",
    response={200: schemas.Assessment, **GUARDED_ERRORS},
    summary="一项资质的核查结论",
    tags=["核查"],
)
@requires(VIEW)
def assessment(
    request: HttpRequest,
    key: str,
    code: str,
    as_of: Day = None,
    known_at: Day = None,
    purpose: Purpose = VERIFICATION,
) -> Any:
    """One qualification, held or not."""
    moment = _moment(as_of, known_at, purpose)
    row = _in_scope(request, key, moment)
    if not verification.is_code(code):
        raise ZhulianError("assessment.no_code", value=code)
    return documents.assessment_json(row, verification.assess(row.enterprise, code, moment))


@api.get("/rulebooks", response={200: list[schemas.Rulebook]}, summary="标准目录", tags=["公开"])
@public
def rulebook_list(request: HttpRequest) -> Any:  # noqa: ARG001 - ninja's signature
    """All rulebooks with their versions."""
    return [rulebook(book) for book in rulebooks.library().rulebooks]


@api.get("/rulebooks/{code}", response={200: schemas.RulebookDetail, **OPEN_ERRORS}, summary="标准全文", tags=["公开"])
@public
def rulebook_one(request: HttpRequest, code: str) -> Any:  # noqa: ARG001 - ninja's signature
    """A rulebook with the clauses of every version and grade."""
    book = next((b for b in rulebooks.library().rulebooks if b.code == code), None)
    if book is None:
        raise ZhulianError("api.rulebook", code=code)
    return rulebook_detail(book)


def _moment(as_of: str | None, known_at: str | None, purpose: str) -> Moment:
    values = {"as_of": as_of or "", "known_at": known_at or "", "purpose": purpose}
    return moment_from(values, today=clock.today())


def _profile(key: str) -> portal.Profile:
    subject = portal.subject_of(key)
    found = portal.profile_of(subject, today=clock.today()) if subject is not None else None
    if found is None:
        raise ZhulianError("api.enterprise", key=key)
    return found


def _in_scope(request: HttpRequest, key: str, moment: Moment) -> Any:
    """The register's row behind a key, in the caller's scope."""
    subject = portal.subject_of(key)
    row = selectors.profile(subject, moment) if subject is not None else None
    if row is None:
        raise ZhulianError("api.enterprise", key=key)
    if not selectors.may_see(request.user, row.enterprise):
        raise ZhulianError("assessment.out_of_scope")
    return row


@require_safe
@public
def documentation(request: HttpRequest) -> HttpResponse:
    """The operations in words, from the same OpenAPI document (no page of a content network is loaded)."""
    schema = api.get_openapi_schema()
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation["summary"],
            "tags": operation["tags"],
            "parameters": [_parameter(p) for p in operation["parameters"]],
            "responses": sorted(map(str, operation["responses"])),
        }
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "assessments/api.html", {"operations": operations, "address": f"{PREFIX}openapi.json"})


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    """A row of the parameter table."""
    schema = parameter["schema"]
    return {
        "name": parameter["name"],
        "in_path": parameter["in"] == "path",
        "required": parameter.get("required", False),
        "text": parameter.get("description") or schema.get("description", ""),
        "options": schema.get("enum", []),
    }
