"""`/namespaces/{name}/settings` over HTTP: set, read, searched by, and refused."""

import pytest
from starlette.testclient import TestClient

from tests.http.routes.route_samples import put, refusal

SETTINGS = {
    "synonyms": [["sofa", "couch"]],
    "one_way_synonyms": {"tv": ["television"]},
    "stop_words": ["cheap"],
    "pins": [{"query": "gift", "ids": ["telly", "gone"]}],
}


@pytest.fixture
def shop(client: TestClient, request: pytest.FixtureRequest) -> str:
    """The address of a namespace of each test's own."""
    name = "s-" + "".join(sign for sign in request.node.name if sign.isalnum()).lower()[:50]
    texts = {"sofa": "a red sofa", "couch": "a green couch", "telly": "a television"}
    documents = [{"id": id, "text": text} for id, text in texts.items()]
    assert put(client, name, *documents).json()["failed"] == []
    return name


def search(client: TestClient, name: str, query: str, **more) -> dict:
    body = {"namespace": name, "query": query, "mode": "keyword"} | more
    answer = client.post("/search", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_set_is_read_and_searched_by(client: TestClient, shop: str) -> None:
    """At once; what the settings did is in the answer, and nothing where they did nothing."""
    where = f"/namespaces/{shop}/settings"
    empty = client.get(where)
    assert empty.json()["synonyms"] == []
    assert "settings_applied" not in search(client, shop, "sofa")
    written = client.put(where, json=SETTINGS)
    assert written.status_code == 200, written.text
    read = client.get(where)
    assert {name: read.json()[name] for name in SETTINGS} == SETTINGS
    assert read.headers["etag"] == written.headers["etag"] == read.json()["etag"]
    assert written.json()["version"] == search(client, shop, "red")["index_version"]
    found = search(client, shop, "cheap sofa")
    assert sorted(hit["id"] for hit in found["results"]) == ["couch", "sofa"]
    assert found["settings_applied"]["stop_words"] == ["cheap"]
    assert list(found["settings_applied"]["synonyms"].values()) == [["couch"]]
    pinned = search(client, shop, "gift")
    assert [(hit["id"], hit["pinned"]) for hit in pinned["results"]] == [("telly", True)]
    assert "pinned_not_found" in [warning["code"] for warning in pinned["warnings"]]
    [explained] = search(client, shop, "gift", explain=True)["results"]
    assert "settings; the query did not find it" in explained["explanation"]
    by_meaning = search(client, shop, "cheap sofa", mode="semantic")
    assert "settings_applied" not in by_meaning
    still = search(client, shop, "gift", mode="semantic", explain=True)
    assert still["settings_applied"] == {
        "synonyms": {},
        "stop_words": [],
        "pinned": ["telly", "gone"],
    }
    assert still["results"][0]["explanation"].startswith("Put first by the namespace's settings")
    over = client.post("/search", json={"namespaces": [shop], "query": "gift"}).json()
    assert "pins_not_applied" in [warning["code"] for warning in over["warnings"]]
    assert [hit["id"] for hit in over["results"] if hit.get("pinned")] == []


def test_two_who_set_at_once_do_not_undo_each_other(client: TestClient, shop: str) -> None:
    """`If-Match`; what is left out of a body is empty then."""
    where = f"/namespaces/{shop}/settings"
    tag = client.get(where).headers["etag"]
    first = client.put(where, json=SETTINGS, headers={"If-Match": tag})
    assert first.status_code == 200
    late = client.put(where, json={}, headers={"If-Match": tag})
    refusal(late, 412, "precondition_failed")
    assert client.get(where).json()["stop_words"] == ["cheap"]
    assert client.put(where, json={}).status_code == 200
    assert client.get(where).json()["stop_words"] == []


REFUSED = [
    ({"synonyms": [["sofa"]]}, "invalid_request", "synonyms.0"),
    ({"synonyms": [["sofa", "living room"]]}, "invalid_settings", "synonyms.0.1"),
    ({"synonyms": [["sofa", "Sofas"]]}, "invalid_settings", "synonyms.0"),
    ({"one_way_synonyms": {"tv": []}}, "invalid_request", "one_way_synonyms.tv"),
    ({"stop_words": ["a", "a"]}, "invalid_settings", "stop_words"),
    ({"pins": [{"query": "gift", "ids": []}]}, "invalid_request", "pins.0.ids"),
    ({"pins": [{"query": "gift", "ids": ["a/b"]}]}, "invalid_settings", "pins.0.ids.0"),
    ({"pins": [{"query": "a", "ids": ["x"]}] * 2}, "invalid_settings", "pins.1.query"),
    ({"field_weights": {"title": 2}}, "invalid_request", "field_weights"),
]


@pytest.mark.parametrize(("body", "code", "where"), REFUSED)
def test_what_cannot_be_set_is_refused_by_its_place(
    client: TestClient, shop: str, body: dict, code: str, where: str
) -> None:
    refused = client.put(f"/namespaces/{shop}/settings", json=body)
    assert refusal(refused, 422, code)["where"].startswith(where)


def test_a_namespace_that_is_not_there_has_no_settings(client: TestClient) -> None:
    """Setting makes none: writing a document does."""
    for answer in (
        client.get("/namespaces/not-there/settings"),
        client.put("/namespaces/not-there/settings", json=SETTINGS),
    ):
        refusal(answer, 404, "unknown_namespace")
