from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "zhulian.server.registry"
    label = "registry"

    def ready(self) -> None:
        """Tell the scopes where enterprises are located, and declare this app's permissions."""
        from zhulian.server.registry import jurisdictions, permissions, snapshots  # noqa: F401 - declaring is importing
