from django.apps import AppConfig


class ActsConfig(AppConfig):
    name = "zhulian.server.acts"
    label = "acts"

    def ready(self) -> None:
        """Declare permissions and the handler of decisions."""
        from zhulian.server.acts import handlers, permissions  # noqa: F401 - declaring is importing
