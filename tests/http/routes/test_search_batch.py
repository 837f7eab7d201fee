"""`POST /search/batch`: several searches, each answered or refused by itself."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.access.rate_settings import Limit, RateLimits
from api.schemas.members.search_batch import MOST_SEARCHES
from api.searching.batch import answers_of
from tests.fakes import LocalBackend
from tests.http.doors import Clock, client_of, guarded
from tests.http.routes.route_samples import put, refusal

COLOURS = ("red", "green", "blue")


@pytest.fixture(scope="module")
def shop(client: TestClient) -> str:
    """A namespace with fifty documents."""
    documents = [
        {
            "id": f"b{n}",
            "text": f"a {COLOURS[n % 3]} mug number {n}",
            "metadata": {"price": n, "colour": COLOURS[n % 3]},
        }
        for n in range(50)
    ]
    for first in range(0, 50, 10):
        written = put(client, "batches", *documents[first : first + 10])
        assert written.status_code == 200, written.text
    return "batches"


def told(answer: dict) -> dict:
    """Return an answer without what depends on the clock."""
    return {name: value for name, value in answer.items() if name != "took_ms"}


def test_fifty_are_answered_as_fifty_are(client: TestClient, shop: str) -> None:
    """In their order, to the last figure, whatever they ask for."""
    ways = (
        {"mode": "keyword"},
        {"mode": "semantic"},
        {"filter": {"field": "price", "op": "lt", "value": 20}, "limit": 3},
        {"facets": [{"field": "colour"}], "explain": True},
        {"sort": [{"field": "price", "order": "desc"}]},
    )
    searches = [
        {"query": f"{COLOURS[n % 3]} mug {n}", "namespace": shop} | ways[n % 5] for n in range(50)
    ]
    batch = client.post("/search/batch", json={"searches": searches})
    assert batch.status_code == 200, batch.text
    singles = [client.post("/search", json=one) for one in searches]
    assert {one.status_code for one in singles} == {200}
    answers = batch.json()["answers"]
    assert [told(one["answer"]) for one in answers] == [told(one.json()) for one in singles]
    assert batch.json()["failed"] == 0
    assert "searches;dur=" in batch.headers["server-timing"]


WRONG = {
    "no object": (7, 422, "invalid_request"),
    "nothing asked": ({}, 422, "invalid_request"),
    "an unknown member": ({"query": "red", "colour": "red"}, 422, "invalid_request"),
    "a page too long": ({"query": "red", "limit": 10_000}, 422, "invalid_request"),
    "an unknown namespace": ({"query": "red", "namespace": "none"}, 404, "unknown_namespace"),
    "an unknown field": (
        {"query": "red", "filter": {"field": "none", "op": "eq", "value": 1}},
        422,
        "unknown_filter_field",
    ),
    "a vector of another model": ({"vector": [1.0, 0.0]}, 422, "wrong_dimension"),
    "no picture": ({"image_base64": "AAAA"}, 415, "unsupported_file_type"),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_that_is_wrong_fails_alone(client: TestClient, shop: str, name: str) -> None:
    """With the status, the code and the words that it would have had, at its place."""
    wrong, status, code = WRONG[name]
    if isinstance(wrong, dict):
        wrong = {"namespace": shop} | wrong
    good = {"query": "red mug", "namespace": shop, "limit": 2}
    answer = client.post("/search/batch", json={"searches": [good, wrong, good]})
    assert answer.status_code == 200, answer.text
    first, failed, last = answer.json()["answers"]
    assert told(first["answer"]) == told(last["answer"])
    assert (failed["status"], failed["error"]["code"]) == (status, code)
    assert failed["answer"] is None
    assert failed["error"]["details"]["where"].startswith("searches.1")
    assert answer.json()["failed"] == 1
    if isinstance(wrong, dict):
        alone = client.post("/search", json=wrong).json()["error"]
        words = failed["error"]["message"].replace("searches.1: ", "")
        assert words == alone["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"searches": []},
        {"searches": "red"},
        {"searches": [{"query": "red"}] * (MOST_SEARCHES + 1)},
        {"searches": [{"query": "red"}], "limit": 3},
    ],
    ids=["nothing", "no search", "a text", "too many", "an unknown member"],
)
def test_a_body_that_is_none_is_refused_as_a_whole(client: TestClient, body: dict) -> None:
    """By name."""
    refusal(client.post("/search/batch", json=body), 422, "invalid_request")


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[TestClient]:
    guard = guarded(RateLimits(search=Limit(limit=10)), Clock())
    with client_of(LocalBackend(tmp_path), guard) as client:
        assert put(client, "default", {"id": "a", "text": "a red mug"}).status_code == 200
        yield client


def test_each_search_is_paid_for(limited: TestClient) -> None:
    """By the limit that counts single ones; more than are left are refused as a whole."""
    six = {"searches": [{"query": "red"}] * 6}
    assert limited.post("/search/batch", json=six).headers["x-ratelimit-remaining"] == "4"
    refusal(limited.post("/search/batch", json=six), 429, "rate_limit_exceeded")
    assert limited.post("/search", json={"query": "red"}).status_code == 200


def test_searches_that_are_refused_give_way_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """They wait for nothing: all of them looked at in one go would hold up the loop."""
    monkeypatch.setattr("api.bodies.turns.LONGEST_S", -1.0)
    rounds = 0

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    async def main() -> list[int]:
        other = asyncio.create_task(count())
        answers = await answers_of([7] * MOST_SEARCHES, None)  # type: ignore[arg-type]
        other.cancel()
        return [answer["status"] for answer in answers]

    assert asyncio.run(main()) == [422] * MOST_SEARCHES
    assert rounds > MOST_SEARCHES
