from django.apps import AppConfig
from django.conf import settings


class AdviceConfig(AppConfig):
    name = "zhulian.server.advice"
    label = "advice"

    def ready(self) -> None:
        """Declare permissions and the job; every process of the installation finds the plans that another printed."""
        from zhulian.bulk import plans
        from zhulian.server.advice import jobs, permissions  # noqa: F401 - declaring is importing

        plans.keep_in(settings.HOME)
