from __future__ import annotations

from django.urls import path

from zhulian.server.exchange import feed_views, quality_views, views

app_name = "exchange"
urlpatterns = [
    path("", views.listing, name="list"),
    path("feeds", feed_views.listing, name="feeds"),
    path("feeds/new", feed_views.create, name="feed_create"),
    path("feeds/<int:pk>", feed_views.detail, name="feed"),
    path("feeds/<int:pk>/edit", feed_views.edit, name="feed_edit"),
    path("feeds/<int:pk>/pause", feed_views.pause, name="feed_pause"),
    path("feeds/<int:pk>/run", feed_views.run, name="feed_run"),
    path("quality", quality_views.page, name="quality"),
    path("quality/lists/<str:name>", quality_views.listing, name="quality_list"),
    path("quality/lists/<str:name>/export.<str:kind>", quality_views.listing_export, name="quality_export"),
    path("quality/waivers/new", quality_views.waiver_new, name="waiver_new"),
    path("quality/waivers/<int:pk>", quality_views.waiver, name="waiver"),
    path("quality/waivers/<int:pk>/decide", quality_views.waiver_decide, name="waiver_decide"),
    path("quality/waivers/<int:pk>/replay", quality_views.waiver_replay, name="waiver_replay"),
    path("quality/waivers/<int:pk>/revoke", quality_views.waiver_revoke, name="waiver_revoke"),
    path("quality/waivers/<int:pk>/evidence", quality_views.waiver_evidence, name="waiver_evidence"),
    path("upload", views.upload, name="upload"),
    path("<int:pk>", views.delivery, name="delivery"),
    path("<int:pk>/progress", views.progress, name="progress"),
    path("<int:pk>/rejects/<int:order>.csv", views.rejects, name="rejects"),
    path("<int:pk>/rejects.xlsx", views.rejects_book, name="rejects_book"),
    path("template.xlsx", views.template_book, name="template"),
    path("<int:pk>/reopen", views.reopen, name="reopen"),
    path("<int:pk>/correct", views.correct, name="correct"),
    path("<int:pk>/give-up", views.give_up, name="give_up"),
    path("<int:pk>/records/<int:record>", views.raw, name="raw"),
]
