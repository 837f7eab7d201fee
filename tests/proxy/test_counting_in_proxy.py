"""The proxy and the application count every path by the same limit."""

import re

from api.access.proxy_memory import COUNTED
from api.access.route_rules import RULES, UNLIMITED, rule_of
from tests.proxy.door_in_proxy import Door, fresh


def test_refusals_of_the_proxy_are_counted(door: Door) -> None:
    """By route and by class, told with the next request that passes, and told once."""
    mine = fresh(door)
    door.refuse(mine)
    door.refuse(mine, "POST", "/search")
    for _ in range(3):
        door.client.get("/v1/models", headers=mine)
    door.client.get("/documents/a", headers=mine)
    door.client.get("/documents/a/image", headers=mine)
    door.client.get("/nowhere", headers=mine)
    door.client.post("/search", headers=mine)
    assert door.behind.seen == []
    for _ in range(2):
        door.client.get("/health/live")
    assert door.guard.refused_in_proxy == {
        ("GET", "/v1/models"): 3,
        ("GET", "/documents/{document_id}"): 1,
        ("GET", "/documents/{document_id}/image"): 1,
        ("GET", "unmatched"): 1,
        ("POST", "/search"): 1,
    }
    denied = door.guard.limiter.counts.by_limit()
    assert denied["read", "denied"] == 1 + 6
    assert denied["search", "denied"] == 1 + 1


PATHS = sorted(
    {re.sub(r"{\w+}", "a", path) for _, path in RULES}
    | {
        "/",
        "/nowhere",
        "/documents/a/b/c",
        "/agents/other",
        "/agents/plan/r/x",
        "/embed/",
        "//embed",
    }
    | {"/docs/oauth2-redirect", "/docsx", "/static-offline-docs/swagger-ui.css", "/searchx"}
)


def test_both_count_every_path_by_the_same_limit(door: Door) -> None:
    """Or the proxy leaves it to the application."""
    shown = {}
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"):
        for path in PATHS:
            # Whole: httpx takes what begins with two slashes for a host.
            answer = door.client.request(method, str(door.client.base_url).rstrip("/") + path)
            shown[method, path] = answer.headers["x-class"]
            rule = rule_of(method, path)
            ours = rule.limit != UNLIMITED and rule.access != "open"
            assert shown[method, path] == (rule.limit if ours else ""), (method, path)
    assert set(shown.values()) == {
        "",
        "embed",
        "embed_batch",
        "search",
        "read",
        "write",
        "plan",
        "reflect",
        "suggest",
    }


def test_every_limited_route_is_counted() -> None:
    """A new row of the table is in the field by itself."""
    assert ("POST", "/search") in COUNTED
    assert ("GET", "/health") not in COUNTED
