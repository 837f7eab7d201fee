"""Errors as HTTP says them: every one in the one shape."""

from collections.abc import Iterator, Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from agents.errors import AgentError
from api.answers.problems import problems_of
from api.answers.responses import JsonResponse
from api.errors import (
    DEFAULT_STATUS,
    MESSAGE_CHARACTERS,
    STATUS_BY_CODE,
    ApiError,
    bounded,
)
from retrieval.clip.errors import ClipError
from retrieval.errors import RetrievalError
from sustainability.errors import SustainabilityError
from telemetry.logs import get_logger

log = get_logger()
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
    problems = problems_of(error.errors(), error.body, MAX_PROBLEMS)
    first = problems[0]
    message = f"{first['where']}: {first['message']}"
    details = {"where": first["where"], "errors": problems}
    return JsonResponse(body(request, "invalid_request", message, details), DEFAULT_STATUS)


async def _http_error(request: Request, error: Exception) -> JsonResponse:
    assert isinstance(error, HTTPException)
    other = "invalid_request" if error.status_code < 500 else "internal_error"
    code = CODE_BY_STATUS.get(error.status_code, other)
    content = body(request, code, str(error.detail))
    headers = dict(error.headers or {})
    if "GET" in headers.get("Allow", ""):
        # What answers GET answers HEAD (``api.middleware.head_requests``).
        headers["Allow"] += ", HEAD"
    return JsonResponse(content, error.status_code, headers)


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
