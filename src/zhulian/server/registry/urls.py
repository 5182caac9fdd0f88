from __future__ import annotations

from django.urls import path

from zhulian.server.registry import views

app_name = "registry"
urlpatterns = [
    path("enterprises", views.enterprises, name="enterprises"),
    path("enterprises.<str:kind>", views.enterprises_export, name="enterprises_export"),
]
