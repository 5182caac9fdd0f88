from __future__ import annotations

from django.urls import path

from zhulian.server.common import views

app_name = "common"
urlpatterns = [
    path("deadletters", views.dead_letters, name="dead_letters"),
    path("deadletters/<int:sequence>/replay", views.dead_letter_replay, name="dead_letter_replay"),
    path("deadletters/<int:sequence>/discard", views.dead_letter_discard, name="dead_letter_discard"),
]
