"""One error shape for everything: who raised what becomes which status, decided here once.

ApiError
├── BadRequest          the caller's input, found wrong by a route (4xx)
├── Unauthenticated     no API key, or one that is not valid (401)
├── Forbidden           a key, or a web page, that may not do this (403)
├── UnknownHost         asked under a name that is not ours (421)
├── Conflict            what was named is in use (409 with Retry-After)
├── RateLimited         the client's bucket is empty (429 with Retry-After)
├── Overloaded          a queue is full (503 with Retry-After)
├── Unavailable         a component does not answer (503 with Retry-After)
└── DeadlineExceeded    it did not answer in time (504)

Errors of the pure packages are mapped by ``STATUS_BY_CODE``; an error without a row there
is a 500 that tells the client nothing but its request id, and a test fails on it.
"""

import reprlib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

STATUS_BY_CODE = {
    # of one item among others
    "text_too_long": 413,
    # retrieval.errors
    "incompatible_index": 409,
    "not_found": 404,
    "precondition_failed": 412,
    "write_conflict": 503,
    "other_model": 503,
    "writer_replaced": 503,
    "storage_failed": 503,
    "storage_full": 507,
    # retrieval.extraction.errors
    "file_too_large": 413,
    # retrieval.clip.errors
    "image_too_large": 413,
    "unsupported_file_type": 415,
    "model_unavailable": 503,
    "encode_failed": 500,
    # agents.errors
    "engine_unavailable": 503,
}
"""Codes that are not 422."""
DEFAULT_STATUS = 422
SHOWN_CHARACTERS = 120
MESSAGE_CHARACTERS = 1000
PLACE_CHARACTERS = 300
DETAIL_ITEMS = 1000
"""Of a list in ``details``, such as the documents of a write that failed."""
DETAIL_DEPTH = 6


class ApiError(Exception):
    """An answer other than success; survives pickling (positional arguments only)."""

    status = 500
    code = "internal_error"
    retry_after_s: int | None = None

    def __init__(self, message: str, code: str | None = None, details: dict | None = None) -> None:
        super().__init__(message, code, details)
        self.message = message
        self.code = code or type(self).code
        self.details = details or {}

    def __str__(self) -> str:
        return self.message


class BadRequest(ApiError):
    """The request cannot be served as it stands."""

    code = "invalid_request"

    def __init__(
        self,
        message: str,
        code: str | None = None,
        details: dict | None = None,
        status: int = 422,
    ) -> None:
        super().__init__(message, code, details)
        self.args = (message, code, details, status)
        self.status = status


class Unauthenticated(ApiError):
    """No API key, or one that is not valid."""

    status = 401
    code = "missing_api_key"


class Forbidden(ApiError):
    """The key, or the page that asks, may not do this."""

    status = 403
    code = "forbidden"


class UnknownHost(ApiError):
    """The request names a host that this service is not."""

    status = 421
    code = "unknown_host"


class Conflict(ApiError):
    """Something else is going on with what was named; waiting a little may help."""

    status = 409
    code = "conflict"
    retry_after_s = 1


class RateLimited(ApiError):
    """The client's bucket is empty; waiting as told is enough."""

    status = 429
    code = "rate_limit_exceeded"

    def __init__(
        self,
        message: str,
        code: str | None = None,
        details: dict | None = None,
        retry_after_s: int = 1,
    ) -> None:
        super().__init__(message, code, details)
        self.args = (message, code, details, retry_after_s)
        self.retry_after_s = retry_after_s


class Overloaded(ApiError):
    """A bounded queue is full."""

    status = 503
    code = "overloaded"
    retry_after_s = 1


class Unavailable(ApiError):
    """A component is starting, restarting or gone."""

    status = 503
    code = "unavailable"
    retry_after_s = 2


class DeadlineExceeded(ApiError):
    """The answer did not come within the request's deadline."""

    status = 504
    code = "deadline_exceeded"


def at(place: str, value: object = None) -> dict[str, Any]:
    """Return ``details`` that name the offending place and, shortened, its value."""
    if value is None:
        return {"where": place}
    return {"where": place, "value": shown(value)}


def shown(value: object) -> object:
    """Return a value fit for an error message: short, and never a whole picture."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    text = value if isinstance(value, str) else reprlib.repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def bounded(value: object, depth: int = DETAIL_DEPTH) -> object:
    """Return details that are told in a bounded number of bytes, whatever was sent."""
    if isinstance(value, str):
        return value if len(value) <= PLACE_CHARACTERS else value[:PLACE_CHARACTERS] + "…"
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= 64 else "an integer beyond 64 bits"
    if depth == 0:
        return "…"
    if isinstance(value, Mapping):
        items = islice(value.items(), DETAIL_ITEMS)
        return {str(name)[:PLACE_CHARACTERS]: bounded(item, depth - 1) for name, item in items}
    if isinstance(value, Iterable):
        return [bounded(item, depth - 1) for item in islice(value, DETAIL_ITEMS)]
    return shown(value)


def place_of(parts: Iterable[object]) -> str:
    """Return a path of names and numbers, each of them shortened."""
    return ".".join(str(part)[:SHOWN_CHARACTERS] for part in parts)
