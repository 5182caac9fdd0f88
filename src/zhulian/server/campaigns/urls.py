"""Addresses of campaigns, rectifications and verifications, for officers, the enterprise and the public."""

from django.urls import path

from zhulian.server.campaigns import batch_views, public_views, views

app_name = "campaigns"
urlpatterns = [
    path("own", views.own, name="own"),
    path("rectifications", views.rectifications, name="rectifications"),
    path("rectification/<int:rectification>", views.rectification, name="rectification"),
    path("rectification/<int:rectification>/file", views.rectification_file, name="rectification_file"),
    path("rectification/<int:rectification>/evidence", views.rectification_bundle, name="rectification_bundle"),
    path("rectification/<int:rectification>/do/<str:action>", views.rectification_move, name="rectification_move"),
    path("verifications", views.verifications, name="verifications"),
    path("verification/<int:verification>", views.verification, name="verification"),
    path("verification/<int:verification>/self-check", views.verification_self_check, name="self_check"),
    path("verification/<int:verification>/evidence", views.verification_bundle, name="verification_bundle"),
    path("verification/<int:verification>/do/<str:action>", views.verification_move, name="verification_move"),
    path("verification/<int:verification>/order", views.verification_order, name="verification_order"),
    path("batches", batch_views.campaigns, name="campaigns"),
    path("batches/plan", batch_views.plan, name="plan"),
    path("batch/<int:campaign>", batch_views.campaign, name="campaign"),
    path("batch/<int:campaign>/plan", batch_views.plan, name="plan_change"),
    path("batch/<int:campaign>/select", batch_views.select, name="select"),
    path("batch/<int:campaign>/do/<str:action>", batch_views.move, name="campaign_move"),
    path("batch/<int:campaign>/members", batch_views.members, name="members"),
    path("batch/<int:campaign>/members.<str:kind>", batch_views.export, name="members_export"),
    path("batch/<int:campaign>/bulk", batch_views.bulk_preview, name="bulk"),
    path("batch/<int:campaign>/bulk/do", batch_views.bulk_do, name="bulk_do"),
    path("batch/<int:campaign>/frame", batch_views.frame, name="frame"),
    path("public", public_views.campaigns, name="public_list"),
    path("public/<int:campaign>", public_views.campaign, name="public"),
    path("public/<int:campaign>/frame", public_views.frame, name="public_frame"),
    path("evidence/<int:evidence>", views.download, name="evidence"),
]
