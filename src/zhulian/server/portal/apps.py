from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "zhulian.server.portal"
    label = "portal"
