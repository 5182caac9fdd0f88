from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "zhulian.server.registry"
    label = "registry"
