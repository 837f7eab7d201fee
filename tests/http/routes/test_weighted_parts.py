"""`queries`: a search by weighted parts, towards some things and away from others."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.access.rate_settings import Limit, RateLimits
from tests.fakes import LocalBackend
from tests.http.doors import Clock, client_of, guarded
from tests.http.routes.route_samples import b64, put, refusal
from tests.towers import DIMENSION, picture_file, word_vector

COLOURS = ("red", "green", "blue")


@pytest.fixture(scope="module")
def parts(client: TestClient) -> str:
    texts = [f"{one} {other} thing" for one in COLOURS for other in COLOURS]
    documents = [{"id": text.replace(" ", "-"), "text": text} for text in texts]
    documents += [
        {"id": f"picture-{colour}", "image_base64": b64(picture_file(colour))} for colour in COLOURS
    ]
    assert put(client, "parts", *documents).json()["failed"] == []
    return "parts"


def search(client: TestClient, **body) -> dict:
    response = client.post("/search", json={"namespace": "parts", "limit": 20} | body)
    assert response.status_code == 200, response.text
    return response.json()


def scores(answer: dict) -> list[tuple[str, float]]:
    return [(hit["id"], pytest.approx(hit["score"], abs=1e-5)) for hit in answer["results"]]


@pytest.mark.parametrize("mode", ["hybrid", "semantic", "keyword"])
def test_one_part_is_the_query_itself_whatever_its_weight(
    client: TestClient, parts: str, mode: str
) -> None:
    alone = search(client, query="green red", mode=mode)
    for weight in (1, 0.2, 7):
        same = search(client, queries=[{"text": "green red", "weight": weight}], mode=mode)
        assert scores(same) == scores(alone)
        assert same["warnings"] == alone["warnings"]


def test_a_part_of_weight_zero_changes_nothing_and_is_said(client: TestClient, parts: str) -> None:
    kept = [{"text": "red"}, {"image_base64": b64(picture_file("blue")), "weight": 0.5}]
    before = search(client, queries=kept)
    more = search(client, queries=[*kept, {"text": "green", "weight": 0}])
    assert scores(more) == scores(before)
    said = [one for one in more["warnings"] if one["code"] == "unused_member"]
    assert [one["where"] for one in said] == ["queries.2"]


def test_the_heavier_part_decides(client: TestClient, parts: str) -> None:
    """And what leads away is behind what does not."""
    for heavy, light in (("red", "blue"), ("blue", "red")):
        both = [{"text": heavy, "weight": 3}, {"text": light, "weight": 1}]
        found = [hit["id"] for hit in search(client, queries=both, mode="semantic")["results"]]
        assert found.index(f"picture-{heavy}") < found.index(f"picture-{light}")
    away = [{"text": "red"}, {"text": "blue", "weight": -1}]
    found = [hit["id"] for hit in search(client, queries=away, mode="semantic")["results"]]
    assert found.index("red-green-thing") < found.index("red-blue-thing")
    assert found.index("picture-red") < found.index("picture-green")
    assert found.index("picture-green") < found.index("picture-blue")


def test_a_vector_is_a_part_like_any_other(client: TestClient, parts: str) -> None:
    given = word_vector("green").tolist()
    by_vector = search(client, queries=[{"vector": given, "weight": 2}], mode="semantic")
    by_words = search(client, queries=[{"text": "green", "weight": 2}], mode="semantic")
    assert scores(by_vector) == scores(by_words)


def test_weights_are_said_not_to_count_among_words(client: TestClient, parts: str) -> None:
    """Where they differ, or lead away; by meaning alone there is nothing to say."""
    both = [{"text": "red", "weight": 2}, {"text": "blue", "weight": -1}]
    for mode, codes in (("hybrid", ["weights_by_meaning"]), ("semantic", [])):
        warnings = search(client, queries=both, mode=mode)["warnings"]
        assert [one["code"] for one in warnings if "weights" in one["code"]] == codes
    keyword = search(client, queries=both, mode="keyword")
    assert {hit["id"].split("-")[0] for hit in keyword["results"]} & {"red"}
    assert "queries.1" in [one["where"] for one in keyword["warnings"]]


def test_misspelt_words_of_a_part_are_put_right_by_meaning_too(
    client: TestClient, parts: str
) -> None:
    wrong = search(client, queries=[{"text": "gren"}, {"text": "red", "weight": 0.5}])
    right = search(client, queries=[{"text": "green"}, {"text": "red", "weight": 0.5}])
    assert wrong["corrected"] == {"gren": ["green"]}
    assert [hit["semantic_score"] for hit in wrong["results"]] == [
        pytest.approx(hit["semantic_score"], abs=1e-5) for hit in right["results"]
    ]


def test_what_a_namespace_has_nothing_to_compare_with_is_said(
    client: TestClient, parts: str
) -> None:
    """By its place, for a part and for a whole query; words are found all the same."""
    assert put(client, "unread", {"id": "u", "text": "красная кружка"}).status_code == 200
    picture = b64(picture_file("red"))
    weighed = [{"text": "кружка"}, {"image_base64": picture, "weight": 0.5}]

    def places(**body) -> list[str]:
        answer = client.post("/search", json=body).json()
        return [one["where"] for one in answer["warnings"] if one["code"] == "space_not_held"]

    assert places(namespace="unread", queries=weighed) == ["queries.1"]
    assert places(namespace="unread", image_base64=picture) == ["image_base64"]
    assert places(namespaces=["unread", parts], queries=weighed) == ["queries.1"]
    assert places(namespace=parts, queries=weighed) == []
    assert places(namespace="unread", queries=weighed, mode="keyword") == []


OPPOSITE = word_vector("red").tolist()
REFUSED = [
    ({"queries": [{"text": "a", "weight": -1}]}, "invalid_request", "weight above 0"),
    ({"queries": [{"text": "a", "weight": 0}]}, "invalid_request", "weight above 0"),
    ({"queries": [{"weight": 1}]}, "invalid_request", "one of text"),
    ({"queries": [{"text": "a", "vector": [1.0]}]}, "invalid_request", "one of text"),
    ({"queries": [{"text": " "}]}, "invalid_request", "no visible character"),
    ({"queries": [{"text": "a"}], "query": "b"}, "invalid_request", "stand instead"),
    ({"queries": [{"text": "a"}], "like": ["b"]}, "invalid_request", "stand instead"),
    ({"queries": [{"vector": [1.0]}], "mode": "keyword"}, "invalid_request", "needs a text"),
    ({"queries": [{"text": "a"}] * 11}, "invalid_request", "at most 10"),
    ({"queries": [{"text": "a", "weight": 1e9}]}, "invalid_request", "less than or equal"),
    ({"queries": [{"text": "a", "wait": 1}]}, "invalid_request", "wait"),
    ({"queries": [{"vector": [1.0, 2.0]}]}, "wrong_dimension", "queries.0.vector"),
    ({"queries": [{"vector": [0.0] * DIMENSION}]}, "non_finite_vector", "queries.0.vector"),
    (
        {"queries": [{"vector": OPPOSITE}, {"vector": OPPOSITE, "weight": -1}]},
        "parts_cancel_out",
        "cancel",
    ),
]


@pytest.mark.parametrize(("body", "code", "words"), REFUSED)
def test_what_cannot_be_searched_is_refused_in_words(
    client: TestClient, parts: str, body: dict, code: str, words: str
) -> None:
    answer = client.post("/search", json={"namespace": "parts"} | body)
    refusal(answer, 422, code)
    assert words in answer.text


def test_each_picture_and_text_is_named_where_it_is_wrong(client: TestClient, parts: str) -> None:
    broken = [{"text": "red"}, {"image_base64": b64(b"no picture")}]
    answer = client.post("/search", json={"namespace": "parts", "queries": broken})
    assert answer.status_code in (415, 422)
    assert answer.json()["error"]["details"]["where"] == "queries.1.image_base64"
    long = [{"text": "red"}, {"text": "r" * 100_000}]
    answer = client.post("/search", json={"namespace": "parts", "queries": long})
    assert refusal(answer, 413, "text_too_long")["where"] == "queries.1.text"


def test_each_part_costs_as_a_search(tmp_path: Path) -> None:
    """Alone and in a batch."""
    three = {"queries": [{"text": "red"}] * 3}
    one = {"query": "red"}
    guard = guarded(RateLimits(search=Limit(limit=100)), Clock())
    with client_of(LocalBackend(tmp_path), guard) as client:
        put(client, "default", {"id": "d", "text": "red"})

        def left(path: str, body: dict) -> int:
            answer = client.post(path, json=body)
            assert answer.status_code == 200, answer.text
            return int(answer.headers["x-ratelimit-remaining"])

        at_first = left("/search", one)
        assert at_first - left("/search", three) == 3
        assert at_first - 3 - left("/search/batch", {"searches": [one, three]}) == 4
