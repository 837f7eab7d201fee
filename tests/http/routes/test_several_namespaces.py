"""`namespaces`: one search over several, fused to one list."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.access.rate_settings import Limit, RateLimits
from tests.fakes import LocalBackend
from tests.http.doors import Clock, client_of, guarded
from tests.http.routes.route_samples import b64, put, refusal
from tests.towers import picture_file

NAMES = ["several-a", "several-b", "several-c"]
COLOURS = ("red", "green", "blue")


@pytest.fixture(scope="module")
def three(client: TestClient) -> list[str]:
    """Each holds all colours; one alone has pictures, and one word of its own."""
    for name in NAMES:
        texts = [
            f"{one} {other} thing {name[-1]}{at}"
            for one in COLOURS
            for at, other in enumerate(COLOURS)
        ]
        documents = [{"id": f"{at}", "text": text} for at, text in enumerate(texts)]
        if name == NAMES[2]:
            documents += [
                {"id": f"picture-{colour}", "image_base64": b64(picture_file(colour))}
                for colour in COLOURS
            ]
            documents.append({"id": "own", "text": "zebra"})
        assert put(client, name, *documents).json()["failed"] == []
    return NAMES


def search(client: TestClient, **body) -> dict:
    response = client.post("/search", json={"limit": 20} | body)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("mode", ["hybrid", "semantic", "keyword"])
@pytest.mark.parametrize("method", ["weighted", "rrf"])
def test_one_of_them_is_searched_as_by_itself(
    client: TestClient, three: list[str], mode: str, method: str
) -> None:
    """Same hits, same order, same scores; whichever way it is named."""
    asked = {"query": "green red", "mode": mode, "fusion": {"method": method}}
    for name in three:
        alone = search(client, namespace=name, **asked)["results"]
        listed = search(client, namespaces=[name], **asked)["results"]
        assert [hit["id"] for hit in listed] == [hit["id"] for hit in alone]
        assert [hit["score"] for hit in listed] == pytest.approx([hit["score"] for hit in alone])
        assert {hit["namespace"] for hit in alone + listed} == {name}


def test_hits_of_all_stand_in_one_list(client: TestClient, three: list[str]) -> None:
    """Best first, each with its namespace and a picture's address there; ids may be alike."""
    found = search(client, namespaces=three, query="red", mode="semantic", limit=30)
    hits = found["results"]
    assert {hit["namespace"] for hit in hits} == set(three)
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert [hit["semantic_rank"] for hit in hits] == list(range(1, len(hits) + 1))
    assert len({(hit["namespace"], hit["id"]) for hit in hits}) == len(hits)
    assert len({hit["id"] for hit in hits}) < len(hits)
    [picture] = [hit for hit in hits if hit["id"] == "picture-red"]
    assert client.get(picture["image_url"]).status_code == 200
    assert set(found["index_versions"]) == set(three)
    assert found["index_version"] == max(found["index_versions"].values())


def test_what_one_alone_has_is_found_among_all(client: TestClient, three: list[str]) -> None:
    found = search(client, namespaces=three, query="zebra")["results"]
    assert (found[0]["namespace"], found[0]["id"], found[0]["score"]) == (three[2], "own", 1.0)


def test_pages_are_slices_of_one_list(client: TestClient, three: list[str]) -> None:
    asked = {"namespaces": three, "query": "blue red thing"}
    whole = search(client, **asked, limit=24)["results"]
    parts = [search(client, **asked, limit=8, offset=at)["results"] for at in (0, 8, 16)]
    assert [hit for part in parts for hit in part] == whole


def test_scores_and_relevance_cut_over_all(client: TestClient, three: list[str]) -> None:
    asked = {"namespaces": three, "query": "blue red thing"}
    whole = search(client, **asked)["results"]
    least = whole[3]["score"]
    cut = search(client, **asked, min_score=least)["results"]
    assert cut == [hit for hit in whole if hit["score"] >= least]


def test_all_candidates_are_in_the_list(client: TestClient) -> None:
    """However deep: which of them come first is known only when all namespaces are scaled alike."""
    texts = [f"red word{at}" for at in range(230)] + [f"blue word{at}" for at in range(230)]
    documents = [{"id": str(at), "text": text} for at, text in enumerate(texts)]
    for first in range(0, len(documents), 20):
        written = put(client, "several-deep", *documents[first : first + 20])
        assert written.json()["failed"] == []
    for query in ("red", "red word5"):
        alone = search(client, namespace="several-deep", query=query, limit=50)
        listed = search(client, namespaces=["several-deep"], query=query, limit=50)
        assert listed["total_candidates"] == alone["total_candidates"] >= 200
        assert [hit["id"] for hit in listed["results"]] == [hit["id"] for hit in alone["results"]]
    cut = search(client, namespaces=["several-deep"], query="red word5", min_score=0.9)
    assert cut["total_candidates"] == len(cut["results"]) < 20


def test_a_word_that_one_has_is_no_mistake_in_another(client: TestClient) -> None:
    """All are asked for one meaning: otherwise hits of two questions would stand in one list."""
    put(client, "several-has", {"id": "has", "text": "a green thing"})
    put(client, "several-near", {"id": "near", "text": "a greem thing"})
    alone = search(client, namespace="several-near", query="green")
    assert alone["corrected"] == {"green": ["greem"]}
    for names in (["several-has", "several-near"], ["several-near", "several-has"]):
        found = search(client, namespaces=names, query="green")
        assert found["corrected"] == {}
        assert found["results"][0]["id"] == "has"
        by_words = search(client, namespaces=names, query="green", mode="keyword")
        assert [hit["id"] for hit in by_words["results"]] == ["has"]


def test_nothing_is_relevant_only_where_no_namespace_has_it(
    client: TestClient, three: list[str]
) -> None:
    def codes(names: list[str], query: str, **more) -> list[str]:
        warnings = search(client, namespaces=names, query=query, **more)["warnings"]
        return [one["code"] for one in warnings if one["code"] == "nothing_relevant"]

    assert codes(three[:2], "tariff") == ["nothing_relevant"]
    both = {name: codes([name], "zebra") for name in three}
    assert both == {three[0]: ["nothing_relevant"], three[1]: ["nothing_relevant"], three[2]: []}
    assert codes(three, "zebra") == []
    assert codes(three, "zebra", min_relevance=1.0) == []


def test_scores_by_words_are_said_to_be_each_namespaces_own(
    client: TestClient, three: list[str]
) -> None:
    for names, mode, said in (
        (three, "hybrid", ["namespaces"]),
        (three, "semantic", []),
        (three[:1], "hybrid", []),
    ):
        warnings = search(client, namespaces=names, query="red", mode=mode)["warnings"]
        places = [one["where"] for one in warnings if one["code"] == "word_weights_differ"]
        assert places == said


def test_misspelt_words_are_told_once(client: TestClient, three: list[str]) -> None:
    found = search(client, namespaces=three, query="zebbra")
    assert found["corrected"] == {"zebbra": ["zebra"]}
    assert found["results"][0]["id"] == "own"


REFUSED = [
    ({"namespace": "several-a"}, "instead of a namespace"),
    ({"namespaces": ["several-a", "several-a"]}, "one twice"),
    ({"namespaces": [f"n{at}" for at in range(9)]}, "at most 8"),
    ({"sort": [{"field": "id"}]}, "sort is not for several"),
    ({"facets": [{"field": "source"}]}, "facets is not for several"),
    ({"group_by": {"field": "source"}}, "group_by is not for several"),
    ({"prefer_recent": True}, "prefer_recent is not for several"),
    ({"diversity": 0.5}, "diversity is not for several"),
    ({"offset": 195}, "reach 200"),
    ({"query": None, "like": ["0"]}, "need a query"),
    ({"query": None, "filter": {"field": "id", "op": "ne", "value": "x"}}, "need a query"),
]


@pytest.mark.parametrize(("more", "words"), REFUSED)
def test_what_is_each_namespaces_own_is_refused(
    client: TestClient, three: list[str], more: dict, words: str
) -> None:
    body = {"namespaces": three, "query": "red", "limit": 20} | more
    answer = client.post("/search", json=body)
    refusal(answer, 422, "invalid_request")
    assert words in answer.text


def test_one_that_is_not_there_is_named(client: TestClient, three: list[str]) -> None:
    """And nothing is answered of the others: a part of an answer would look whole."""
    body = {"namespaces": [three[0], "several-z"], "query": "red"}
    answer = client.post("/search", json=body)
    assert answer.status_code == 404
    assert "several-z" in answer.json()["error"]["message"]
    assert answer.json()["error"]["details"]["where"] == "namespaces.1"
    wrong = client.post("/search", json={"namespaces": [three[0], "No Name"], "query": "red"})
    assert refusal(wrong, 422, "invalid_namespace")["where"] == "namespaces.1"


def test_one_that_cannot_answer_is_named(client: TestClient, three: list[str]) -> None:
    """A field that only one of them has: the others refuse the filter."""
    put(client, "several-priced", {"id": "p", "text": "red", "metadata": {"price": 5}})
    cheap = {"field": "price", "op": "lt", "value": 9}
    body = {"namespaces": ["several-priced", three[1]], "query": "red", "filter": cheap}
    answer = client.post("/search", json=body)
    refusal(answer, 422, "unknown_filter_field")
    assert three[1] in answer.json()["error"]["message"]


def test_each_further_namespace_costs_as_a_search(tmp_path: Path) -> None:
    """Alone and in a batch, beside the parts of the query."""
    names = {"namespaces": ["one", "two"]}
    guard = guarded(RateLimits(search=Limit(limit=100)), Clock())
    with client_of(LocalBackend(tmp_path), guard) as client:
        for name in names["namespaces"]:
            put(client, name, {"id": "d", "text": "red"})

        def left(path: str, body: dict) -> int:
            answer = client.post(path, json=body)
            assert answer.status_code == 200, answer.text
            return int(answer.headers["x-ratelimit-remaining"])

        at_first = left("/search", {"namespace": "one", "query": "red"})
        assert at_first - left("/search", names | {"query": "red"}) == 2
        in_parts = names | {"queries": [{"text": "red"}] * 3}
        assert at_first - 2 - left("/search/batch", {"searches": [in_parts]}) == 4
