"""Valid bodies of every route, and what a refusal looks like."""

from typing import Any

import httpx

JSON = {"content-type": "application/json"}
SHORT_BYTES = 8 * 1024


def refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check a short error of the one shape and return its details."""
    assert response.status_code == status, response.text[:500]
    assert len(response.content) < SHORT_BYTES
    error = response.json()["error"]
    assert error["code"] == code
    assert error["request_id"] == response.headers["x-request-id"]
    return error["details"]
