"""Log lines as JSON, one event each, with the request they belong to.

`get_logger("ray.serve")` style loggers of the standard library still work beside it; everything
of our own goes through here, so that fields stay fields and nothing secret is rendered.
"""

import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import orjson
import structlog

from telemetry.context import current
from telemetry.log_files.redaction import redact
from telemetry.trace_context import trace_id

WriteLine = Callable[[bytes], None]


def get_logger() -> Any:
    """Return a logger: ``log.info("search.done", hits=3)``."""
    return structlog.get_logger()


def configure(write: WriteLine, level: int = logging.INFO, **always: Any) -> None:
    """Send this process' lines to ``write``.

    Args:
        write: Takes a line with its newline; called from any thread.
        level: What is less severe is not rendered.
        always: Fields of every line, such as ``component`` and ``replica``.
    """
    structlog.configure(
        processors=[
            lambda _logger, _method, event: {**always, **event},
            _with_context,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            # Without the values of local variables: those may be keys and pictures.
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(serializer=_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: _Lines(write),
        cache_logger_on_first_use=False,
    )


class _Lines:
    """Where rendered lines go; structlog calls a method named for the level."""

    def __init__(self, write: WriteLine) -> None:
        self._write = write

    def msg(self, line: bytes) -> None:
        self._write(line)

    debug = info = warning = error = critical = exception = msg


def _with_context(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    context = current()
    if context is not None:
        event.setdefault("request_id", context.request_id)
        event.setdefault("trace_id", trace_id(context.traceparent))
    return event


def _line(event: Mapping[str, Any], **_options: Any) -> bytes:
    return orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


def _to_standard_error(line: bytes) -> None:
    sys.stderr.buffer.write(line)


# Before a process says where its lines go, warnings and worse are not lost.
configure(_to_standard_error, logging.WARNING)
