"""Addresses of the trail."""

from django.urls import path

from zhulian.server.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.listing, name="list"),
    path("export.csv", views.export, name="export"),
    path("check", views.check, name="check"),
    path("own", views.own, name="own"),
    path("leaf/<int:leaf>", views.leaf, name="leaf"),
    path("leaf/<int:leaf>/proof", views.proof, name="proof"),
    path("leaf/<int:leaf>/raw", views.raw, name="raw"),
]
