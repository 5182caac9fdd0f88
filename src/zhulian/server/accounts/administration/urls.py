"""Addresses of administration."""

from django.urls import path

from zhulian.server.accounts.administration import seeing, views

app_name = "access"
urlpatterns = [
    path("", views.units, name="units"),
    path("units/new", views.unit_new, name="unit_new"),
    path("units/<int:pk>", views.unit, name="unit"),
    path("units/<int:pk>/close", views.unit_close, name="unit_close"),
    path("units/<int:unit>/people/new", views.officer_new, name="officer_new"),
    path("units/<int:unit>/duties/new", views.duty_new, name="duty_new"),
    path("duties/<int:pk>/end", views.duty_end, name="duty_end"),
    path("people", views.people, name="people"),
    path("people/clerks/new", views.clerk_new, name="clerk_new"),
    path("people/administrators/new", views.administrator_new, name="administrator_new"),
    path("people/<int:pk>", views.person, name="person"),
    path("people/<int:pk>/close", views.account_close, name="account_close"),
    path("people/<int:pk>/reopen", views.account_reopen, name="account_reopen"),
    path("people/<int:pk>/password", views.password_reset, name="password_reset"),
    path("people/<int:pk>/factors/remove", views.factors_remove, name="factors_remove"),
    path("people/<int:pk>/move", views.officer_move, name="officer_move"),
    path("people/<int:pk>/enterprises/new", views.membership_new, name="membership_new"),
    path("people/<int:pk>/see-as", seeing.begin, name="see_as"),
    path("see-as/end", seeing.end, name="see_as_end"),
    path("memberships/<int:pk>/end", views.membership_end, name="membership_end"),
    path("grants", views.grants, name="grants"),
    path("grants/export.csv", views.grants_export, name="grants_export"),
    path("grants/new/unit/<int:pk>", views.grant_new, {"kind": "unit"}, name="grant_new_unit"),
    path("grants/new/person/<int:pk>", views.grant_new, {"kind": "person"}, name="grant_new_person"),
    path("grants/<int:pk>/withdraw", views.grant_withdraw, name="grant_withdraw"),
    path("who", views.who, name="who"),
]
