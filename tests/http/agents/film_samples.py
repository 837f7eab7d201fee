"""A small index of films, and how it is asked."""

from typing import Any

from starlette.testclient import TestClient

NAMESPACE = "films"
DOCUMENTS = [
    {"id": "d1", "text": "Stern Kessel is a film directed by Ada Lind.", "title": "Stern Kessel"},
    {"id": "d2", "text": "Ada Lind was born in Norrtal in 1901.", "title": "Ada Lind"},
    {"id": "d3", "text": "Norrtal is a town on the river Mave.", "title": "Norrtal"},
    {"id": "d4", "text": "The river Mave flows into the sea.", "title": "Mave"},
    {"id": "d5", "text": "A cellar needs a dry floor.", "title": "Cellars"},
]
GOAL = "Where was the director of Stern Kessel born?"


def fill(client: TestClient, **options: Any) -> None:
    """Write the documents, titles in their metadata."""
    documents = [
        {"id": d["id"], "text": d["text"], "metadata": {"title": d["title"]}} for d in DOCUMENTS
    ]
    body = {"namespace": NAMESPACE, "documents": documents}
    assert client.put("/documents", json=body, **options).status_code == 200


def ask(client: TestClient, headers: dict[str, str] | None = None, **fields: Any):
    """Post a plan request."""
    body = {"goal": GOAL, "namespace": NAMESPACE} | fields
    return client.post("/agents/plan", json=body, headers=headers)


def refusal(response, status: int, code: str) -> dict:
    """Check the one error shape and return its details."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"code", "message", "request_id", "details"}
    assert error["code"] == code
    return error["details"]
