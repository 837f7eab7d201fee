"""The application in this process, and the one error shape it answers in."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend


@contextmanager
def client_over(folder: Path, limits: RequestLimits | None = None) -> Iterator[TestClient]:
    """Yield a client of the application with its index in ``folder``."""
    app = build_app(LocalBackend(folder), limits or RequestLimits())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Check the one error shape and return the error."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "request_id", "details"}
    assert error["code"] == code, error
    return error


def b64(data: bytes) -> str:
    """Return bytes in plain base64."""
    return base64.b64encode(data).decode()
