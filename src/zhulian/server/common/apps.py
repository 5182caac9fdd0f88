from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "zhulian.server.common"
    label = "common"
