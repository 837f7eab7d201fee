"""The OpenAPI document is one that pages prefill requests from and generators make clients of."""

from collections.abc import Iterator
from typing import Any

import pytest
from served import client_over
from starlette.testclient import TestClient

from retrieval.filtering.parse import OPS, parse

NAMESPACES = ("default", "demo")
"""What the examples search in."""
ASKED_FOR = {"run_id", "request_id", "job_id"}
"""Parameters that only another answer tells."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_over(tmp_path_factory.mktemp("prefilled")) as client:
        for name in NAMESPACES:
            body = {"namespace": name, "documents": [{"id": "mug", "text": "a striped red mug"}]}
            assert client.put("/documents", json=body).status_code == 200
        yield client


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return method, path and operation of each route, deletions last."""
    found = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(found) > 20
    return sorted(found, key=lambda each: each[0] == "delete")


def path_examples(operation: dict[str, Any]) -> dict[str, str]:
    """Return examples of what a path names; none where only another answer tells one."""
    named = {p["name"]: p for p in operation["parameters"] if p.get("in") == "path"}
    if set(named) & ASKED_FOR:
        return {}
    return {name: p["example"] for name, p in named.items()}


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object within a document."""
    if isinstance(node, dict):
        yield node
        for item in node.values():
            yield from nodes(item)
    elif isinstance(node, list):
        for item in node:
            yield from nodes(item)


def test_every_json_body_is_prefilled_with_one_that_is_answered(
    client: TestClient, document: dict[str, Any]
) -> None:
    """As it stands; a reader presses a button."""
    tried = set()
    for method, path, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            place = path.format(**path_examples(operation))
            answer = client.request(method, place, json=content["application/json"]["example"])
            assert answer.status_code == 200, (path, answer.text)
            tried.add(path)
    assert {"/embed", "/v1/embeddings", "/search", "/documents", "/agents/plan"} <= tried


def test_every_path_is_prefilled_with_one_that_is_there(
    client: TestClient, document: dict[str, Any]
) -> None:
    """After the body that writes it was sent; but for what another answer tells."""
    put = document["paths"]["/documents"]["put"]["requestBody"]["content"]["application/json"]
    assert client.put("/documents", json=put["example"]).status_code == 200
    tried = []
    for method, path, operation in operations(document):
        named = path_examples(operation)
        if not named or path.endswith("/image") or "requestBody" in operation:
            continue
        answer = client.request(method, path.format(**named))
        assert answer.status_code == 200, (path, answer.text)
        tried.append(method)
    assert tried == [*["get"] * 5, "delete", "delete"]


def test_operations_have_short_names_of_their_own(document: dict[str, Any]) -> None:
    """Generated functions are called so."""
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    assert [id for id in ids if not id.isidentifier() or len(id) > 24] == []
    assert document["servers"][0]["url"] == "/"


def test_every_list_says_what_is_in_it(document: dict[str, Any]) -> None:
    """Generators refuse a list of nobody knows what."""
    lists = [node for node in nodes(document) if node.get("type") == "array"]
    assert len(lists) > 30
    assert [each for each in lists if "items" not in each] == []


def test_no_body_is_a_union_of_its_members(document: dict[str, Any]) -> None:
    """A generator would make types of it that know one member each."""
    objects = [node for node in document["components"]["schemas"].values() if "properties" in node]
    assert len(objects) > 30
    assert [each["title"] for each in objects if "anyOf" in each] == []


def test_filters_are_typed_by_their_operator(document: dict[str, Any]) -> None:
    """Each operator has one schema, and the route reads what that allows."""
    schemas = document["components"]["schemas"]
    told = schemas["FilterCondition"]["discriminator"]["mapping"]
    assert set(told) == set(OPS)
    values = {"in": [["red", 1, True]], "exists": [True], "lt": ["a", 1.5], "eq": ["a", 1, False]}
    for op, reference in told.items():
        schema = schemas[reference.rpartition("/")[2]]
        assert op in schema["properties"]["op"]["enum"]
        for value in values.get(op, ["a"]):
            condition = {"field": "colour", "op": op, "value": value}
            assert set(schema["required"]) == set(condition)
            assert parse({"and": [condition, {"not": {"or": [condition]}}]})


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    """Those that are put in by name too."""
    named = {node["$ref"] for node in nodes(document) if isinstance(node.get("$ref"), str)}
    assert {"#/components/schemas/Filter", "#/components/schemas/DocumentIn"} <= named
    for reference in named:
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert place
