"""Addresses of rectifications and verifications, for officers and for the enterprise."""

from django.urls import path

from zhulian.server.campaigns import views

app_name = "campaigns"
urlpatterns = [
    path("own", views.own, name="own"),
    path("rectifications", views.rectifications, name="rectifications"),
    path("rectification/<int:rectification>", views.rectification, name="rectification"),
    path("rectification/<int:rectification>/file", views.rectification_file, name="rectification_file"),
    path("rectification/<int:rectification>/do/<str:action>", views.rectification_move, name="rectification_move"),
    path("verifications", views.verifications, name="verifications"),
    path("verification/<int:verification>", views.verification, name="verification"),
    path("verification/<int:verification>/self-check", views.verification_self_check, name="self_check"),
    path("verification/<int:verification>/do/<str:action>", views.verification_move, name="verification_move"),
    path("evidence/<int:evidence>", views.download, name="evidence"),
]
