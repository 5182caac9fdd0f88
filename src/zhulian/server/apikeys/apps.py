from django.apps import AppConfig


class ApiKeysConfig(AppConfig):
    name = "zhulian.server.apikeys"
    label = "apikeys"
