"""Addresses of decisions: the officers' queue and matters, documents, the enterprise's page."""

from django.urls import path

from zhulian.server.decisions import own_views, views

app_name = "decisions"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("<int:proposal>", views.matter, name="matter"),
    path("<int:proposal>/evidence", views.evidence, name="evidence"),
    path("<int:proposal>/draft", views.draft, name="draft"),
    path("<int:proposal>/notice", views.notice, name="notice"),
    path("<int:proposal>/sign", views.sign, name="sign"),
    path("<int:proposal>/do/<str:action>", views.move, name="move"),
    path("<int:proposal>/defence", own_views.defend, name="defend"),
    path("defence/<int:defence>/decide", views.defence_decide, name="defence_decide"),
    path("document/<int:document>", own_views.document, name="document"),
    path("document/<int:document>/docx", own_views.document_file, name="document_file"),
    path("document/<int:document>/evidence", own_views.document_evidence, name="document_evidence"),
    path("document/<int:document>/open", own_views.document_open, name="document_open"),
    path("document/<int:document>/serve", views.serve, name="serve"),
    path("service/<int:service>", own_views.service, name="service"),
    path("service/<int:service>/docx", own_views.service_file, name="service_file"),
    path("service/<int:service>/confirm", own_views.confirm, name="confirm"),
    path("restriction/<int:restriction>/lift", own_views.lift, name="lift"),
    path("restriction/<int:restriction>/annul", views.annul, name="annul"),
    path("lifting/<int:lifting>/check", views.lifting_check, name="lifting_check"),
    path("lifting/<int:lifting>/decide", views.lifting_decide, name="lifting_decide"),
    path("own", own_views.own, name="own"),
    path("enterprise/<int:enterprise>", own_views.enterprise, name="enterprise"),
]
