"""Addresses of 约谈, 提示函, 挂牌督办 and 领导交办."""

from django.urls import path

from zhulian.server.acts import views

app_name = "acts"
urlpatterns = [
    path("", views.listing, name="list"),
    path("start", views.start, name="start"),
    path("<int:undertaking>", views.one, name="undertaking"),
    path("<int:undertaking>/evidence", views.bundle, name="bundle"),
    path("<int:undertaking>/do/<str:action>", views.move, name="move"),
    path("<int:undertaking>/answer", views.answer, name="answer"),
    path("<int:undertaking>/order", views.order, name="order"),
    path("<int:undertaking>/order/docx", views.order_file, name="order_file"),
]
