from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "zhulian.server.exchange"
    label = "exchange"
