"""A document with more fields than its namespace has room for fails alone."""

import pytest
from starlette.testclient import TestClient

from api.app import build_app
from api.bodies.limits import RequestLimits
from retrieval.filtering.fields import MAX_FIELDS
from tests.fakes import LocalBackend
from tests.http.routes.route_samples import put, refusal


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory):
    app = build_app(LocalBackend(tmp_path_factory.mktemp("index")), RequestLimits())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


WILD = {"id": "wild", "text": "x", "metadata": {f"key{i}": i for i in range(980)}}


def test_the_others_of_the_same_request_are_written(client: TestClient) -> None:
    """The refusal names the document, the counts, the setting and the place."""
    other = {**WILD, "id": "other"}
    answer = put(client, "wide", {"id": "a", "text": "x"}, WILD, {"id": "b", "text": "y"}, other)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["upserted"], body["ids"]) == (2, ["a", None, "b", None])
    failed, last = body["failed"]
    assert "'other'" in last["error"]["message"]
    assert failed["error"]["code"] == "too_many_fields"
    assert failed["error"]["details"]["where"] == "documents.1.metadata"
    for part in ("'wild'", "980", str(MAX_FIELDS), "index.max_fields"):
        assert part in failed["error"]["message"]


def test_alone_it_is_refused(client: TestClient) -> None:
    """422, and the namespace is none the wider for it."""
    refusal(put(client, "wide", WILD), 422, "too_many_fields")
    assert put(client, "wide", {"id": "c", "text": "z", "metadata": {"k": 1}}).status_code == 200
