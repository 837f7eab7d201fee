"""The examples of the OpenAPI document are requests that are answered."""

from pathlib import Path
from typing import Any

from served import client_over

NAMESPACES = ("default", "demo")
"""What the examples search in."""


def test_every_example_of_a_body_is_answered(tmp_path: Path) -> None:
    """As it stands; a reader copies it."""
    with client_over(tmp_path) as client:
        for name in NAMESPACES:
            body = {"namespace": name, "documents": [{"id": "mug", "text": "a striped red mug"}]}
            assert client.put("/documents", json=body).status_code == 200
        document = client.get("/openapi.json").json()
        tried = {}
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                for example in _examples(document, operation):
                    answer = client.request(method, path, json=example)
                    assert answer.status_code == 200, (path, answer.text)
                    tried[path] = tried.get(path, 0) + 1
    assert {"/embed", "/v1/embeddings", "/search", "/documents", "/agents/plan"} <= set(tried)


def _examples(document: dict[str, Any], operation: dict[str, Any]) -> list[Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"].get(name, {}).get("examples", [])
