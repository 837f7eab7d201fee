"""The one error shape."""

from typing import Any

from pydantic import BaseModel


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str
    message: str
    request_id: str
    details: dict[str, Any]


class ErrorOut(BaseModel):
    """The one error shape."""

    error: ErrorBody
