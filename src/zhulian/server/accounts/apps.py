from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "zhulian.server.accounts"
    label = "accounts"
