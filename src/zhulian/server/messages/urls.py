"""Addresses of notices."""

from django.urls import path

from zhulian.server.messages import channel_views, views

app_name = "notices"
urlpatterns = [
    path("", views.listed, name="list"),
    path("count", views.count, name="count"),
    path("<int:notice>", views.opened, name="open"),
    path("mark/<str:action>", views.marked, name="mark"),
    path("channels", channel_views.channels, name="channels"),
    path("channels/new", channel_views.new, name="channel_new"),
    path("channels/<int:channel>", channel_views.channel, name="channel"),
    path("channels/<int:channel>/edit", channel_views.edit, name="channel_edit"),
    path("channels/<int:channel>/do/<str:action>", channel_views.move, name="channel_move"),
    path("deliveries", channel_views.deliveries, name="deliveries"),
    path("deliveries/<int:delivery>/again", channel_views.again, name="delivery_again"),
]
