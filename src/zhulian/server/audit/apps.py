from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "zhulian.server.audit"
    label = "audit"
