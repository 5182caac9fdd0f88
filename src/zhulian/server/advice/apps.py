from django.apps import AppConfig
from django.conf import settings


class AdviceConfig(AppConfig):
    name = "zhulian.server.advice"
    label = "advice"

    def ready(self) -> None:
        """Every process of the installation finds the plans that another one printed."""
        from zhulian.bulk import plans

        plans.keep_in(settings.HOME)
