"""Addresses of the enterprise's side; the subject is always in the address."""

from django.urls import URLPattern

app_name = "advice"
urlpatterns: list[URLPattern] = []
