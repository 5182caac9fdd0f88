"""Addresses of keys for programs."""

from django.urls import path

from zhulian.server.apikeys import views

app_name = "apikeys"
urlpatterns = [
    path("", views.own, name="own"),
    path("new", views.new, name="new"),
    path("all", views.everybodys, name="all"),
    path("<int:pk>/revoke", views.revoke, name="revoke"),
]
