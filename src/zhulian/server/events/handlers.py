"""Importing registers: telling after `facts.changed`, the daily look, sending out."""

from zhulian.server.events import sending, telling, watching  # noqa: F401 - importing registers them
from zhulian.server.linkage import events  # noqa: F401 - declares the types that are told and sent
