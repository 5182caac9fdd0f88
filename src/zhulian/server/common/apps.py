from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class CommonConfig(AppConfig):
    name = "zhulian.server.common"
    label = "common"

    def ready(self) -> None:
        """Read every app's tables: permissions, event types, event handlers, steps of jobs."""
        autodiscover_modules("permissions", "services", "handlers")
        from zhulian.server.common import catalogue, checks, logs  # noqa: F401 - importing registers them

        logs.configure()
        post_migrate.connect(_fill_lanes, sender=self)


def _fill_lanes(**_: Any) -> None:
    """The lanes of the dispatcher; after a flush too."""
    from zhulian.server.common.models import Lane
    from zhulian.server.common.outbox import LANES

    Lane.objects.bulk_create([Lane(number=n) for n in range(LANES)], ignore_conflicts=True)
