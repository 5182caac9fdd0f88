from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "zhulian.server.campaigns"
    label = "campaigns"

    def ready(self) -> None:
        """Declare permissions, the handlers of decisions and verdicts, and the daily job."""
        from zhulian.server.campaigns import handlers, permissions  # noqa: F401 - declaring is importing
