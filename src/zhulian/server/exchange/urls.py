from __future__ import annotations

from django.urls import path

from zhulian.server.exchange import feed_views, views

app_name = "exchange"
urlpatterns = [
    path("", views.listing, name="list"),
    path("feeds", feed_views.listing, name="feeds"),
    path("feeds/new", feed_views.create, name="feed_create"),
    path("feeds/<int:pk>", feed_views.detail, name="feed"),
    path("feeds/<int:pk>/edit", feed_views.edit, name="feed_edit"),
    path("feeds/<int:pk>/pause", feed_views.pause, name="feed_pause"),
    path("feeds/<int:pk>/run", feed_views.run, name="feed_run"),
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
