"""Addresses of the enterprise's side; the subject is always in the address."""

from django.urls import path

from zhulian.server.advice import views, what_if

app_name = "advice"
urlpatterns = [
    path("<int:enterprise>", views.checkup, name="checkup"),
    path("<int:enterprise>/what-if", what_if.what_if, name="what_if"),
    path("<int:enterprise>/what-if/change", what_if.change, name="change"),
    path("<int:enterprise>/what-if/draft", what_if.draft, name="draft"),
    path("<int:enterprise>/next", views.reach, name="next"),
    path("<int:enterprise>/next/<str:code>", views.cure, name="cure"),
    path("<int:enterprise>/expiring", views.expiries, name="expiring"),
    path("<int:enterprise>/expiring.<str:kind>", views.expiries_export, name="expiring_export"),
    path("<int:enterprise>/people", views.people, name="people"),
    path("<int:enterprise>/people.<str:kind>", views.people_export, name="people_export"),
    path("<int:enterprise>/leaving", views.leaving, name="leaving"),
    path("<int:enterprise>/works", views.finished, name="works"),
    path("<int:enterprise>/works.<str:kind>", views.works_export, name="works_export"),
]
