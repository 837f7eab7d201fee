"""The HTTP contract over the real store and batcher, with fake towers and without Ray."""

import pytest
from starlette.testclient import TestClient

from api.errors import Overloaded
from tests.http.routes.route_samples import refusal


def test_a_request_id_is_kept_or_made(client: TestClient) -> None:
    """A well-formed one is echoed, anything else replaced."""
    kept = client.get("/health/live", headers={"X-Request-ID": "abc-1.2_3"})
    assert kept.headers["x-request-id"] == "abc-1.2_3"
    for bad in ("a b", "x" * 65, "ü"):
        made = client.get("/health/live", headers={"X-Request-ID": bad.encode()})
        assert made.headers["x-request-id"] != bad
        assert len(made.headers["x-request-id"]) == 32


def test_unknown_paths_and_methods_have_the_one_shape(client: TestClient) -> None:
    """404 and 405 look like every other error."""
    refusal(client.get("/nothing"), 404, "not_found")
    refusal(client.get("/embed"), 405, "method_not_allowed")


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\u00a0", "\ue000", "\u0378"])
def test_an_id_with_a_character_that_nobody_sees_is_refused_by_its_place(
    client: TestClient, character: str
) -> None:
    """Its document is not written, the others of its request are."""
    documents = [{"id": "seen", "text": "red"}, {"id": f"a{character}b", "text": "red"}]
    answer = client.put("/documents", json={"namespace": "unseen", "documents": documents})
    [failed] = answer.json()["failed"]
    assert failed["error"]["code"] == "invalid_document_id"
    assert failed["error"]["details"]["where"] == "documents.1.id"
    assert f"U+{ord(character):04X} at 1" in failed["error"]["message"]
    # Such an id may be there from an older release: it is looked for, not refused.
    missing = client.get(f"/documents/a{character}b", params={"namespace": "unseen"})
    assert missing.status_code == 404


def test_the_documentation_needs_no_network(client: TestClient) -> None:
    """The OpenAPI page loads its scripts from the service itself."""
    page = client.get("/docs").text
    assert "cdn" not in page
    assert client.get("/static-offline-docs/swagger-ui-bundle.js").status_code == 200
    assert "/embed/multimodal" in client.get("/openapi.json").json()["paths"]


def test_an_overloaded_graph_says_when_to_come_back(backend, client: TestClient) -> None:
    """503 with Retry-After, and readiness follows."""
    client.get("/health/ready")
    backend.failing = Overloaded("a full queue")
    try:
        response = client.post("/embed", json={"inputs": [{"text": "a"}]})
        refusal(response, 503, "overloaded")
        assert response.headers["retry-after"] == "1"
        client.app.app.state.health.forget()
        ready = client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["missing"] == ["everything"]
    finally:
        backend.failing = None


def test_an_unexpected_error_tells_the_client_nothing(backend, client: TestClient) -> None:
    """500 in the one shape, with a request id and without the cause."""
    backend.failing = RuntimeError("secret path /etc/x")
    try:
        response = client.post("/embed", json={"inputs": [{"text": "a"}]})
        refusal(response, 500, "internal_error")
        assert "secret" not in response.text
    finally:
        backend.failing = None
