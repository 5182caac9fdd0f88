from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "zhulian.server.decisions"
    label = "decisions"

    def ready(self) -> None:
        """Declare permissions, the handlers of ends and the daily job."""
        from zhulian.server.decisions import handlers, permissions  # noqa: F401 - declaring is importing
