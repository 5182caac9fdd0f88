"""Addresses of the portal: the public's pages, the work desk, the developers' page of components."""

from __future__ import annotations

from django.urls import path

from zhulian.server.portal import linkage_views, open_views, province_views, views

app_name = "portal"
urlpatterns = [
    path("", views.search, name="search"),
    path("e/<str:key>", views.enterprise, name="enterprise"),
    path("rules", views.rules, name="rules"),
    path("rules/linkage", linkage_views.rules, name="linkage_rules"),
    path("rules/linkage/<str:rule>", linkage_views.rule, name="linkage_rule"),
    path("rules/provinces/<str:province>", province_views.province, name="province"),
    path("rules/<str:code>", views.rulebook, name="rulebook"),
    path("open", open_views.index, name="open"),
    path("open/restrictions.<str:kind>", open_views.download, name="open_file"),
    path("about", views.about, name="about"),
    path("home", views.home, name="home"),
    path("developers/components", views.components, name="components"),
]
