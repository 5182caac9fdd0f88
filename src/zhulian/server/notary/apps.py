from django.apps import AppConfig


class NotaryConfig(AppConfig):
    name = "zhulian.server.notary"
    label = "notary"
