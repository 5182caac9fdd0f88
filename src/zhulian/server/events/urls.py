from __future__ import annotations

from django.urls import path

from zhulian.server.events import views

app_name = "events"
urlpatterns = [
    path("systems", views.system_list, name="systems"),
    path("systems/new", views.system_new, name="system_new"),
    path("systems/<int:pk>", views.system, name="system"),
    path("systems/<int:pk>/switch", views.system_switch, name="system_switch"),
    path("systems/<int:pk>/secret", views.system_secret, name="system_secret"),
    path("subscriptions", views.subscription_list, name="subscriptions"),
    path("subscriptions/new", views.subscription_new, name="subscription_new"),
    path("subscriptions/<int:pk>", views.subscription, name="subscription"),
    path("subscriptions/<int:pk>/edit", views.subscription_edit, name="subscription_edit"),
    path("subscriptions/<int:pk>/switch", views.subscription_switch, name="subscription_switch"),
    path("subscriptions/<int:pk>/sendings/<int:sending>/again", views.sending_again, name="sending_again"),
]
