"""Addresses of the assessments; the subject is always in the address."""

from django.urls import path

from zhulian.server.assessments import contracts_rules, contracts_views, views

app_name = "assessments"
urlpatterns = [
    path("", views.listing, name="list"),
    path("export.<str:kind>", views.listing_export, name="list_export"),
    path("contracts", contracts_views.listing, name="contracts"),
    path("contracts/export.<str:kind>", contracts_views.export, name="contracts_export"),
    path("contracts/limits", contracts_rules.limits, name="limits"),
    path("contracts/<int:row_id>", contracts_views.contract, name="contract"),
    path("enterprise/<int:enterprise>", views.enterprise, name="enterprise"),
    path("enterprise/<int:enterprise>/names", views.names, name="names"),
    path("enterprise/<int:enterprise>/<str:code>", views.assessment, name="assessment"),
    path("enterprise/<int:enterprise>/<str:code>/people", views.people, name="people"),
    path("enterprise/<int:enterprise>/<str:code>/months", views.months, name="months"),
    path("enterprise/<int:enterprise>/<str:code>/export.<str:kind>", views.assessment_export, name="assessment_export"),
]
