"""All addresses. An app lists its own; start-up refuses one without a permission (common.permissions)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []

handler400 = "zhulian.server.common.errors.bad_request"
handler403 = "zhulian.server.common.errors.forbidden"
handler404 = "zhulian.server.common.errors.not_found"
handler500 = "zhulian.server.common.errors.server_error"
