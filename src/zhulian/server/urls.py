"""All addresses. An app lists its own; start-up refuses one without a permission (common.permissions)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from zhulian.server.assessments import api
from zhulian.server.decisions.api import router as decisions
from zhulian.server.events.api import router as events
from zhulian.server.portal.open_api import router as opened

handler400 = "zhulian.server.common.errors.bad_request"
handler403 = "zhulian.server.common.errors.forbidden"
handler404 = "zhulian.server.common.errors.not_found"
handler500 = "zhulian.server.common.errors.server_error"

api.api.add_router("", decisions)
api.api.add_router("", events)
api.api.add_router("", opened)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("zhulian.server.accounts.urls")),
    path("access/", include("zhulian.server.accounts.administration.urls")),
    path("keys/", include("zhulian.server.apikeys.urls")),
    path("privacy/", include("zhulian.server.privacy.urls")),
    path("assessments/", include("zhulian.server.assessments.urls")),
    path("advice/", include("zhulian.server.advice.urls")),
    path("events/", include("zhulian.server.events.urls")),
    path("decisions/", include("zhulian.server.decisions.urls")),
    path("acts/", include("zhulian.server.acts.urls")),
    path("campaigns/", include("zhulian.server.campaigns.urls")),
    path("linkage/", include("zhulian.server.linkage.urls")),
    path("worklist/", include("zhulian.server.worklist.urls")),
    path("messages/", include("zhulian.server.messages.urls")),
    path("exchange/", include("zhulian.server.exchange.urls")),
    path("common/", include("zhulian.server.common.urls")),
    path("registers/", include("zhulian.server.registers.urls")),
    path("registry/", include("zhulian.server.registry.urls")),
    path("", include("zhulian.server.notary.urls")),
    path("audit/", include("zhulian.server.audit.urls")),
    path("api/v1/docs", api.documentation, name="api-docs"),
    path("api/v1/", include((api.urls(), "ninja"), namespace="api")),
    path("", include("zhulian.server.portal.urls")),
]
