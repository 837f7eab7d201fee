"""Times and numbers at the edge of what can be kept: refused at their place, compared exactly."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend
from tests.http.routes.route_samples import put, refusal

BIG = 2**53


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    backend = LocalBackend(tmp_path_factory.mktemp("index"))
    app = build_app(backend, RequestLimits(max_documents=50))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def search(client: TestClient, namespace: str, **condition):
    body = {"query": "mug", "mode": "keyword", "namespace": namespace, "filter": condition}
    return client.post("/search", json=body)


ROTTEN = [
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "2016-12-31T23:59:60Z",
    "10000-01-01T00:00:00Z",
    "2026-01-01T00:00:00+24:00",
    "soon",
    1_700_000_000,
    1.5e12,
    True,
    [],
]


@pytest.mark.parametrize("rotten", ROTTEN, ids=str)
def test_a_rotten_time_does_not_stop_the_other_documents(client: TestClient, rotten) -> None:
    """It is listed under `failed` with its place, the others are written."""
    answer = put(
        client,
        "dates",
        {"id": "a", "text": "a mug", "created_at": "0001-01-01T00:00:00Z"},
        {"id": "b", "text": "a mug", "created_at": rotten},
        {"id": "c", "text": "a mug", "created_at": "9999-12-31T23:59:59.999999Z"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["ids"] == ["a", None, "c"]
    (failed,) = answer.json()["failed"]
    assert failed["error"]["details"]["where"] == "documents.1.created_at"
    read = client.get("/documents/c", params={"namespace": "dates"}).json()
    assert read["created_at"].startswith("9999-12-31T23:59:59.999999")


@pytest.mark.parametrize("rotten", ROTTEN, ids=str)
def test_a_rotten_time_in_a_filter_is_refused_at_its_place(client: TestClient, rotten) -> None:
    """Alone, in a list and below other nodes."""
    put(client, "dates", {"id": "a", "text": "a mug"})
    answer = search(client, "dates", field="created_at", op="lt", value=rotten)
    assert refusal(answer, 422, "invalid_filter")["where"] == "filter.value"
    answer = search(client, "dates", field="created_at", op="in", value=["2026-01-01", rotten])
    assert refusal(answer, 422, "invalid_filter")["where"] == "filter.value.1"


def test_nanoseconds_are_cut_and_the_answer_says_so(client: TestClient) -> None:
    """What Go and Java write by default is kept, to the microsecond."""
    given = "2026-01-31T12:00:00.123456789Z"
    answer = put(client, "nano", {"id": "a", "text": "a mug", "created_at": given}).json()
    (warning,) = answer["warnings"]
    assert (warning["code"], warning["where"]) == ("time_cut", "documents.0.created_at")
    exact = {"id": "a", "text": "a mug", "created_at": "2026-01-31T12:00:00.123456000Z"}
    assert put(client, "nano", exact).json()["warnings"] == []


def test_recency_holds_from_the_first_year_to_the_last(client: TestClient) -> None:
    """Ages of two thousand years are numbers like others, and the far future counts as now."""
    times = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", str(datetime.now(UTC)))
    put(
        client,
        "ages",
        *({"id": f"d{i}", "text": "a mug", "created_at": time} for i, time in enumerate(times)),
    )
    body = {"query": "mug", "mode": "keyword", "namespace": "ages", "prefer_recent": True}
    found = client.post("/search", json=body).json()["results"]
    assert [hit["id"] for hit in found] == ["d1", "d2", "d0"]


@pytest.mark.parametrize("op", ["eq", "ne", "lt", "lte", "gt", "gte", "contains"])
@pytest.mark.parametrize("value", [BIG, BIG + 1, -BIG, 2**63 - 1, -(2**63), 1e17, float(2**63)])
def test_a_number_that_has_neighbours_is_refused(client: TestClient, op: str, value) -> None:
    """Rather than matching them: `eq` 2^53 + 1 would also find 2^53."""
    numbers = (BIG - 1, BIG, BIG + 1, 2**63 - 1)
    put(
        client,
        "numbers",
        *({"id": f"n{n}", "text": "a mug", "metadata": {"n": n, "l": [n]}} for n in numbers),
    )
    answer = search(client, "numbers", field="n", op=op, value=value)
    assert refusal(answer, 422, "invalid_filter")["where"] == "filter.value"
    answer = search(client, "numbers", field="l", op="in", value=[1, value])
    assert refusal(answer, 422, "invalid_filter")["where"] == "filter.value.1"


@pytest.mark.parametrize(
    ("op", "value", "found"),
    [
        ("eq", BIG - 1, ["below"]),
        ("gt", BIG - 1, ["at", "last", "beyond"]),
        ("lte", BIG - 1, ["below"]),
        ("lt", 1e308, ["at", "below", "beyond", "last"]),
        ("gte", 1e19, []),
        ("gt", -1e300, ["at", "below", "beyond", "last"]),
    ],
)
def test_what_is_not_refused_is_exact(client: TestClient, op: str, value, found) -> None:
    """Also against stored integers that float64 does not hold."""
    numbers = {"below": BIG - 1, "at": BIG, "beyond": BIG + 1, "last": 2**63 - 1}
    put(
        client,
        "exact",
        *({"id": id, "text": "a mug", "metadata": {"n": n}} for id, n in numbers.items()),
    )
    answer = search(client, "exact", field="n", op=op, value=value)
    assert sorted(hit["id"] for hit in answer.json()["results"]) == sorted(found)


@pytest.mark.parametrize("digits", [300, 4200, 5000])
def test_integers_of_any_size_are_answered_with_a_refusal(client: TestClient, digits: int) -> None:
    """An integer of thousands of digits has no repr; its refusal needs none."""
    huge = "1" + "0" * digits
    headers = {"Content-Type": "application/json"}
    body = '{"query": "mug", "filter": {"field": "n", "op": "eq", "value": ' + huge + "}}"
    assert client.post("/search", content=body, headers=headers).status_code in (400, 422)
    body = '{"documents": [{"text": "x", "metadata": {"n": ' + huge + "}}]}"
    assert client.put("/documents", content=body, headers=headers).status_code in (400, 422)


def test_stored_integers_come_back_as_they_were(client: TestClient) -> None:
    """64 bits, whatever a filter can compare."""
    put(client, "kept", {"id": "a", "text": "a mug", "metadata": {"n": BIG + 1, "m": -(2**63)}})
    read = client.get("/documents/a", params={"namespace": "kept"}).json()
    assert read["metadata"] == {"n": BIG + 1, "m": -(2**63)}
