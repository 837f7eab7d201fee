"""`diversity`: results that differ from those before them."""

import pytest
from starlette.testclient import TestClient

from tests.http.routes.route_samples import put, refusal


@pytest.fixture(scope="module")
def shelf(client: TestClient) -> str:
    copies = [{"id": f"copy-{number}", "text": "a red mug"} for number in range(4)]
    others = [{"id": "lamp", "text": "a red lamp"}, {"id": "boat", "text": "a blue boat"}]
    assert put(client, "shelf", *copies, *others).json()["failed"] == []
    return "shelf"


def found(client: TestClient, **body) -> list[dict]:
    asked = {"namespace": "shelf", "query": "red mug", "mode": "semantic"} | body
    response = client.post("/search", json=asked)
    assert response.status_code == 200, response.text
    return response.json()["results"]


def test_copies_give_way_and_keep_their_scores(client: TestClient, shelf: str) -> None:
    plain, diverse = found(client), found(client, diversity=0.7)
    assert [hit["id"][:4] for hit in plain[:4]] == ["copy"] * 4
    assert [hit["id"][:4] for hit in diverse[:2]] == ["copy", "lamp"]
    assert {hit["id"]: hit["score"] for hit in diverse} == {
        hit["id"]: hit["score"] for hit in plain
    }


def test_zero_changes_nothing_and_pages_are_of_one_list(client: TestClient, shelf: str) -> None:
    assert found(client, diversity=0) == found(client)
    whole = [hit["id"] for hit in found(client, diversity=0.7)]
    parts = [found(client, diversity=0.7, limit=2, offset=at) for at in (0, 2, 4)]
    assert [hit["id"] for page in parts for hit in page] == whole


def test_weighted_parts_can_be_diverse(client: TestClient, shelf: str) -> None:
    parts = [{"text": "red mug", "weight": 2}, {"text": "boat", "weight": -1}]
    results = found(client, query=None, queries=parts, diversity=0.7)
    assert [hit["id"][:4] for hit in results[:2]] == ["copy", "lamp"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"query": "red", "diversity": 0.5, "sort": [{"field": "id"}]}, "two orders"),
        ({"diversity": 0.5, "sort": [{"field": "id"}]}, "needs a query"),
        ({"like": ["lamp"], "diversity": 0.5, "sort": [{"field": "id"}]}, "two orders"),
        ({"query": "red", "diversity": 1.5}, "less than or equal"),
        ({"query": "red", "diversity": -0.1}, "greater than or equal"),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: TestClient, shelf: str, body: dict, words: str
) -> None:
    answer = client.post("/search", json={"namespace": "shelf"} | body)
    refusal(answer, 422, "invalid_request")
    assert words in answer.text
