"""What the tests of routes share."""

import base64

from starlette.testclient import TestClient

from api.bodies.limits import RequestLimits

LIMITS = RequestLimits(
    max_body_bytes=300_000,
    max_embed_items=8,
    max_documents=20,
    max_text_characters=2000,
    max_document_bytes=2000,
    max_picture_bytes=100_000,
    max_page=50,
)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def refusal(response, status: int, code: str) -> dict:
    """Check the one error shape and return its details."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"code", "message", "request_id", "details"}
    assert error["code"] == code
    assert error["message"].startswith("brAInwav: ")
    assert error["request_id"] == response.headers["x-request-id"]
    return error["details"]


def put(client: TestClient, namespace: str, *documents: dict):
    return client.put("/documents", json={"namespace": namespace, "documents": list(documents)})
