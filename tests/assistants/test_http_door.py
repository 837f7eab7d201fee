"""Over HTTP: on loopback, for known hosts and origins, by the caller's own key."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import httpx2
import pytest
from assistant_samples import KeyedService, listening
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def address(service: KeyedService) -> Iterator[str]:
    """Where the tools are."""
    with listening(service) as address:
        yield address


def called(address: str, key: dict[str, str], name: str, arguments: dict[str, Any]) -> Any:
    """Return what a tool answers the SDK's client that shows a key."""

    async def talk() -> Any:
        async with (
            httpx2.AsyncClient(headers=key) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            return await client.call_tool(name, arguments)

    return asyncio.run(talk())


def posted(address: str, headers: dict[str, str]) -> httpx.Response:
    """Ask for the tools without the SDK."""
    return httpx.post(address, json=LIST, headers=ACCEPT | headers)


def test_a_caller_is_served_by_its_own_key(address: str, service: KeyedService) -> None:
    """What one key may do another may not."""
    get = {"id": "mug", "namespace": "shop"}
    assert not called(address, service.owner, "get", get).is_error
    assert "namespace_forbidden" in called(address, service.foreign, "get", get).content[0].text
    put = {"namespace": "shop", "documents": [{"text": "a hat"}]}
    assert "read_only_key" in called(address, service.reader, "put", put).content[0].text


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer bw_wrong"}])
def test_a_key_that_the_service_does_not_know_is_refused(
    address: str, headers: dict[str, str]
) -> None:
    """Before the protocol is spoken."""
    answer = posted(address, headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_foreign_names_and_pages_are_refused(address: str, service: KeyedService) -> None:
    """A page elsewhere cannot reach the tools by having its name lead here."""
    port = address.split(":")[2].removesuffix("/mcp")
    assert posted(address, service.owner | {"Host": f"evil.example:{port}"}).status_code == 421
    for origin in ("http://evil.example", "null", f"https://127.0.0.1:{port}"):
        assert posted(address, service.owner | {"Origin": origin}).status_code == 403
    own = service.owner | {"Origin": f"http://127.0.0.1:{port}"}
    assert posted(address, own).status_code not in (401, 403, 421)


def test_foreign_pages_cannot_try_keys(address: str) -> None:
    """They are refused as foreign, whatever key they show."""
    wrong = {"Authorization": "Bearer bw_wrong", "Origin": "http://evil.example"}
    assert posted(address, wrong).status_code == 403
