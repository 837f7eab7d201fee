"""Null is the same as left out; what is wrong is told by a place that exists, and told once."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from served import client_over, refused
from starlette.testclient import TestClient

from tests.http.places import lost_places
from tests.towers import picture_file


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_over(tmp_path_factory.mktemp("index")) as client:
        client.put("/documents", json={"documents": [{"id": "d", "text": "red"}]})
        yield client


GOOD: dict[str, dict[str, Any]] = {
    "POST /embed": {"inputs": [{"text": "red"}]},
    "POST /v1/embeddings": {"model": "words", "input": "red"},
    "POST /rank": {"inputs": [{"text": "red"}], "candidates": [{"text": "blue"}]},
    "PUT /documents": {"documents": [{"text": "red"}]},
    "PATCH /documents/{document_id}": {"metadata": {}},
    "PUT /namespaces/{namespace}/settings": {},
    "POST /documents/delete": {"all": True},
    "POST /search": {"query": "red"},
    "POST /search/batch": {"searches": [{"query": "red", "fusion": None}]},
    "POST /agents/plan": {"goal": "red"},
    "POST /agents/reflect": {"goal": "red", "answer": "red"},
    "PUT /sustainability/mode": {"mode": "full"},
}
"""A body with what is needed, and nothing else."""


def schema_of(document: dict, schema: dict) -> dict:
    """Follow a reference."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


@pytest.mark.parametrize("name", GOOD)
def test_null_for_every_optional_member_means_that_it_was_not_given(client, name: str) -> None:
    """All of them at once, as clients in other languages write them."""
    method, path = name.split(" ")
    document = client.get("/openapi.json").json()
    operation = document["paths"][path][method.lower()]
    schema = schema_of(document, operation["requestBody"]["content"]["application/json"]["schema"])
    optional = set(schema["properties"]) - set(schema.get("required", ()))
    body = dict.fromkeys(optional) | GOOD[name]
    answer = client.request(method, path.format(document_id="d", namespace="default"), json=body)
    assert answer.status_code == 200, answer.text


def test_every_json_body_has_a_row_above(client: TestClient) -> None:
    """A route that is added is asked with null as well."""
    paths = client.get("/openapi.json").json()["paths"]
    named = {
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert named == set(GOOD)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("PUT /documents", ("documents", 0)),
        ("POST /search", ("fusion",)),
        ("POST /agents/plan", ("budget",)),
        ("POST /agents/reflect", ("plan",)),
    ],
)
def test_null_within_means_the_same(client: TestClient, name: str, where: tuple) -> None:
    """A document, a way to fuse, a budget, a plan and its step."""
    members = {
        "documents": {
            "text": "red",
            "id": None,
            "metadata": None,
            "source": None,
            "created_at": None,
            "image_base64": None,
            "image_url": None,
        },
        "fusion": {"method": None, "semantic_weight": None, "keyword_weight": None},
        "budget": {"max_nodes": None, "deadline_ms": None},
        "plan": {
            "steps": [
                {
                    "id": "s",
                    "tool": "search",
                    "args": None,
                    "depends_on": None,
                    "inputs": None,
                    "status": None,
                    "rationale": None,
                    "usage": None,
                    "output_ids": None,
                    "error": None,
                }
            ],
            "aspects": None,
            "answer_step": None,
            "goal": None,
            "engine": None,
        },
    }
    body = deepcopy(GOOD[name])
    member = members[str(where[0])]
    body[where[0]] = [member] if len(where) > 1 else member
    method, path = name.split(" ")
    answer = client.request(method, path, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json().get("failed", []) == []


def test_null_where_something_is_needed_is_an_error(client: TestClient) -> None:
    """There is no default it could stand for."""
    error = refused(client.post("/agents/plan", json={"goal": None}), 422, "invalid_request")
    assert error["details"]["where"] == "goal"
    refused(client.post("/embed", json={"inputs": [{"text": None}]}), 422, "invalid_request")


def test_null_in_metadata_is_data(client: TestClient) -> None:
    """A field that is kept as null was meant so."""
    document = {"id": "n", "text": "red", "metadata": {"note": None}}
    client.put("/documents", json={"documents": [document]})
    assert client.get("/documents/n").json()["metadata"] == {"note": None}


@pytest.mark.parametrize(
    ("name", "change", "where"),
    [
        ("POST /v1/embeddings", {"input": 5}, "input"),
        ("POST /v1/embeddings", {"input": ["a", 5]}, "input.1"),
        ("POST /v1/embeddings", {"input": {"text": "a"}}, "input"),
        ("POST /agents/reflect", {"results": [5]}, "results.0"),
        ("POST /agents/reflect", {"results": ["a", {"id": 7}]}, "results.1.id"),
        ("POST /agents/reflect", {"results": ["a", {"name": "x"}]}, "results.1.id"),
        ("POST /embed", {"inputs": [{"text": 5}]}, "inputs.0.text"),
        ("POST /search", {"fusion": {"weight": 1}}, "fusion.weight"),
        ("POST /search", {"fusion": 5}, "fusion"),
        ("POST /agents/plan", {"context": [1]}, "context"),
    ],
)
def test_a_place_leads_into_the_body_and_is_told_once(client, name, change, where: str) -> None:
    """Never by the name of a type, and once although several kinds were possible."""
    method, path = name.split(" ")
    error = refused(client.request(method, path, json=GOOD[name] | change), 422, "invalid_request")
    places = [problem["where"] for problem in error["details"]["errors"]]
    assert places == [where] == [error["details"]["where"]]
    assert error["message"].count(where) == 1
    for ours in ("Value error", "FusionIn", "dictionary"):
        assert ours not in error["message"]


@pytest.mark.parametrize(
    ("where", "body", "is_lost"),
    [
        ("input.str", {"input": 5}, True),
        ("input.0", {"input": "a"}, True),
        ("documents.1.id", {"documents": [{}]}, True),
        ("documents.0.id", {"documents": [{}]}, False),
        ("a.b.c", {"a.b": {"c": 1}}, False),
        ("goal", {}, False),
        ("query.limt", {}, False),
        ("body", [], False),
    ],
)
def test_a_lost_place_would_be_noticed(where: str, body: object, is_lost: bool) -> None:
    """The contract's tests look for them in every refusal."""
    answer = {"error": {"details": {"where": where}}}
    assert lost_places(answer, body) == ([where] if is_lost else [])


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"inputs": [{"text": " "}]}, "inputs.0.text"),
        ({"inputs": [{"image_base64": "%"}]}, "inputs.0.image_base64"),
    ],
)
def test_a_batch_of_which_nothing_is_left_names_its_place_once(client, body, where: str) -> None:
    """The first item's own words are enough."""
    error = client.post("/embed", json=body).json()["error"]
    assert error["details"]["where"] == where
    assert error["message"].count("inputs.0") == 1


def test_a_single_input_has_no_number(client: TestClient) -> None:
    """`input.0` is nowhere in `{"input": " "}`."""
    error = refused(
        client.post("/v1/embeddings", json={"model": "words", "input": " "}), 422, "empty_input"
    )
    assert error["details"]["where"] == "input"


def test_an_upload_is_named_as_a_file(client: TestClient) -> None:
    """A form holds no `documents`, whatever is wrong with its files and wherever it is found."""
    broken = picture_file("red", (300, 200))[:-40]
    files = [
        ("file", ("good.png", picture_file(), "image/png")),
        ("file", ("broken.png", broken, "image/png")),
        ("file", ("none.txt", b"", "text/plain")),
    ]
    failed = client.post("/documents/upload", files=files).json()["failed"]
    assert [item["error"]["details"]["where"] for item in failed] == ["file.1", "file.2"]
    assert not any("documents" in item["error"]["message"] for item in failed)


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_json_without_its_content_type_is_told_what_to_send(client: TestClient, kind) -> None:
    """As from curl's `-d`."""
    headers = {} if kind is None else {"Content-Type": kind}
    answer = client.post("/search", content=b'{"query": "red"}', headers=headers)
    error = refused(answer, 415, "unsupported_media_type")
    assert "`Content-Type: application/json`" in error["message"]
    assert (kind or "without a Content-Type") in error["message"]
