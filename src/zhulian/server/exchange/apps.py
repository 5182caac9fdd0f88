from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "zhulian.server.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Declare this app's permissions and its job."""
        from zhulian.server.exchange import jobs, permissions  # noqa: F401 - declaring is importing
