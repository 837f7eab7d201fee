"""`/search` over the real store: legs, filters, pages and refusals."""

import pytest
from starlette.testclient import TestClient

from tests.http.routes.route_samples import b64, put, refusal
from tests.towers import DIMENSION, picture_file


@pytest.fixture(scope="module")
def shop(client: TestClient) -> str:
    """A namespace with texts and pictures."""
    colours = ("red", "green", "blue")
    documents = [
        {
            "id": f"{colour}-{n}",
            "text": f"{colour} thing number{n}",
            "metadata": {"price": 10 * n, "colour": colour},
        }
        for colour in colours
        for n in range(4)
    ]
    documents += [
        {"id": f"picture-{colour}", "image_base64": b64(picture_file(colour))} for colour in colours
    ]
    assert put(client, "shop", *documents).json()["failed"] == []
    return "shop"


def search(client: TestClient, **body) -> dict:
    response = client.post("/search", json={"namespace": "shop"} | body)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_write_is_seen_by_the_search_that_follows(client: TestClient) -> None:
    """Acknowledged means visible."""
    for n in range(5):
        put(client, "fresh", {"id": f"d{n}", "text": f"unique{n} words"})
        body = {"namespace": "fresh", "query": f"unique{n}", "mode": "keyword"}
        assert [hit["id"] for hit in client.post("/search", json=body).json()["results"]] == [
            f"d{n}"
        ]


def test_texts_and_pictures_are_found_by_one_text(client: TestClient, shop: str) -> None:
    """Both modalities are among the first results, each naming its picture's address."""
    results = search(client, query="green", mode="semantic")["results"][:5]
    assert {hit["modality"] for hit in results} == {"TEXT", "IMAGE"}
    [picture] = [hit for hit in results if hit["modality"] == "IMAGE"]
    assert picture["id"] == "picture-green"
    assert client.get(picture["image_url"]).status_code == 200


def test_a_picture_finds_its_like(client: TestClient, shop: str) -> None:
    """Search by image, alone and with a text."""
    query = b64(picture_file("blue"))
    assert search(client, image_base64=query)["results"][0]["id"] == "picture-blue"
    both = search(client, image_base64=query, query="blue number3")["results"]
    assert "blue-3" in [hit["id"] for hit in both[:3]]


def test_explain_shows_every_leg(client: TestClient, shop: str) -> None:
    """Raw and calibrated score and rank of each leg, on request only."""
    [hit] = search(client, query="red number1", limit=1, explain=True)["results"]
    assert set(hit["explain"]) == {"keyword", "text_vector"}
    assert set(hit["explain"]["keyword"]) == {"raw", "calibrated", "rank"}
    assert hit["explanation"].startswith(
        "Found by its words (1st: red, number1) and the meaning of its text"
    )
    plain = search(client, query="red", limit=1)["results"][0]
    assert not {"explain", "explanation"} & set(plain)


def test_filters_narrow_before_ranking(client: TestClient, shop: str) -> None:
    """A filter keeps the limit full of what matches."""
    condition = {
        "and": [
            {"field": "price", "op": "lt", "value": 20},
            {"not": {"field": "colour", "op": "eq", "value": "red"}},
        ]
    }
    found = search(client, query="red", filter=condition, limit=10)["results"]
    assert {hit["id"] for hit in found} == {"green-0", "green-1", "blue-0", "blue-1"}


@pytest.mark.parametrize("fusion", ["weighted", "rrf"])
def test_pages_neither_repeat_nor_skip(client: TestClient, shop: str, fusion: str) -> None:
    """Pages put together are the long list."""
    query = {"query": "green number2", "fusion": {"method": fusion}}
    whole = search(client, limit=50, **query)
    pages = [search(client, limit=4, offset=n, **query)["results"] for n in range(0, 50, 4)]
    assert [hit["id"] for page in pages for hit in page] == [hit["id"] for hit in whole["results"]]
    assert whole["total_candidates"] == len(whole["results"]) == 15


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        (
            {"query": "x", "filter": {"field": "prize", "op": "lt", "value": 1}},
            "unknown_filter_field",
            "filter.field",
        ),
        (
            {"query": "x", "filter": {"and": [{"field": "price", "op": "<", "value": 1}]}},
            "invalid_filter",
            "filter.and.0.op",
        ),
        (
            {"query": "x", "filter": {"field": "price", "op": "lt", "value": "30"}},
            "type_mismatch",
            "filter.value",
        ),
        ({"vector": [1.0, 2.0]}, "wrong_dimension", "vector"),
        ({"vector": [0.0] * DIMENSION}, "non_finite_vector", "vector"),
        ({"image_base64": "§"}, "invalid_base64", "image_base64"),
    ],
)
def test_a_bad_search_names_the_place(client, shop, body, code: str, where: str) -> None:
    """422 with the code and the path of the offending value."""
    response = client.post("/search", json={"namespace": "shop"} | body)
    assert refusal(response, 422, code)["where"] == where


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"query": "x", "fusion": {"semantic_weight": 0.9}}, "sum to 1.3, not 1"),
        ({"query": "  "}, "query is empty"),
        ({}, "give a query"),
        ({"query": "x", "mode": "fuzzy"}, "mode"),
        ({"query": "x", "limit": 0}, "limit"),
        ({"query": "x", "limit": 51}, "at most 50"),
        ({"query": "x", "offset": -1}, "offset"),
        ({"query": "x", "recency_half_life_s": 0}, "recency_half_life_s"),
        ({"query": "x", "nearest": True}, "nearest"),
        ({"mode": "keyword", "image_base64": "aaaa"}, "needs a query"),
    ],
)
def test_a_malformed_search_says_why(client, shop, body, words: str) -> None:
    """The message holds the value or the field."""
    response = client.post("/search", json=body)
    refusal(response, 422, "invalid_request")
    assert words in response.json()["error"]["message"]


def test_a_body_that_is_not_json_is_told_where_it_breaks(client: TestClient) -> None:
    """The place is the body; the character is in the message."""
    json_type = {"Content-Type": "application/json"}
    answer = client.post("/embed", content=b'{"inputs": [', headers=json_type)
    details = refusal(answer, 422, "invalid_request")
    assert details["errors"] == [{"where": "body", "message": "not JSON at character 12"}]


def test_a_thousand_wrong_numbers_make_a_short_answer(client: TestClient) -> None:
    """The first problems are enough to find the mistake."""
    answer = client.post("/search", json={"vector": ["x"] * 1000})
    assert len(refusal(answer, 422, "invalid_request")["errors"]) == 20


def test_a_vector_that_is_not_finite_never_reaches_the_store(client: TestClient) -> None:
    """JSON has no NaN, but Python's parser takes it."""
    content = '{"vector": [NaN' + ", 1.0" * (DIMENSION - 1) + "]}"
    headers = {"content-type": "application/json"}
    refusal(client.post("/search", content=content, headers=headers), 422, "invalid_request")


def test_recency_prefers_the_newer_of_equals(client: TestClient) -> None:
    """Two equal texts: the newer one comes first on request."""
    put(
        client,
        "recent",
        {"id": "a-old", "text": "same words", "created_at": "2026-01-01T00:00:00Z"},
        {"id": "b-new", "text": "same words", "created_at": "2026-03-01T00:00:00Z"},
    )
    body = {"namespace": "recent", "query": "same words"}
    assert [h["id"] for h in search(client, **body)["results"]] == ["a-old", "b-new"]
    recent = search(client, **body, prefer_recent=True)["results"]
    assert [h["id"] for h in recent] == ["b-new", "a-old"]


def test_misspelt_words_are_corrected_and_said(client: TestClient, shop: str) -> None:
    """By default; `typos: false` takes words as they are written."""
    body = {"query": "gren thign", "mode": "keyword"}
    found = search(client, **body)
    assert found["results"][0]["id"].startswith("green-")
    assert found["corrected"] == {"gren": ["green"], "thign": ["thing"]}
    assert found["warnings"] == []
    strict = search(client, **body, typos=False)
    assert (strict["results"], strict["corrected"]) == ([], {})


def test_the_meaning_is_that_of_the_corrected_words(client: TestClient, shop: str) -> None:
    """A query with slips finds what the right one finds, by meaning too, with the same figures."""
    told = {"namespace": shop, "explain": True, "limit": 5}
    slips = client.post("/search", json={"query": "a gren thign", **told}).json()
    right = client.post("/search", json={"query": "a green thing", **told}).json()
    assert slips["corrected"] == {"gren": ["green"], "thign": ["thing"]}
    assert right["corrected"] == {}
    assert len(right["results"]) > 1
    assert slips["results"] == right["results"]


def test_results_say_how_relevant_they_are(client: TestClient, shop: str) -> None:
    """`min_relevance` leaves out the rest; what nothing stands out of says so."""
    found = search(client, query="green thing number2")
    best = found["results"][0]
    assert best["id"] == "green-2"
    rest = [hit["relevance"] for hit in found["results"][1:]]
    assert best["relevance"] > max(rest)
    bound = (best["relevance"] + max(rest)) / 2
    cut = search(client, query="green thing number2", min_relevance=bound)
    assert [hit["id"] for hit in cut["results"]] == ["green-2"]
    assert cut["total_candidates"] == 1


def test_an_answer_in_which_nothing_stands_out_says_so(client: TestClient, shop: str) -> None:
    """The best noise is no answer."""
    found = search(client, query="tariffs of quantum railways", mode="keyword", min_relevance=0.5)
    assert found["results"] == []
    words = search(client, query="tariffs of green railways elsewhere", mode="keyword")
    assert "nothing_relevant" in [warning["code"] for warning in words["warnings"]]
    assert words["results"]
