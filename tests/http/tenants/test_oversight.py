"""What an administrator looks at: limits by client, and the log lines of one request."""

import json

import pytest

from api.access.route_rules import RULES
from reliability.limits.holdings import ClientTokens, Holdings
from tests.http.tenants.place_samples import Place

LINES = (
    {"timestamp": "2026-01-01T00:00:02Z", "request_id": "r", "component": "Ingress", "took_ms": 3},
    {"timestamp": "2026-01-01T00:00:01Z", "request_id": "r", "component": "Embedder", "event": "c"},
    {"timestamp": "2026-01-01T00:00:01Z", "request_id": "another", "component": "Embedder"},
)
BUSY = ClientTokens("key:a", "search", 120, 60, 120, left=7, lent=3, full_in_ms=55_000)


def test_limits_are_told_by_client(place: Place) -> None:
    """And that more buckets are kept than are told."""
    with place.client() as client:
        place.backend.holdings = Holdings([BUSY], 3, 2)
        told = client.get("/limits", headers=place.administrator).json()
    assert told["limits"][0]["client"] == "key:a"
    assert (told["limits"][0]["left"], told["limits"][0]["lent"]) == (7, 3)
    assert (told["total"], told["replicas"]) == (3, 2)
    assert [warning["code"] for warning in told["warnings"]] == ["truncated"]


def test_buckets_that_lie_elsewhere_are_said_not_to_be_listed(place: Place) -> None:
    """An empty list would look like nobody asking."""
    with place.client() as client:
        told = client.get("/limits", headers=place.administrator).json()
    assert (told["limits"], told["replicas"]) == ([], None)
    assert [warning["code"] for warning in told["warnings"]] == ["not_listed"]


def test_the_log_lines_of_one_request_in_order(place: Place, tmp_path) -> None:
    """Of no other request; looking is recorded with whose request it was."""
    file = tmp_path / "lines.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    with place.client() as client:
        place.backend.log_files = [file]
        told = client.get("/logs/r", headers=place.administrator).json()
        none = client.get("/logs/nobodys", headers=place.administrator).json()
        entries = client.get("/audit", headers=place.administrator).json()["entries"]
    assert [line["component"] for line in told["lines"]] == ["Embedder", "Ingress"]
    assert told["lines"][1]["fields"] == {"request_id": "r", "took_ms": 3}
    assert told["warnings"] == []
    assert (none["lines"], [each["code"] for each in none["warnings"]]) == ([], ["no_lines"])
    assert [(entry["act"], entry["what"]["path"]) for entry in entries[:2]] == [
        ("logs.read", "/logs/r"),
        ("logs.read", "/logs/nobodys"),
    ]


@pytest.mark.parametrize("path", ["/limits", "/logs/r"])
@pytest.mark.parametrize("who", ["reader", "client", "bound administrator"])
def test_nobody_else_sees_them(place: Place, path: str, who: str) -> None:
    """Neither others' figures nor their lines reach a key that is no administrator's, or bound."""
    role = "administrator" if "administrator" in who else who
    bound = ["n"] if who == "bound administrator" else None
    key = place.keys.make(role=role, namespaces=bound)
    with place.client() as client:
        refused = client.get(path, headers=key)
    assert refused.status_code == 403
    assert "lines" not in refused.json()


def test_all_that_oversees_is_recorded() -> None:
    """By a name of its own each."""
    acts = {
        path: rule.act for (_, path), rule in RULES.items() if path.startswith(("/lim", "/log"))
    }
    assert acts == {"/limits": "limits.read", "/logs/{request_id}": "logs.read"}
