"""Addresses of the registers of market and site."""

from __future__ import annotations

from django.urls import path

from zhulian.server.registers import views

app_name = "registers"
urlpatterns = [
    path("", views.index, name="index"),
    path("project/<int:project>", views.project, name="project"),
    path("<str:name>", views.listing, name="list"),
    path("<str:name>/export.<str:kind>", views.export, name="export"),
]
