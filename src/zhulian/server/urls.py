"""All addresses. An app lists its own; start-up refuses one without a permission (common.permissions)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
