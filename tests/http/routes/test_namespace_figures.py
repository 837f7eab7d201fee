"""`GET /namespaces/{namespace}`: what a namespace holds, in figures."""

import pytest
from starlette.testclient import TestClient

from retrieval.store.reading import statistics
from tests.http.routes.route_samples import b64, put, refusal
from tests.towers import DIMENSION, picture_file


def test_a_namespace_tells_what_it_holds(client: TestClient) -> None:
    """Documents, pictures, types of fields, models; the next write is counted at once."""
    mug = {"id": "m", "text": "a mug", "metadata": {"price": 12, "tags": ["a", "b"]}}
    pot = {"id": "p", "image_base64": b64(picture_file()), "metadata": {"price": "cheap"}}
    put(client, "figures", mug, pot)
    figures = client.get("/namespaces/figures").json()
    assert figures["namespace"] == "figures"
    assert (figures["documents"], figures["pictures"], figures["passages"]) == (2, 1, 0)
    assert figures["models"]["text_dimension"] == DIMENSION
    one = {"documents": 1, "distinct": 1, "at_least": False}
    assert figures["fields"] == [
        {"name": "price", "types": [{"type": "number", **one}, {"type": "string", **one}]},
        {"name": "tags", "types": [{"type": "list", **one, "distinct": 2}]},
    ]
    assert figures["warnings"] == []
    more = put(client, "figures", {"id": "n", "text": "a mug", "metadata": {"price": 13}}).json()
    figures = client.get("/namespaces/figures").json()
    assert (figures["version"], figures["documents"]) == (more["version"], 3)
    assert figures["fields"][0]["types"][0]["distinct"] == 2


def test_what_was_not_looked_at_is_said(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fields are those of some documents, the rest of the figures is of all."""
    monkeypatch.setattr(statistics, "MOST_DOCUMENTS", 1)
    put(client, "many", *({"text": "a mug", "metadata": {"price": at}} for at in range(3)))
    figures = client.get("/namespaces/many").json()
    assert (figures["documents"], figures["looked_at"]) == (3, 1)
    [warning] = figures["warnings"]
    assert warning["code"] == "fields_sampled"
    assert "1 of 3" in warning["message"]


def test_a_namespace_that_is_not_there_has_no_figures(client: TestClient) -> None:
    """As everywhere: 404, 422 for what is no name."""
    refusal(client.get("/namespaces/not-there"), 404, "unknown_namespace")
    refusal(client.get("/namespaces/NOT"), 422, "invalid_namespace")


def test_a_namespace_is_shown_as_a_map(client: TestClient) -> None:
    """Points with a field's values; what is not shown is said."""
    reds = [{"id": f"r{at}", "text": "red", "metadata": {"n": at}} for at in range(3)]
    put(client, "mapped", *reds, {"id": "p", "image_base64": b64(picture_file())})
    drawn = client.get("/namespaces/mapped/map", params={"field": "n", "limit": 2}).json()
    assert (drawn["vectors"], drawn["documents"], drawn["with_vector"]) == ("texts", 4, 3)
    assert len(drawn["points"]) == 2
    assert drawn["points"][0]["value"] == int(drawn["points"][0]["id"][1:])
    codes = [warning["code"] for warning in drawn["warnings"]]
    assert codes == ["documents_sampled", "without_vector"]
    pictures = client.get(
        "/namespaces/mapped/map", params={"vectors": "pictures", "field": "n"}
    ).json()
    assert [point["id"] for point in pictures["points"]] == ["p"]
    assert [warning["code"] for warning in pictures["warnings"]] == ["without_vector", "no_values"]


def test_a_map_is_bounded(client: TestClient) -> None:
    """2,000 points; 404 and 422 as everywhere."""
    refusal(client.get("/namespaces/not-there/map"), 404, "unknown_namespace")
    assert client.get("/namespaces/mapped/map", params={"limit": 2001}).status_code == 422
