"""The app."""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """Lists of market and site facts; it stores nothing of its own."""

    name = "zhulian.server.registers"
    label = "registers"
    verbose_name = "市场与现场台账"
