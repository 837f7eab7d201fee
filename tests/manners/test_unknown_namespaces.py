"""A namespace that is not there is told, with names that its caller may use and no others."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from served import client_over, refused
from starlette.testclient import TestClient

from api.access.rate_settings import RateLimits
from api.access.unknown_namespace import MOST_NEAR, near_names
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, client_of, guarded

Ask = Callable[[Any, str], Any]
ASKED: dict[str, Ask] = {
    "search": lambda c, name: c.post("/search", json={"query": "red", "namespace": name}),
    "keyword search": lambda c, name: c.post(
        "/search", json={"query": "red", "namespace": name, "mode": "keyword"}
    ),
    "plan": lambda c, name: c.post("/agents/plan", json={"goal": "red", "namespace": name}),
    "stream": lambda c, name: c.post(
        "/agents/plan", json={"goal": "red", "namespace": name, "stream": True}
    ),
    "reflect": lambda c, name: c.post(
        "/agents/reflect", json={"goal": "red", "answer": "red", "namespace": name}
    ),
    "list": lambda c, name: c.get("/documents", params={"namespace": name}),
    "read": lambda c, name: c.get("/documents/d", params={"namespace": name}),
    "picture": lambda c, name: c.get("/documents/d/image", params={"namespace": name}),
    "delete": lambda c, name: c.delete("/documents/d", params={"namespace": name}),
}


def write(client: Any, namespace: str, headers: dict[str, str] | None = None) -> None:
    body = {"namespace": namespace, "documents": [{"id": "d", "text": "red"}]}
    assert client.put("/documents", json=body, headers=headers).status_code == 200


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_over(tmp_path_factory.mktemp("index")) as client:
        write(client, "shop")
        yield client


@pytest.mark.parametrize("kind", ASKED)
def test_an_unknown_namespace_is_no_empty_success(client: TestClient, kind: str) -> None:
    """404 with the name that may be meant; a typo must not look like a shop without goods."""
    error = refused(ASKED[kind](client, "shopp"), 404, "unknown_namespace")
    assert error["details"]["near"] == ["shop"]
    assert error["details"]["where"] == "namespace"
    assert "'shop' meant?" in error["message"]


@pytest.mark.parametrize("kind", ASKED)
def test_without_a_like_name_none_is_told(client: TestClient, kind: str) -> None:
    """Writing is what makes it."""
    error = refused(ASKED[kind](client, "quite-another"), 404, "unknown_namespace")
    assert error["details"]["near"] == []
    assert error["message"].endswith("the first write into it makes it")


def test_writing_makes_a_namespace_and_emptying_it_keeps_it(client: TestClient) -> None:
    """Nothing found in it is then the truth."""
    write(client, "made")
    assert client.delete("/documents/d", params={"namespace": "made"}).status_code == 200
    for kind in ("search", "plan", "reflect", "list"):
        assert ASKED[kind](client, "made").status_code == 200, kind
    refused(ASKED["read"](client, "made"), 404, "not_found")


@pytest.mark.parametrize("kind", ASKED)
def test_a_bound_key_hears_of_no_foreign_name(tmp_path: Path, kind: str) -> None:
    """403 for a foreign namespace, there or not; near names are its own that exist."""
    keys = Keys(tmp_path / "keys.json")
    everybodys, bound = keys.make(), keys.make(namespaces=["mine", "mine-too", "mine-three"])
    guard = guarded(RateLimits(enabled=False), Clock(), keys)
    with client_of(LocalBackend(tmp_path / "index"), guard) as client:
        for name in ("mine", "mine-2", "theirs"):
            write(client, name, everybodys)
        client.headers.update(bound)
        foreign = [ASKED[kind](client, name) for name in ("theirs", "mine-2", "nobodys")]
        told = [refused(answer, 403, "namespace_forbidden") for answer in foreign]
        assert len({str(error["message"]) for error in told}) == 1
        error = refused(ASKED[kind](client, "mine-too"), 404, "unknown_namespace")
        assert error["details"]["near"] == ["mine"]
        assert "mine-2" not in str(error)
        assert "mine-three" not in str(error)


@pytest.mark.parametrize(
    ("name", "usable", "near"),
    [
        ("prodcuts", ["products", "people"], ["products"]),
        ("shop", ["shop-2026", "shop-2025", "x"], ["shop-2026", "shop-2025"]),
        ("shop-2026-old", ["shop-2026", "shop"], ["shop-2026", "shop"]),
        ("zebra", ["products"], []),
        ("xhop", [*(f"a{n}" for n in range(500)), "shop"], ["shop"]),
        ("shap", [*(f"a{n}" for n in range(500)), "shop"], ["shop"]),
        ("any", [], []),
    ],
)
def test_near_names_are_alike_or_begin_alike(name: str, usable: list[str], near: list[str]) -> None:
    """Best first, a few at most."""
    assert near_names(name, usable) == near
    assert len(near_names("shop", [f"shop-{n}" for n in range(2000)])) == MOST_NEAR
