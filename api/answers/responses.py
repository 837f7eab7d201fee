"""JSON the fast way: orjson writes numpy vectors without a detour through Python floats."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from api.schemas.errors import ErrorOut


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what a route declares beside its success; `api.openapi` words each status."""
    return {status: {"model": ErrorOut} for status in statuses}


OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


class JsonResponse(Response):
    """A JSON response; vectors may be numpy arrays."""

    media_type = "application/json"

    def __init__(
        self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(encoded(content), status_code, dict(headers or {}))


def encoded(content: Any) -> bytes:
    """Return content as JSON text."""
    try:
        return orjson.dumps(content, option=OPTIONS)
    except orjson.JSONEncodeError:
        # An error that quotes a lone surrogate: no UTF-8, but JSON can escape it.
        return json.dumps(content).encode("ascii")
