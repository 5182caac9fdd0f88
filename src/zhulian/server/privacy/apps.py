from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "zhulian.server.privacy"
    label = "privacy"
