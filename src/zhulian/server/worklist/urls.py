"""Addresses of the work list."""

from django.urls import path

from zhulian.server.worklist import acting_views, views

app_name = "worklist"
urlpatterns = [
    path("", views.listed, name="list"),
    path("next", acting_views.take_next, name="next"),
    path("bulk", acting_views.bulk_preview, name="bulk"),
    path("bulk/do", acting_views.bulk_do, name="bulk_do"),
    path("export/<str:kind>", views.export, name="export"),
    path("offices", views.offices, name="offices"),
    path("offices/<int:unit>", acting_views.office, name="office"),
    path("<str:kind>/<int:pk>", views.item, name="item"),
    path("<str:kind>/<int:pk>/open", views.opened, name="open"),
    path("<str:kind>/<int:pk>/do/<str:action>", acting_views.act, name="act"),
]
