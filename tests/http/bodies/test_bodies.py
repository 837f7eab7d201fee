"""No body holds up another: what is too much is refused while it comes in, by every route."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import ROUTES
from api.bodies.bounded_route import BodyRoute
from api.schemas.base import StrictBody
from tests.http.bodies.body_samples import JSON, SHORT_BYTES, refused

VALID: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/embed"): {"inputs": [{"text": "a"}]},
    ("POST", "/v1/embeddings"): {"input": "a", "model": "words"},
    ("POST", "/rank"): {"inputs": [{"text": "a"}], "candidates": [{"text": "b"}]},
    ("POST", "/search"): {"query": "a"},
    ("PUT", "/documents"): {"documents": [{"text": "a"}]},
    ("PATCH", "/documents/{document_id}"): {"metadata": {"a": 1}},
    ("POST", "/documents/delete"): {"all": True},
    ("PUT", "/namespaces/{namespace}/settings"): {"stop_words": ["a"]},
    ("POST", "/search/batch"): {"searches": [{"query": "a film"}]},
    ("POST", "/agents/plan"): {"goal": "a film"},
    ("POST", "/agents/reflect"): {"goal": "a film", "answer": "it is"},
    ("PUT", "/sustainability/mode"): {"mode": "full"},
}
"""Of every route that takes JSON; a test fails on one that is not here."""
LISTS = {
    "/embed": "inputs",
    "/v1/embeddings": "input",
    "/rank": "inputs",
    "/search": "vector",
    "/search/batch": "searches",
    "/documents": "documents",
    "/documents/{document_id}": "metadata",
    "/documents/delete": "filter",
    "/namespaces/{namespace}/settings": "stop_words",
    "/agents/plan": "tools",
    "/agents/reflect": "results",
    "/sustainability/mode": "mode",
}


def body_routes() -> list[BodyRoute]:
    """Return the application's routes that take a body."""
    routes = [route for module in ROUTES for route in module.router.routes]
    return [route for route in routes if getattr(route, "body_field", None) is not None]


def with_member(body: dict[str, Any], member: str) -> bytes:
    return (json.dumps(body)[:-1] + "," + member + "}").encode()


def test_every_route_reads_its_body_within_bounds() -> None:
    """A router that forgets its route class would parse whatever comes."""
    routes = body_routes()
    assert len(routes) >= 9
    assert [route.path for route in routes if not isinstance(route, BodyRoute)] == []
    taking_json = {
        (method, route.path)
        for route in routes
        for method in route.methods
        if issubclass(type(route.body_field.field_info.annotation), type)
        and issubclass(route.body_field.field_info.annotation, StrictBody)
    }
    assert taking_json == set(VALID)


@pytest.mark.parametrize("route", body_routes(), ids=lambda route: route.path)
def test_every_list_of_a_body_has_a_most(route: BodyRoute) -> None:
    """Pydantic looks at every item of a list that has none, and builds an error for each."""
    annotation = route.body_field.field_info.annotation
    if not hasattr(annotation, "model_json_schema"):
        return
    unbounded = []

    def look(schema: Any, place: str) -> None:
        if isinstance(schema, dict):
            if schema.get("type") == "array" and "maxItems" not in schema:
                unbounded.append(place)
            for name, inner in schema.items():
                # An extension tells readers of members that are looked at elsewhere.
                if not name.startswith("x-"):
                    look(inner, f"{place}.{name}")
        elif isinstance(schema, list):
            for at, inner in enumerate(schema):
                look(inner, f"{place}.{at}")

    if issubclass(annotation, StrictBody):
        look(annotation.model_json_schema(), "")
    assert unbounded == []


@pytest.mark.parametrize(("method", "path"), VALID, ids=lambda part: part)
@pytest.mark.parametrize(
    ("member", "status", "code"),
    [
        ('"x": [' + "0," * 200_000 + "0]", 413, "too_many_values"),
        ('"x": [' + "{}," * 200_000 + "0]", 413, "too_many_values"),
        ('"x": ' + "[" * 900 + "]" * 900, 422, "too_deep"),
        ('"x": ' + '{"a":' * 900 + "1" + "}" * 900, 422, "too_deep"),
        ('"x": ' + "9" * 5000, 422, "invalid_number"),
        ('"x": 18446744073709551616', 422, "invalid_number"),
        ('"x": NaN', 422, "invalid_request"),
        ('"x": -Infinity', 422, "invalid_request"),
        ('"x": 1e999', 422, "invalid_request"),
        ('"x": 1, "x": 2', 422, "duplicate_key"),
        ('"x": "\x00"', 422, "invalid_request"),
        ('"x": "\\ud800"', 422, "invalid_text"),
        ('"' + "k" * 500_000 + '": 1', 422, "invalid_request"),
        (",".join(f'"k{at}": 1' for at in range(15_000)), 422, "invalid_request"),
    ],
    ids=[
        "zeros",
        "objects",
        "lists-900",
        "objects-900",
        "digits",
        "beyond-64-bits",
        "nan",
        "inf",
        "overflow",
        "twice",
        "nul",
        "surrogate",
        "long-name",
        "unknown-names",
    ],
)
def test_a_body_that_would_choke_a_parser_is_a_short_refusal(
    client: TestClient, method: str, path: str, member: str, status: int, code: str
) -> None:
    """By every route, with its reason."""
    content = with_member(VALID[method, path], member)
    refused(client.request(method, path, content=content, headers=JSON), status, code)


@pytest.mark.parametrize(("method", "path"), VALID, ids=lambda part: part)
@pytest.mark.parametrize("item", ["0", "{}", '"a"', "null", '{"k": [1]}'])
def test_a_list_of_wrong_items_is_a_short_refusal(
    client: TestClient, method: str, path: str, item: str
) -> None:
    """The first problems are told; the rest are never built."""
    content = with_member({}, f'"{LISTS[path]}": [' + f"{item}," * 15_000 + item + "]")
    content = content.replace(b"{,", b"{")
    answer = client.request(method, path, content=content, headers=JSON)
    assert 400 <= answer.status_code < 500
    assert len(answer.content) < SHORT_BYTES


@pytest.mark.parametrize(("method", "path"), VALID, ids=lambda part: part)
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'\xef\xbb\xbf{"a": 1}', "invalid_encoding"),
        ('{"a": 1}'.encode("utf-16"), "invalid_encoding"),
        ('{"a": 1}'.encode("utf-16-le"), "invalid_encoding"),
        (b'{"a": "\xff"}', "invalid_encoding"),
    ],
    ids=["bom", "utf-16", "utf-16-le", "no-utf-8"],
)
def test_json_is_utf_8_without_a_mark(
    client: TestClient, method: str, path: str, content: bytes, code: str
) -> None:
    """400 that says so, before anything is guessed."""
    refused(client.request(method, path, content=content, headers=JSON), 400, code)


@pytest.mark.parametrize(("method", "path"), VALID, ids=lambda part: part)
@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_json_without_its_content_type_is_415(
    client: TestClient, method: str, path: str, kind: str | None
) -> None:
    """A browser's form is no JSON, whatever stands in it."""
    headers = {} if kind is None else {"content-type": kind}
    content = json.dumps(VALID[method, path]).encode()
    answer = client.request(method, path, content=content, headers=headers)
    refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("path", "most"),
    [("/sustainability/mode", 2**20), ("/search", 24 * 2**20), ("/documents", 64 * 2**20)],
)
def test_a_body_has_the_cap_of_its_routes_class(client: TestClient, path: str, most: int) -> None:
    """Refused by what it declares, before a byte of it was read."""
    method = "PUT" if path != "/search" else "POST"
    headers = JSON | {"content-length": str(most + 1)}
    answer = client.request(method, path, content=b"{}", headers=headers)
    assert refused(answer, 413, "body_too_large")["value"] == most + 1


@pytest.mark.parametrize("length", ["-1", "1x", "9" * 40])
def test_a_bad_content_length_has_the_one_error_shape(client: TestClient, length: str) -> None:
    """Servers refuse it; where one does not, we do."""
    headers = JSON | {"content-length": length}
    refused(client.post("/search", content=b"{}", headers=headers), 400, "invalid_request")


@pytest.mark.parametrize("member", ["context", "budget", "tools", "goal", "image_base64"])
@pytest.mark.parametrize("depth", [27, 900])
def test_a_plan_of_deep_json_is_no_server_error(
    client: TestClient, member: str, depth: int
) -> None:
    """Neither where the nesting is refused, nor where it is just allowed."""
    nested = f'"{member}": ' + '{"a":' * depth + "1" + "}" * depth
    body = {"goal": "a film", "execute": False} | {}
    body.pop(member, None)
    client.put("/documents", json={"documents": [{"text": "a film"}]})
    answer = client.post("/agents/plan", content=with_member(body, nested), headers=JSON)
    assert answer.status_code == (200 if (member, depth) == ("context", 27) else 422)
