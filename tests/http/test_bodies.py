"""No body holds up another: what is too much is refused while it comes in, by every route."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from api.access.rate_settings import Overload, RateLimits
from api.app import ROUTES, build_app
from api.bodies.bounded_route import BodyRoute
from api.bodies.limits import RequestLimits
from api.schemas.base import Strict
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, guarded
from tests.towers import picture_file

JSON = {"content-type": "application/json"}
VALID: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/embed"): {"inputs": [{"text": "a"}]},
    ("POST", "/v1/embeddings"): {"input": "a", "model": "words"},
    ("POST", "/search"): {"query": "a"},
    ("PUT", "/documents"): {"documents": [{"text": "a"}]},
    ("POST", "/agents/plan"): {"goal": "a film"},
    ("POST", "/agents/reflect"): {"goal": "a film", "answer": "it is"},
    ("PUT", "/sustainability/mode"): {"mode": "full"},
}
"""Of every route that takes JSON; a test fails on one that is not here."""
LISTS = {
    "/embed": "inputs", "/v1/embeddings": "input", "/search": "vector", "/documents": "documents",
    "/agents/plan": "tools", "/agents/reflect": "results", "/sustainability/mode": "mode",
}  # fmt: skip
SHORT_BYTES = 8 * 1024


def body_routes() -> list[BodyRoute]:
    """Return the application's routes that take a body."""
    routes = [route for module in ROUTES for route in module.router.routes]
    return [route for route in routes if getattr(route, "body_field", None) is not None]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = build_app(LocalBackend(tmp_path_factory.mktemp("index")), RequestLimits())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check a short error of the one shape and return its details."""
    assert response.status_code == status, response.text[:500]
    assert len(response.content) < SHORT_BYTES
    error = response.json()["error"]
    assert error["code"] == code
    assert error["request_id"] == response.headers["x-request-id"]
    return error["details"]


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
        and issubclass(route.body_field.field_info.annotation, Strict)
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
                look(inner, f"{place}.{name}")
        elif isinstance(schema, list):
            for at, inner in enumerate(schema):
                look(inner, f"{place}.{at}")

    if issubclass(annotation, Strict):
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
    ids=["zeros", "objects", "lists-900", "objects-900", "digits", "beyond-64-bits", "nan", "inf",
         "overflow", "twice", "nul", "surrogate", "long-name", "unknown-names"],
)  # fmt: skip
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
    answer = client.post("/agents/plan", content=with_member(body, nested), headers=JSON)
    assert answer.status_code == (200 if (member, depth) == ("context", 27) else 422)


FORM_JSON = [
    ('{"a": ' * 900 + "1" + "}" * 900, 422, "too_deep"),
    ("[" * 900 + "]" * 900, 422, "too_deep"),
    ('{"a": ' + "9" * 5000 + "}", 422, "invalid_number"),
    ('{"a": [' + "0," * 30_000 + "0]}", 413, "too_many_values"),
    ('{"a": 1, "a": 2}', 422, "duplicate_key"),
    ('{"a": 1e999}', 422, "invalid_request"),
    ('{"a": NaN}', 422, "invalid_request"),
    ('{"' + "k" * 500_000 + '": 1}', 422, "invalid_metadata"),
]


@pytest.mark.parametrize(("text", "status", "code"), FORM_JSON)
def test_metadata_of_an_upload_is_bounded_like_a_body(
    client: TestClient, text: str, status: int, code: str
) -> None:
    """The same JSON in a form field."""
    files = {"file": ("a.png", picture_file("red"), "image/png")}
    answer = client.post("/documents/upload", files=files, data={"metadata": text})
    refused(answer, status, code)


def test_a_form_field_that_is_not_understood_is_refused_by_name(client: TestClient) -> None:
    """A misspelt field would be ignored in silence, and of two the last would win."""
    files = {"file": ("a.png", picture_file("red"), "image/png")}
    answer = client.post("/embed/multimodal", files=files, data={"modalty": "IMAGE"})
    assert refused(answer, 422, "invalid_request")["where"] == "modalty"
    twice = [("file", files["file"]), ("file", files["file"])]
    answer = client.post("/embed/multimodal", files=twice, data={"modality": "IMAGE"})
    assert refused(answer, 422, "duplicate_key")["where"] == "file"
    answer = client.post("/documents/upload", data={"namespace": "a"})
    refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "fields",
    [
        {"namespace": "n" * 500_000},
        {"filter": {"field": "f" * 500_000, "op": "eq", "value": 1}},
        {"filter": {"field": "f", "op": "o" * 500_000, "value": 1}},
        {"filter": {"field": "f", "op": "eq", "value": "v" * 500_000}},
        {"filter": {"k" * 500_000: 1}},
        {"filter": {f"k{at}": 1 for at in range(30_000)}},
        {
            "filter": {
                "and": [{"or": [{"field": "created_at", "op": "eq", "value": "x"}] * 60}] * 60
            }
        },
        {"mode": "m" * 500_000},
        {"vector": [0.5] * 20_000},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_an_error_never_gives_back_what_was_sent(client: TestClient, fields: dict) -> None:
    """Names and values in messages and places are cut."""
    answer = client.post("/search", json={"query": "x"} | fields)
    assert answer.status_code in (413, 422)
    assert len(answer.content) < SHORT_BYTES


def test_a_document_of_rotten_parts_is_told_in_a_few_bytes(client: TestClient) -> None:
    """Beside others that are written."""
    long = "k" * 200_000
    rotten = [{long: 1}, {"text": "a", "metadata": {long: 1}}, {"text": "a", "id": long}, long, 1]
    answer = client.put("/documents", json={"documents": [{"text": "good"}, *rotten]})
    assert answer.json()["upserted"] == 1
    assert len(answer.json()["failed"]) == len(rotten)
    assert len(answer.content) < SHORT_BYTES


def test_slow_bodies_of_one_key_leave_others_their_room(tmp_path: Path) -> None:
    """Eight large ones are held: those beyond its share are refused, others write as ever."""
    keys = Keys(tmp_path / "keys.json")
    greedy, other = keys.make(), keys.make()
    mib = 1024 * 1024
    bounds = Overload(max_body_bytes_at_once=24 * mib, max_body_bytes_per_client=13 * mib)
    guard = guarded(RateLimits(), Clock(), keys, bounds)
    app = build_app(LocalBackend(tmp_path / "index"), RequestLimits(), guard)
    go_on = asyncio.Event()
    happened: asyncio.Queue[str] = asyncio.Queue()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"documents": [{"text": "' + b"a" * 2 * mib
        happened.put_nowait("held")
        await go_on.wait()
        yield b'"}]}'

    async def main() -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

            async def write() -> httpx.Response:
                answer = await client.put("/documents", content=slowly(), headers=greedy | JSON)
                happened.put_nowait("answered")
                return answer

            slow = [asyncio.create_task(write()) for _ in range(8)]
            seen = [await happened.get() for _ in slow]
            assert sorted(seen) == ["answered"] * 6 + ["held"] * 2
            small = {"documents": [{"text": "b"}]}
            assert (await client.put("/documents", json=small, headers=other)).status_code == 200
            assert (await client.put("/documents", json=small, headers=greedy)).status_code == 200
            large = {"documents": [{"text": "b " * 40_000}] * 10}
            assert (await client.put("/documents", json=large, headers=other)).status_code == 200
            go_on.set()
            answers = await asyncio.gather(*slow)
            held = [answer for answer in answers if answer.status_code != 429]
            assert [answer.json()["error"]["code"] for answer in held] == ["text_too_long"] * 2
            told = [answer for answer in answers if answer.status_code == 429]
            assert {answer.json()["error"]["code"] for answer in told} == {"too_many_body_bytes"}
            assert all(answer.headers["retry-after"] for answer in told)

    asyncio.run(asyncio.wait_for(main(), 30))
    assert app.app.state.shared.bodies.held_bytes == 0
