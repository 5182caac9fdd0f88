from django.apps import AppConfig


class WorklistConfig(AppConfig):
    name = "zhulian.server.worklist"
    label = "worklist"

    def ready(self) -> None:
        """Declare permissions, errors and the job that gives idle items back."""
        from zhulian.server.worklist import errors, jobs, permissions  # noqa: F401 - declaring is importing
