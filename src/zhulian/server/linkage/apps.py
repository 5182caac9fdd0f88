from django.apps import AppConfig


class LinkageConfig(AppConfig):
    name = "zhulian.server.linkage"
    label = "linkage"

    def ready(self) -> None:
        """Declare permissions, the handler of every type that rules name, and the daily job."""
        from zhulian.server.linkage import handlers, permissions  # noqa: F401 - declaring is importing
