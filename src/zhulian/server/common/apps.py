from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CommonConfig(AppConfig):
    name = "zhulian.server.common"
    label = "common"

    def ready(self) -> None:
        """Read every app's tables: permissions, event handlers, steps of jobs."""
        autodiscover_modules("permissions", "handlers")
        from zhulian.server.common import catalogue, checks  # noqa: F401 - importing registers them
