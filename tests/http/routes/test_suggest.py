"""`GET /suggest`: queries are completed while they are typed."""

import pytest
from starlette.testclient import TestClient

from api.access.rate_settings import LIMIT_CLASSES
from api.access.route_rules import rule_of
from tests.http.routes.route_samples import put, refusal


@pytest.fixture(scope="module")
def mugs(client: TestClient) -> str:
    """A namespace with two makers' mugs."""
    documents = [
        {
            "id": f"m{n}",
            "text": "striped red mug",
            "metadata": {"maker": ("Strand", "Wedge")[n % 2]},
        }
        for n in range(4)
    ]
    assert put(client, "mugs", *documents).json()["failed"] == []
    return "mugs"


def test_words_and_values_are_suggested(client: TestClient, mugs: str) -> None:
    """With how many documents have them, and the value's field."""
    answer = client.get("/suggest", params={"namespace": mugs, "query": "st"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["suggestions"] == [
        {"text": "Strand", "kind": "value", "documents": 2, "field": "maker"},
        {"text": "striped", "kind": "word", "documents": 4, "field": None},
    ]
    assert body["warnings"] == []
    assert body["index_version"] > 0


def test_typing_is_counted_apart_from_searching() -> None:
    """By a limit of its own."""
    counted = {rule_of("GET", "/suggest").limit, rule_of("POST", "/search").limit}
    assert counted == {"suggest", "search"} <= set(LIMIT_CLASSES)


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"query": ""}, 422, "invalid_request"),
        ({"query": "x" * 257}, 422, "invalid_request"),
        ({"limit": 0}, 422, "invalid_request"),
        ({"limit": 21}, 422, "invalid_request"),
        ({"namespace": "not-there"}, 404, "unknown_namespace"),
        ({"namespace": "NOT"}, 422, "invalid_namespace"),
    ],
)
def test_what_cannot_be_completed_is_refused(
    client: TestClient, mugs: str, changed: dict, status: int, code: str
) -> None:
    """By name."""
    params = {"namespace": mugs, "query": "st"} | changed
    refusal(client.get("/suggest", params=params), status, code)
