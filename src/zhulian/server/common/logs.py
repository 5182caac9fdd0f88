"""Structured logs as JSON lines on standard error, without secrets.

A processor replaces what stands under a telling name, and every resident ID or credential in any text, before
anything is written: a value that should not have come this far still does not reach the file.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog

_NAMES: Final = re.compile(
    r"pass(word|wd)?|secret|token|cookie|authori[sz]ation|api_?key|id_no|phone|salt", re.IGNORECASE
)
_RESIDENT_ID: Final = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9Xx](?![0-9A-Za-z])")
_PHONE: Final = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")
_URL_PASSWORD: Final = re.compile(r"(?<=://)([^:/@\s]+):[^@\s]+@")
HIDDEN: Final = "[hidden]"


def without_secrets(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Processor of structlog: the event with secrets hidden."""
    return {key: HIDDEN if _NAMES.search(key) else hidden(value) for key, value in event.items()}


def hidden(value: Any) -> Any:
    """A value with its secrets hidden, inside lists and mappings too."""
    if isinstance(value, str):
        text = _PHONE.sub(HIDDEN, _RESIDENT_ID.sub(HIDDEN, value))
        return _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    if isinstance(value, Mapping):
        return {key: HIDDEN if _NAMES.search(str(key)) else hidden(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [hidden(item) for item in value]
    return value


def _without_request(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Django adds the request object, whose text says nothing that the message does not."""
    event.pop("request", None)
    return event


_SHARED: Final[list[structlog.typing.Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_secrets,
]


def configure(*, level: str = "INFO") -> None:
    """Send our logs and the libraries' through the same processors."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED[:-1], structlog.stdlib.ExtraAdder(), _without_request, without_secrets],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_secrets,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("django.request").setLevel(logging.ERROR)  # a page that is not there is no news
