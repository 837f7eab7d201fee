"""`/search` without a query, sorted, and cut by a score: what the body says is done or is said."""

import pytest
from starlette.testclient import TestClient

from tests.http.routes.route_samples import put, refusal


@pytest.fixture(scope="module")
def shop(client: TestClient) -> None:
    """A namespace of twelve mugs, two of them without a price."""
    documents = [
        {
            "id": f"mug-{n:02d}",
            "text": f"mug number{n}",
            "metadata": {"colour": "red" if n % 2 else "blue", "mixed": n if n % 2 else str(n)}
            | ({} if n > 9 else {"price": 10 - n}),
        }
        for n in range(12)
    ]
    assert put(client, "listed", *documents).json()["failed"] == []


def search(client: TestClient, **body) -> dict:
    response = client.post("/search", json={"namespace": "listed"} | body)
    assert response.status_code == 200, response.text
    return response.json()


def ids(found: dict) -> list[str]:
    return [hit["id"] for hit in found["results"]]


RED = {"field": "colour", "op": "eq", "value": "red"}


def test_a_filter_alone_lists_what_it_takes_by_id(client, shop) -> None:
    """All of it, page by page, and each by the score of 1."""
    found = search(client, filter=RED, limit=4)
    assert ids(found) == ["mug-01", "mug-03", "mug-05", "mug-07"]
    assert found["total_candidates"] == 6
    assert {hit["score"] for hit in found["results"]} == {1.0}
    assert ids(search(client, filter=RED, limit=4, offset=4)) == ["mug-09", "mug-11"]


def test_documents_without_the_field_stand_where_they_are_put(client, shop) -> None:
    """Last by default, in either order."""
    cheapest = search(client, filter=RED, sort=[{"field": "price"}])
    assert ids(cheapest) == ["mug-09", "mug-07", "mug-05", "mug-03", "mug-01", "mug-11"]
    dearest = search(client, filter=RED, sort=[{"field": "price", "order": "desc"}])
    assert ids(dearest) == ["mug-01", "mug-03", "mug-05", "mug-07", "mug-09", "mug-11"]
    first = search(client, sort=[{"field": "price", "missing": "first"}, {"field": "id"}], limit=3)
    assert ids(first) == ["mug-10", "mug-11", "mug-09"]


def test_a_query_is_cut_by_its_scores_and_sorted(client, shop) -> None:
    """The cut comes first: what hardly fits is not sorted to the top."""
    body = {"query": "mug number3", "mode": "keyword"}
    least = search(client, **body)["results"][0]["score"]
    assert ids(search(client, **body, min_score=least)) == ["mug-03"]
    assert ids(search(client, **body, sort=[{"field": "price"}], limit=2)) == ["mug-09", "mug-08"]


def test_only_the_fields_asked_for_come_back_and_absent_ones_are_said(client, shop) -> None:
    """A misspelt field is not taken for one that documents lack."""
    found = search(client, query="mug", mode="keyword", fields=["colour", "prize"], limit=2)
    assert [set(hit["metadata"]) for hit in found["results"]] == [{"colour"}] * 2
    assert [(said["code"], said["where"]) for said in found["warnings"]] == [
        ("field_absent", "fields.1")
    ]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"filter": RED, "explain": True}, "explain"),
        ({"filter": RED, "fusion": {"method": "rrf"}}, "fusion"),
        ({"filter": RED, "vector_space": "text"}, "vector_space"),
        ({"query": "mug", "recency_half_life_s": 5}, "recency_half_life_s"),
        (
            {
                "query": "mug",
                "mode": "keyword",
                "fusion": {"semantic_weight": 0.5, "keyword_weight": 0.5},
            },
            "fusion.semantic_weight",
        ),
    ],
)
def test_what_is_not_used_is_said(client, shop, body, where: str) -> None:
    """By its place."""
    warnings = search(client, **body)["warnings"]
    assert [said["where"] for said in warnings if said["code"] == "unused_member"] == [where]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"query": "x", "min_score": 0.5, "fusion": {"method": "rrf"}}, "needs fusion weighted"),
        ({"filter": RED, "min_score": 0.5}, "needs a query"),
        ({"filter": RED, "prefer_recent": True}, "sort by created_at"),
        ({"filter": RED, "mode": "semantic"}, "needs a query"),
        ({"sort": [{"field": "id"}], "offset": 2_000_000_000}, "offset"),
        ({"sort": []}, "give a query"),
        ({"sort": [{"field": "id", "order": "up"}]}, "sort.0.order"),
    ],
)
def test_what_makes_no_sense_is_refused(client, shop, body, words: str) -> None:
    """With the reason."""
    response = client.post("/search", json={"namespace": "listed"} | body)
    refusal(response, 422, "invalid_request")
    assert words in response.text


@pytest.mark.parametrize(
    ("field", "code"), [("mixed", "type_mismatch"), ("prize", "unknown_filter_field")]
)
def test_a_field_that_cannot_be_sorted_by_is_refused(client, shop, field: str, code: str) -> None:
    """Also after a query."""
    for body in ({}, {"query": "mug"}):
        sort = {"namespace": "listed", "sort": [{"field": "id"}, {"field": field}]}
        response = client.post("/search", json=sort | body)
        assert refusal(response, 422, code)["where"] == "sort.1.field"


def test_facets_are_counted_over_what_the_filter_takes(client, shop) -> None:
    """With values, ranges and statistics; the field's own condition left out on wish."""
    facets = [
        {"field": "colour", "disjunctive": True},
        {"field": "price", "limit": 2, "ranges": [{"from": 2, "to": 6}, {"to": 2}]},
    ]
    found = search(client, filter=RED, facets=facets, limit=1)
    colours, prices = found["facets"]
    assert colours["values"] == [{"value": "blue", "count": 6}, {"value": "red", "count": 6}]
    assert (prices["documents"], prices["missing"], prices["distinct"]) == (5, 1, 5)
    assert prices["ranges"] == [{"from": 2, "to": 6, "count": 2}, {"to": 2, "count": 1}]
    assert prices["statistics"] == {"count": 5, "min": 1, "max": 9, "mean": 5, "sum": 25}
    assert [(said["code"], said["where"]) for said in found["warnings"]] == [
        ("facet_cut", "facets.1")
    ]
    assert "facets" not in search(client, filter=RED)


@pytest.mark.parametrize(
    ("facet", "words"),
    [
        ({"field": "price", "ranges": [{}]}, "give from, to, or both"),
        ({"field": "price", "ranges": [{"from": 1, "to": "2026-01-01"}]}, "both numbers"),
        ({"field": "price", "ranges": [{"from": "cheap"}]}, "ISO 8601"),
        ({"field": "price", "limit": 1001}, "facets.0.limit"),
        ({"field": "colour", "ranges": [{"from": 1}]}, "holds no number"),
        ({"field": "prize"}, "known: "),
    ],
)
def test_what_cannot_be_counted_is_refused(client, shop, facet, words: str) -> None:
    """With the reason."""
    response = client.post("/search", json={"namespace": "listed", "facets": [facet]})
    assert response.status_code == 422
    assert words in response.text


def test_few_of_each_group_are_left(client, shop) -> None:
    """With a query and without; documents without the field are a group."""
    two = {"field": "colour", "limit": 2}
    body = {"query": "mug number3", "mode": "keyword", "group_by": two}
    found = search(client, **body)
    assert [hit["metadata"]["colour"] for hit in found["results"]].count("red") == 2
    assert found["total_candidates"] == 4
    dearest = search(client, sort=[{"field": "id"}], group_by={"field": "price"}, limit=50)
    assert ids(dearest) == [f"mug-{n:02d}" for n in range(11)]


def test_what_is_like_a_document_is_found_without_it(client, shop) -> None:
    """Ids stand instead of a query; an absent one is refused by its place."""
    found = search(client, like=["mug-03"], filter=RED)
    assert set(ids(found)) == {"mug-01", "mug-05", "mug-07", "mug-09", "mug-11"}
    assert found["results"][0]["score"] == 1.0
    body = {"namespace": "listed", "like": ["mug-03"], "unlike": ["jug"]}
    assert refusal(client.post("/search", json=body), 422, "invalid_search")["where"] == "unlike.0"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"like": ["mug-01"], "query": "mug"}, "instead of a query"),
        ({"unlike": ["mug-01"], "query": "mug"}, "unlike needs a like"),
        ({"like": ["mug-01"], "mode": "keyword"}, "needs a query"),
        ({"like": ["a"] * 60, "unlike": ["b"] * 60}, "at most 100"),
    ],
)
def test_likeness_beside_what_it_replaces_is_refused(client, shop, body, words: str) -> None:
    """With the reason."""
    response = client.post("/search", json={"namespace": "listed"} | body)
    refusal(response, 422, "invalid_request")
    assert words in response.text
