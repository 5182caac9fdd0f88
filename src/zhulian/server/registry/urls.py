from __future__ import annotations

from django.urls import path

from zhulian.server.registry import identity_views, views

app_name = "registry"
urlpatterns = [
    path("enterprises", views.enterprises, name="enterprises"),
    path("enterprises.<str:kind>", views.enterprises_export, name="enterprises_export"),
    path("identities", identity_views.listing, name="identities"),
    path("identities.<str:kind>", identity_views.export, name="identities_export"),
    path("identities/next", identity_views.take_next, name="identity_next"),
    path("identities/<int:pk>", identity_views.detail, name="identity"),
    path("identities/<int:pk>/names", identity_views.names, name="identity_names"),
    path("identities/<int:pk>/preview", identity_views.tried, name="identity_preview"),
    path("identities/<int:pk>/merge", identity_views.merge, name="identity_merge"),
    path("identities/<int:pk>/apart", identity_views.apart, name="identity_apart"),
    path("identities/<int:pk>/snooze", identity_views.snooze, name="identity_snooze"),
    path("identities/<int:pk>/reopen", identity_views.reopen, name="identity_reopen"),
    path("identities/<int:pk>/undo", identity_views.undo, name="identity_undo"),
]
