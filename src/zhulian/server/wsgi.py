"""WSGI entry point: granian serves it (ASGI was ten times slower for these pages)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhulian.server.settings")

application = get_wsgi_application()

from zhulian.server.common.checks import refuse_start  # noqa: E402 - its models exist once the apps are loaded

refuse_start()
