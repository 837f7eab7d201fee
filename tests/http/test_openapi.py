"""The OpenAPI document states what the door does, by the settings in force."""

from pathlib import Path

import pytest

from api.access.rate_settings import Limit, Overload, RateLimits
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, client_of, guarded


@pytest.fixture
def backend(tmp_path: Path) -> LocalBackend:
    return LocalBackend(tmp_path / "index")


def statuses(document: dict, method: str, path: str) -> set[str]:
    return set(document["paths"][path][method]["responses"])


def test_limits_are_stated_and_follow_a_change(backend: LocalBackend) -> None:
    """As numbers and in words; what is not limited says so."""
    guard = guarded(RateLimits(embed_batch=Limit(limit=3)), Clock())
    with client_of(backend, guard) as client:
        embed = client.get("/openapi.json").json()["paths"]["/embed"]["post"]
        assert embed["x-rate-limit"] == {
            "name": "embed_batch",
            "limit": 3,
            "period_s": 60,
            "burst": 3,
            "counts": "items",
            "picture_items": 4,
        }
        assert (
            "3 per 60 s and client, at most 3 at once, counted in items (a picture is 4)"
            in embed["description"]
        )
        guard.configure(RateLimits(embed_batch=Limit(limit=5, burst=9)), Overload())
        paths = client.get("/openapi.json").json()["paths"]
        assert paths["/embed"]["post"]["x-rate-limit"]["burst"] == 9
        assert "Not limited." in paths["/health"]["get"]["description"]
        assert paths["/embed"]["post"]["x-limits"]["max_embed_items"] == 2048


def test_every_refusal_of_the_door_is_documented_where_it_can_happen(
    backend: LocalBackend, tmp_path: Path
) -> None:
    """401 only where keys are in force, 429 only where something is counted; 403 there too, and for
    foreign pages wherever something may change."""
    without = client_of(backend, guarded(RateLimits(), Clock())).get("/openapi.json").json()
    keys = Keys(tmp_path / "keys.json")
    keys.make()
    with_keys = client_of(backend, guarded(RateLimits(), Clock(), keys)).get("/openapi.json").json()
    assert {"408", "413", "415", "422", "429", "503", "504"} <= statuses(without, "post", "/embed")
    assert "401" not in statuses(without, "post", "/embed")
    assert {"403", "421"} <= statuses(without, "post", "/embed")
    assert not {"401", "403"} & statuses(without, "get", "/namespaces")
    assert "421" in statuses(without, "get", "/namespaces")
    assert "421" not in statuses(without, "get", "/health/live")
    assert {"401", "403"} <= statuses(with_keys, "post", "/embed")
    assert not {"401", "403", "429"} & statuses(with_keys, "get", "/health")
    assert with_keys["paths"]["/search"]["post"]["security"] == [{"bearer": []}, {"key": []}]
    assert "security" not in with_keys["paths"]["/health"]["get"]
    refused = with_keys["components"]["responses"]["Error429"]
    assert {"Retry-After", "X-RateLimit-Reset"} <= set(refused["headers"])


def test_errors_have_one_schema(backend: LocalBackend) -> None:
    """FastAPI's own shape of a 422 is never answered, so it is not documented either."""
    document = client_of(backend, guarded(RateLimits(), Clock())).get("/openapi.json").json()
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])
    for response in document["components"]["responses"].values():
        schema = response["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ErrorOut"}
