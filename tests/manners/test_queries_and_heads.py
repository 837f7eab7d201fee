"""Query parameters are known by name; HEAD is answered wherever GET is."""

from collections.abc import Iterator

import pytest
from served import client_over, refused
from starlette.testclient import TestClient

from api.app import ROUTES
from api.bodies.strict_route import StrictRoute


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_over(tmp_path_factory.mktemp("index")) as client:
        client.put("/documents", json={"documents": [{"id": "d", "text": "red"}]})
        yield client


ALL = [route for module in ROUTES for route in module.router.routes]
GETS = sorted({route.path for route in ALL if "GET" in route.methods and "{" not in route.path})


def test_every_route_knows_its_query() -> None:
    """A router without the class would pass over what it does not know."""
    assert ALL
    assert [route.path for route in ALL if not isinstance(route, StrictRoute)] == []


@pytest.mark.parametrize("path", GETS)
def test_an_unknown_query_parameter_is_refused_by_name(client: TestClient, path: str) -> None:
    """On every route that is read, with what it takes."""
    error = refused(client.get(f"{path}?limt=5"), 422, "unknown_parameter")
    assert error["details"]["where"] == "query.limt"
    assert "'limt'" in error["message"]


def test_a_misspelt_parameter_is_told_what_may_be_meant(client: TestClient) -> None:
    """Listing with another limit than was asked for would be wrong in silence."""
    error = refused(client.get("/documents?namspace=shop"), 422, "unknown_parameter")
    assert error["message"].endswith("taken: limit, namespace, offset; is 'namespace' meant?")


def test_what_belongs_into_the_body_is_not_taken_from_the_query(client: TestClient) -> None:
    """Also where a route takes none at all."""
    answer = client.post("/search?namespace=shop", json={"query": "red"})
    refused(answer, 422, "unknown_parameter")


def test_a_parameter_that_comes_twice_is_refused(client: TestClient) -> None:
    """Which one counts nobody could know."""
    error = refused(client.get("/documents?limit=1&limit=2"), 422, "duplicate_key")
    assert error["details"]["where"] == "query.limit"


@pytest.mark.parametrize("path", [*GETS, "/documents/d", "/documents/none", "/nowhere", "/docs"])
def test_head_answers_as_get_without_a_body(client: TestClient, path: str) -> None:
    """Status and headers are those of GET."""
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers.get("content-type") == got.headers.get("content-type")
    if got.headers["content-type"] == "text/html; charset=utf-8":
        assert head.headers["content-length"] == got.headers["content-length"]


def test_head_of_a_stream_ends_with_its_head(client: TestClient) -> None:
    """Whoever asks so does not follow the run."""
    streamed = client.post("/agents/plan", json={"goal": "red", "stream": True})
    run_id = streamed.headers["x-run-id"]
    head = client.head(f"/agents/plan/{run_id}/events")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")


def test_what_has_no_get_has_no_head(client: TestClient) -> None:
    """405 says what there is, and names HEAD beside GET."""
    assert client.head("/search").status_code == 405
    allowed = client.post("/namespaces").headers["allow"]
    assert set(allowed.replace(" ", "").split(",")) == {"GET", "HEAD"}
