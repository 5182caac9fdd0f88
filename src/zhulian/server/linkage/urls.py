"""Addresses of linkage: obligations and the ledger."""

from django.urls import path

from zhulian.server.linkage import ledger_views, views

app_name = "linkage"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("ledger", ledger_views.book, name="ledger"),
    path("ledger/items/<str:measure>", ledger_views.items, name="items"),
    path("ledger/enterprise/<int:enterprise>", ledger_views.enterprise, name="graph"),
    path("ledger/why/<int:judged>", ledger_views.why, name="why"),
    path("ledger/export/<str:what>.csv", ledger_views.export, name="export"),
    path("obligations/<int:obligation>", views.obligation, name="obligation"),
    path("obligations/<int:obligation>/do/<str:action>", views.move, name="move"),
]
