"""Importing registers: what events tell, what is looked for, what is sent."""

from zhulian.server.linkage import events  # noqa: F401 - declares the types that are told
from zhulian.server.messages import looking, sending, telling  # noqa: F401 - importing registers them
