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
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from agents.errors import AgentError
from api.answers.responses import JsonResponse
from retrieval.clip.errors import ClipError
from retrieval.errors import RetrievalError
from sustainability.errors import SustainabilityError
from telemetry.logs import get_logger

log = get_logger()

STATUS_BY_CODE = {
    # retrieval.errors
    "incompatible_index": 409,
    "not_found": 404,
    "write_conflict": 503,
    "other_model": 503,
    "writer_replaced": 503,
    "storage_failed": 503,
    "storage_full": 507,
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
RETRY_AFTER_S = {503: "1", 507: "10"}
"""Of domain errors; a full disk is emptied by somebody, not by waiting a moment."""
MAX_PROBLEMS = 20
"""Of one request that are listed; a vector alone may hold thousands."""
CODE_BY_STATUS = {
    404: "not_found",
    405: "method_not_allowed",
    408: "body_timeout",
    413: "body_too_large",
    503: "overloaded",
}
"""Of what the framework refuses itself."""
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


def install(app: FastAPI) -> None:
    """Register the handlers that give every error the one shape."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RetrievalError, _domain_error)
    app.add_exception_handler(ClipError, _domain_error)
    app.add_exception_handler(AgentError, _domain_error)
    app.add_exception_handler(SustainabilityError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ExceptionGroup, _group)
    app.add_exception_handler(Exception, _unexpected)


def body(request: Request, code: str, message: str, details: Mapping | None = None) -> dict:
    """Return the one error shape, and leave the code where observation finds it."""
    request.scope.setdefault("state", {})["error_code"] = code
    return {
        "error": {
            "code": code,
            "message": f"brAInwav: {_short(message)}",
            "request_id": request.scope.get("state", {}).get("request_id", ""),
            "details": bounded(details or {}),
        }
    }


def _short(message: str) -> str:
    return message if len(message) <= MESSAGE_CHARACTERS else message[:MESSAGE_CHARACTERS] + "…"


async def _api_error(request: Request, error: Exception) -> JsonResponse:
    assert isinstance(error, ApiError)
    return response(request, error)


def response(request: Request, error: ApiError) -> JsonResponse:
    """Return an error as HTTP says it."""
    headers = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    content = body(request, error.code, error.message, error.details)
    return JsonResponse(content, error.status, headers)


async def _domain_error(request: Request, error: Exception) -> JsonResponse:
    code = getattr(error, "code", "invalid_request")
    status = STATUS_BY_CODE.get(code, DEFAULT_STATUS)
    where = getattr(error, "where", None)
    headers = {"Retry-After": RETRY_AFTER_S[status]} if status in RETRY_AFTER_S else {}
    details = {"where": where} if where else {}
    return JsonResponse(body(request, code, str(error), details), status, headers)


async def _validation_error(request: Request, error: Exception) -> JsonResponse:
    assert isinstance(error, RequestValidationError)
    problems = [_problem(item) for item in error.errors()[:MAX_PROBLEMS]]
    first = problems[0]
    message = f"{first['where']}: {first['message']}"
    details = {"where": first["where"], "errors": problems}
    return JsonResponse(body(request, "invalid_request", message, details), DEFAULT_STATUS)


def _problem(item: Mapping[str, Any]) -> dict[str, Any]:
    if item["type"] == "json_invalid":
        # Its place is a position in the body, not a field.
        return {"where": "body", "message": f"not JSON at character {item['loc'][-1]}"}
    place = place_of(part for part in item["loc"] if part != "body") or "body"
    problem = {"where": place, "message": item["msg"]}
    if isinstance(item.get("input"), str | int | float | bool):
        problem["value"] = shown(item["input"])
    return problem


async def _http_error(request: Request, error: Exception) -> JsonResponse:
    assert isinstance(error, HTTPException)
    other = "invalid_request" if error.status_code < 500 else "internal_error"
    code = CODE_BY_STATUS.get(error.status_code, other)
    content = body(request, code, str(error.detail))
    return JsonResponse(content, error.status_code, dict(error.headers or {}))


def told_by(group: ExceptionGroup) -> Exception:
    """Return the one error of a group that a caller is told: the first that nobody expects, else
    the first that is not the caller's own fault, else the first."""
    leaves = list(_leaves(group))
    return max(leaves, key=lambda error: (_status(error) == 500, _status(error) > 500))


def _leaves(group: ExceptionGroup) -> Iterator[Exception]:
    for error in group.exceptions:
        if isinstance(error, ExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _status(error: Exception) -> int:
    if isinstance(error, ApiError):
        return error.status
    if isinstance(error, RetrievalError | ClipError | AgentError | SustainabilityError):
        return STATUS_BY_CODE.get(getattr(error, "code", ""), DEFAULT_STATUS)
    return error.status_code if isinstance(error, HTTPException) else 500


async def _group(request: Request, error: Exception) -> JsonResponse:
    assert isinstance(error, ExceptionGroup)
    told = told_by(error)
    if isinstance(told, ApiError):
        return response(request, told)
    if isinstance(told, HTTPException):
        return await _http_error(request, told)
    known = isinstance(told, RetrievalError | ClipError | AgentError | SustainabilityError)
    return await (_domain_error if known else _unexpected)(request, told)


async def _unexpected(request: Request, error: Exception) -> JsonResponse:
    content = body(request, "internal_error", "an unexpected error; the log has its trace")
    log.error("request.failed", exc_info=error)
    return JsonResponse(content, 500)
