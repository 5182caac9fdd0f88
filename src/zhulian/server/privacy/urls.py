"""Addresses about personal data."""

from django.urls import path

from zhulian.server.privacy import views

app_name = "privacy"
urlpatterns = [
    path("", views.index, name="index"),
    path("holds/new", views.hold_set, name="hold_set"),
    path("holds/<int:pk>/lift", views.hold_lift, name="hold_lift"),
    path("person", views.person, name="person"),
    path("person/erase", views.person_erase, name="person_erase"),
    path("accounts/<int:pk>/erase", views.account_erase, name="account_erase"),
]
