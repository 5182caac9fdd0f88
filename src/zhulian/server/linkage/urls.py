"""Addresses of linkage: obligations and the ledger."""

from django.urls import path

from zhulian.server.linkage import views

app_name = "linkage"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("next", views.take_next, name="next"),
    path("ledger", views.book, name="ledger"),
    path("obligations/<int:obligation>", views.obligation, name="obligation"),
    path("obligations/<int:obligation>/do/<str:action>", views.move, name="move"),
]
